import type { LipRig } from './lip-rig.ts';
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

/** A face whose visibility is not above this stays as filmed. */
export const LEAST_VISIBILITY = 0.004;

/** A frame's picture around a face, and the face in it: its positions are pixels of that picture. */
export interface FacePicture {
  readonly picture: Picture;
  readonly face: TrackedFace;
}

/** What all frames of one face in one clip have in common; made once. */
export interface FootageIdentity {
  /** The face at rest with its lips closed, as {@link TrackedFace.landmarks} of a typical frame. */
  readonly rest: TrackedFace;
  /** A typical frame, calm, sharp and frontal if there is one: the colours of skin and lips are measured in it. */
  readonly portrait: FacePicture;
  /** A frame in which teeth are seen best; `null` if none shows any. */
  readonly teeth: FacePicture | null;
  /**
   * How bright the clip shows what is between lips that are parted as in speech, beside the skin: 1 is as bright. `null` if
   * they never are.
   */
  readonly mouthLight: number | null;
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
  /**
   * Where the sound that was recorded with it can be read: bytes of a file, which are a media file themselves; `null` if it
   * has none.
   */
  readonly sound: FilePart | null;
}

/** Some bytes in the middle of a file. */
export interface FilePart {
  /** A local file. */
  readonly path: string;
  /** Bytes from its beginning. */
  readonly offset: number;
  readonly length: number;
}

/** Numbers per frame in {@link FootageSummary.pose}. */
export const POSE_LENGTH = 6;
/** Cells per frame in {@link FootageSummary.look}: 6 columns, 6 rows. */
export const LOOK_LENGTH = 36;

/**
 * Every frame of a clip from the view of one face, in about 64 bytes each: enough to know which frames resemble each other
 * and where the person is calm. All lists are frame by frame.
 */
export interface FootageSummary {
  /**
   * {@link POSE_LENGTH} numbers per frame: middle of the face right and down in face heights (the clip's median one, from
   * the picture's top left corner), natural logarithm of its size over the median size, yaw, pitch and roll in radians.
   * Smoothed over time; carried on from the nearest frame with a face where there is none.
   */
  readonly pose: Float32Array;
  /** Mean absolute difference of brightness to the frame before outside the face, 1/16 of a level; 255 is all above. */
  readonly bodyMotion: Uint8Array;
  /** Lip gap over the mouth's width, 255 is 1. */
  readonly mouth: Uint8Array;
  /** Height over width of the eye that is more closed, 255 is 1. */
  readonly eyes: Uint8Array;
  /** {@link LOOK_LENGTH} bytes per frame: mean brightness of equal cells of the whole picture, row by row. */
  readonly look: Uint8Array;
  /** 1 where the face is seen, else 0. */
  readonly seen: Uint8Array;
  /** 1 where the picture before belongs to another scene (a cut in the footage), else 0. Frame 0 has 1. */
  readonly cut: Uint8Array;
}

/** One person of a clip. */
export interface FootageFace {
  /** What all frames have in common. Reads pictures from the file, and unpacks them. */
  identity(): Promise<FootageIdentity>;
  /** What a lip engine must know of this person. Reads it from the file. */
  lipRig(): Promise<LipRig>;
  /** What cutting goes by: every frame in a few bytes, in memory. */
  readonly summary: FootageSummary;
  /** The face in frame `index`, or `null` where it is not seen. Reads a few kilobytes from the file. */
  at(index: number): Promise<TrackedFace | null>;
}
