import type {
  Avatar,
  Frame,
  LipRig,
  MotionFrame,
  Picture,
  Rect,
  Size,
  TrackedFace,
  VideoFrame,
} from '../core/index.ts';

/** What a caller must know before choosing an engine. */
export interface EngineInfo {
  readonly name: string;
  /** `motion`: draws the person from motion weights. `lip`: repaints the mouth in frames of footage. */
  readonly kind: 'motion' | 'lip';
  /** Seconds of future audio it needs. */
  readonly lookAhead: number;
  /** Largest side of the output, pixels. */
  readonly maxSize: number;
  /** SPDX licence of code and weights. */
  readonly licence: string;
  /** What the machine needs, in words. */
  readonly needs: string;
}

/** What part of the picture is shown, and at which size. */
export interface View {
  /** Size of the output frame, pixels, both even. */
  readonly width: number;
  readonly height: number;
  /** The part of the source picture that fills the frame, picture pixels; same aspect ratio as the frame. */
  readonly viewport: Rect;
  /**
   * The whole picture, needed when `viewport` reaches beyond the avatar's region; `null` otherwise. Its alpha is the
   * person's opacity, of which only what lies beyond the region is used.
   */
  readonly surround: Picture | null;
  /** Texture pixels per output pixel at most: 1 fast .. 2 sharpest. */
  readonly oversampling: number;
}

/** Draws frames of one avatar for one view. One caller at a time; holds tens of megabytes until disposed. */
export interface MotionRenderer extends Disposable {
  readonly width: number;
  readonly height: number;
  /**
   * Draws one frame.
   *
   * @param motion - What moves.
   * @param index - Number of the frame, copied into the result.
   * @returns A frame whose `data` is valid until the next call.
   */
  render(motion: MotionFrame, index: number): Frame;
  /**
   * What the photo shows behind the person, at the size of the frame: premultiplied RGBA, transparent where the body
   * hides it beyond the avatar's region. The caller owns it.
   */
  scenery(): Uint8Array;
  /**
   * Puts a still picture behind the person, from the next frame on.
   *
   * @param backdrop - Premultiplied RGBA of the frame's size, which is copied; `null` is the photo's own background.
   */
  setBackdrop(backdrop: Uint8Array | null): void;
  /** Largest lip gap of the last frame, output pixels: 0 when the lips touch all along. For checks. */
  readonly lipGap: number;
}

/** An engine that draws a person from motion. */
export interface MotionEngine {
  readonly info: EngineInfo & { readonly kind: 'motion' };
  /** Makes a renderer. The avatar must stay unchanged while it lives. */
  load(avatar: Avatar, view: View): Promise<MotionRenderer>;
}

/** Repaints the mouth of one person in frames of footage. One caller at a time; holds memory until disposed. */
export interface LipRenderer extends Disposable {
  /**
   * Gives the face of one frame another mouth, jaw and chin. The result depends on nothing but the arguments, so frames
   * can come in any order.
   *
   * @param frame - Of the size that was asked for; changed in place where the mouth, jaw and chin are, nowhere else.
   * @param face - The same person in the same frame.
   * @param motion - Mouth, jaw, cheeks and tongue are used; head, gaze and blinks are those of the footage.
   * @returns The part of the frame that may have changed, even edges; empty when nothing did.
   */
  repaint(frame: VideoFrame, face: TrackedFace, motion: MotionFrame): Rect;
  /** Largest lip gap of the last frame, pixels: 0 when the lips touch all along. For checks. */
  readonly lipGap: number;
}

/** An engine that repaints the mouths of people in footage. */
export interface LipEngine {
  readonly info: EngineInfo & { readonly kind: 'lip' };
  /**
   * Makes a renderer for one person.
   *
   * @param rig - Must stay unchanged while the renderer lives.
   * @param size - Of the frames: even, at most `info.maxSize` on a side.
   */
  load(rig: LipRig, size: Size): Promise<LipRenderer>;
}
