import type { Avatar, Frame, MotionFrame, Picture, Rect } from '../core/index.ts';

/** What a caller must know before choosing an engine. */
export interface EngineInfo {
  readonly name: string;
  /** `motion`: draws the person from motion weights. `lip`: repaints the mouth of a base frame from audio. */
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
