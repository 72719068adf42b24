import type { Picture } from '../core/index.ts';

/** Change from frame to frame in a region that should stand still, grey levels 0..255. */
export interface Flicker {
  /** Mean over pixels, in the worst frame. */
  readonly largest: number;
  /** Mean over pixels and frames. */
  readonly mean: number;
}

/**
 * Watches the part of a video that a mask selects: how much its pixels change from one frame to the next. A still region
 * has exactly 0.
 */
export class FlickerMeter {
  readonly #places: Uint32Array;
  readonly #last: Uint8Array;
  #frames = 0;
  #sum = 0;
  #largest = 0;

  /** @param mask - One byte per pixel; pixels with 0 are left out. */
  constructor(mask: Uint8Array) {
    const places: number[] = [];
    for (let index = 0; index < mask.length; index++) if (mask[index] !== 0) places.push(index * 4);
    this.#places = Uint32Array.from(places);
    this.#last = new Uint8Array(this.#places.length * 3);
  }

  /** Takes the next frame. All frames have the mask's size. */
  push({ data }: Picture): void {
    const last = this.#last;
    let sum = 0;
    for (let place = 0, at = 0; place < this.#places.length; place++) {
      for (let from = this.#places[place]!, end = from + 3; from < end; from++, at++) {
        sum += Math.abs(data[from]! - last[at]!);
        last[at] = data[from]!;
      }
    }
    if (this.#frames++ === 0 || last.length === 0) return;
    this.#sum += sum / last.length;
    this.#largest = Math.max(this.#largest, sum / last.length);
  }

  /** What was seen; `null` when the mask selects nothing or there were fewer than two frames. */
  result(): Flicker | null {
    if (this.#frames < 2 || this.#last.length === 0) return null;
    return { largest: this.#largest, mean: this.#sum / (this.#frames - 1) };
  }
}
