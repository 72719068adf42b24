import type { Picture } from './picture.ts';
import type { Radians } from './units.ts';

/**
 * A video frame as cameras and encoders know it: 8 bits, planar YCbCr 4:2:0, BT.709, limited range. Colours that are not
 * touched keep their exact values from the source to the encoder. Even width and height; each plane is row-major without
 * padding. Whoever holds it owns the planes unless said otherwise.
 */
export interface VideoFrame {
  readonly width: number;
  readonly height: number;
  /** `width * height` bytes. */
  readonly y: Uint8Array;
  /** `width / 2 * height / 2` bytes each. */
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** One face in one frame of footage. Positions in pixels of the upright source frame, pixel centres at `.5`. */
export interface TrackedFace {
  /** 478 points (MediaPipe's attention mesh) `x, y, z` (z away from the viewer, in pixels), smoothed over time. */
  readonly landmarks: Float32Array;
  /** Pose of the head (signs as in `HeadMotion`). */
  readonly yaw: Radians;
  readonly pitch: Radians;
  readonly roll: Radians;
  /**
   * 81 points `x, y` from the picture's left corner of the mouth to the right one: the line where the
   * lips meet when they are closed, else the middle of the opening.
   */
  readonly seam: Float32Array;
  /** Lip gap in the middle, pixels; 0 when the lips touch. */
  readonly gap: number;
  /** How surely mouth and jaw are seen, 0 (hidden by a hand, a microphone; lost) .. 1. Changes softly over time. */
  readonly visibility: number;
}

/** What all frames of one face in one clip have in common; made once. */
export interface FootageIdentity {
  /** The face at rest with its lips closed, as {@link TrackedFace.landmarks} of a typical frame. */
  readonly rest: TrackedFace;
  /** A frame's picture around the face in which teeth are seen best, and the face in it (its positions); or `null`. */
  readonly teeth: { readonly picture: Picture; readonly face: TrackedFace } | null;
}

/** One clip of a person, prepared: constant frame rate, upright, random access to what was found in each frame. */
export interface FootageClip extends AsyncDisposable {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frameCount: number;
  /** Every face that was followed through the clip, largest first. */
  readonly faces: readonly FootageFace[];
  /**
   * Frames `from`, `from + 1`... up to `count` of them. Seeks, so long runs are cheap and single frames are not. The
   * planes belong to the reader and are valid until the next frame is asked for.
   */
  frames(from: number, count: number, signal?: AbortSignal): AsyncIterable<VideoFrame>;
}

/** One person of a clip. */
export interface FootageFace {
  readonly identity: FootageIdentity;
  /** The face in frame `index`, or `null` where it is not seen. Reads a few kilobytes from the file. */
  at(index: number): Promise<TrackedFace | null>;
}
