import { decodeAvatar } from '../../avatar/file.ts';
import {
  type Avatar,
  type Frame,
  type MotionFrame,
  parseOptions,
  type ViewOptions,
  viewSchema,
} from '../../core/index.ts';
import type { MotionRenderer } from '../../engines/engine.ts';
import { meshEngine } from '../../engines/mesh/index.ts';
import { openRenderer, setBackground } from '../open-renderer.ts';
import { readPicture } from './read-picture.ts';

/** An avatar that a page draws itself: the very pictures that a service would send. Holds tens of megabytes until disposed. */
export interface Portrait extends Disposable {
  readonly avatar: Avatar;
  /** Size of the pictures, pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * Draws one movement. A picture of 512 x 512 takes some 3 ms.
   *
   * @returns The picture; its data belongs to the portrait until the next one.
   */
  draw(motion: MotionFrame): Frame;
  /** Draws one movement onto a canvas of {@link Portrait.width} by {@link Portrait.height} pixels. */
  paint(motion: MotionFrame, context: CanvasRenderingContext2D): void;
  /**
   * Puts something else behind the person, from the next picture on.
   *
   * @param background - `keep`, `blur:0.5`, `#ffffff`, `transparent`, or the address of a picture.
   * @throws LoquentError `OPTION_INVALID`, `PERSON_INSEPARABLE`, `INPUT_*`, `IMAGE_CORRUPT`.
   */
  setBackground(background: string): Promise<void>;
}

/**
 * Opens an avatar for drawing.
 *
 * @param source - A prepared avatar, or the bytes of its file.
 * @param options - Size, crop, background, preset.
 * @throws LoquentError `AVATAR_*`, `OPTION_INVALID`, `ASSET_MISSING`, `SIMD_MISSING`.
 */
export async function openPortrait(
  source: Avatar | Uint8Array,
  options: Partial<ViewOptions> = {},
): Promise<Portrait> {
  const view = parseOptions(viewSchema, options);
  const avatar = source instanceof Uint8Array ? await decodeAvatar(source) : source;
  return new MeshPortrait(avatar, await openRenderer(meshEngine, avatar, view, readPicture));
}

class MeshPortrait implements Portrait {
  readonly avatar: Avatar;
  readonly #renderer: MotionRenderer;
  #index = 0;
  /** Whether the canvas shows everything that does not move. */
  #painted = false;

  constructor(avatar: Avatar, renderer: MotionRenderer) {
    this.avatar = avatar;
    this.#renderer = renderer;
  }

  get width(): number {
    return this.#renderer.width;
  }

  get height(): number {
    return this.#renderer.height;
  }

  draw(motion: MotionFrame): Frame {
    return this.#renderer.render(motion, this.#index++);
  }

  paint(motion: MotionFrame, context: CanvasRenderingContext2D): void {
    const { data, changed } = this.draw(motion);
    const { width, height } = this;
    const pixels = new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
    const { x, y, width: wide, height: high } = this.#painted ? changed : { x: 0, y: 0, width, height };
    this.#painted = true;
    context.putImageData(new ImageData(pixels, width, height), 0, 0, x, y, wide, high);
  }

  async setBackground(background: string): Promise<void> {
    await setBackground(this.#renderer, this.avatar, background, readPicture);
    this.#painted = false;
  }

  [Symbol.dispose](): void {
    this.#renderer[Symbol.dispose]();
  }
}
