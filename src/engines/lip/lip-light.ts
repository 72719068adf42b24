import { clamp, type VideoFrame } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';

/** Side of the cells whose means are compared, and distance of the pixels that are looked at in them, centimetres. */
const CELL = 0.4;
const STEP = 0.1;
/** Cells across and down at most. */
const CELLS = 40;
/** The mask's soft edge, where skin of frame and portrait lies over each other: 0..255. */
const RING = { least: 10, most: 170 } as const;
/** A cell with fewer samples tells nothing. */
const FEWEST = 6;
/** Brightness above black that is added before ratios are taken, levels: noise of dark skin counts less. */
const DARK = 6;
/** Limits of brightness ratios. */
const LEAST = Math.log(0.35);
const MOST = Math.log(2.6);
/** Cells that are further off than this (logarithm of the ratio) count less: folds, a filmed shadow, hair. */
const OFF = 0.06;
/** Rounds of weighing. */
const ROUNDS = 3;
/** Doubt that light changes across the mouth at all: so many cells a centimetre off say that it does not. */
const EVENNESS = 8;
/** Numbers of a plane over the picture: at the origin, per pixel right, per pixel down. */
const PLANE = 3;

/**
 * What must be done to the portrait's lips so that they lie in a frame's light: a brightness ratio and two shifts of colour,
 * each of which may change evenly across the mouth. Compared are frame and portrait on the skin around the mouth.
 */
export class LipLight {
  /** Origin of the planes, frame pixels. */
  x = 0;
  y = 0;
  /** Logarithm of the brightness ratio at the origin, its change per pixel right and down. */
  readonly gain = new Float64Array(PLANE);
  /** Shift of both chroma channels after the ratio, levels. */
  readonly blue = new Float64Array(PLANE);
  readonly red = new Float64Array(PLANE);
  /** Per cell: samples, and sums of frame's and portrait's brightness and chroma. */
  readonly #count = new Float64Array(CELLS * CELLS);
  readonly #sums = Array.from({ length: 6 }, () => new Float64Array(CELLS * CELLS));
  readonly #values = new Float64Array(CELLS * CELLS);
  readonly #weights = new Float64Array(CELLS * CELLS);

  /**
   * Compares.
   *
   * @param skin - The frame with its new skin.
   * @param lips - The portrait's lips where they lie in it.
   * @param mask - Their share per pixel, 0..255: as large as the frame.
   * @param pixelsPerCm - In the frame.
   */
  update(skin: VideoFrame, lips: VideoFrame, mask: Uint8Array, clip: ClipRect, pixelsPerCm: number): void {
    const cell = Math.max(
      2,
      CELL * pixelsPerCm,
      (clip.right - clip.left) / CELLS,
      (clip.bottom - clip.top) / CELLS,
    );
    this.x = (clip.left + clip.right) / 2;
    this.y = (clip.top + clip.bottom) / 2;
    this.#gather(skin, lips, mask, clip, cell, Math.max(1, Math.round(STEP * pixelsPerCm)));
    const [skinY, skinU, skinV, lipsY, lipsU, lipsV] = this.#sums as Sums;
    const { gain, blue, red } = this;
    const count = this.#count;
    const values = this.#values;
    const weights = this.#weights;
    const even = EVENNESS * pixelsPerCm ** 2;
    for (let i = 0; i < values.length; i++) {
      weights[i] = count[i]! < FEWEST ? 0 : 1;
      values[i] = clamp(
        Math.log((skinY[i]! + DARK * count[i]!) / (lipsY[i]! + DARK * count[i]!)) || 0,
        LEAST,
        MOST,
      );
    }
    for (let round = 0; round < ROUNDS; round++) {
      this.#fit(gain, clip, cell, even);
      for (let i = 0; i < values.length; i++) {
        if (weights[i] === 0) continue;
        const off = (values[i]! - this.#planeAt(gain, i, clip, cell)) / OFF;
        weights[i] = 1 / (1 + off * off);
      }
    }
    for (const [plane, own, other] of [
      [blue, skinU, lipsU],
      [red, skinV, lipsV],
    ] as const) {
      for (let i = 0; i < values.length; i++) {
        if (weights[i] === 0) continue;
        values[i] = (own[i]! - Math.exp(this.#planeAt(gain, i, clip, cell)) * other[i]!) / count[i]!;
      }
      this.#fit(plane, clip, cell, even);
    }
  }

  #gather(
    skin: VideoFrame,
    lips: VideoFrame,
    mask: Uint8Array,
    { left, top, right, bottom }: ClipRect,
    cell: number,
    step: number,
  ): void {
    const { width } = skin;
    const half = width >> 1;
    const count = this.#count.fill(0);
    for (const sum of this.#sums) sum.fill(0);
    const [skinY, skinU, skinV, lipsY, lipsU, lipsV] = this.#sums as Sums;
    for (let row = top; row < bottom; row += step) {
      const cells = Math.min(CELLS - 1, Math.floor((row - top) / cell)) * CELLS;
      for (let column = left; column < right; column += step) {
        const p = row * width + column;
        if (mask[p]! < RING.least || mask[p]! > RING.most) continue;
        const i = cells + Math.min(CELLS - 1, Math.floor((column - left) / cell));
        const c = (row >> 1) * half + (column >> 1);
        count[i]! += 1;
        skinY[i]! += skin.y[p]! - 16;
        lipsY[i]! += lips.y[p]! - 16;
        skinU[i]! += skin.u[c]! - 128;
        lipsU[i]! += lips.u[c]! - 128;
        skinV[i]! += skin.v[c]! - 128;
        lipsV[i]! += lips.v[c]! - 128;
      }
    }
  }

  /** Value of a plane in the middle of a cell. */
  #planeAt(plane: Float64Array, i: number, { left, top }: ClipRect, cell: number): number {
    const x = left + ((i % CELLS) + 0.5) * cell - this.x;
    const y = top + (Math.floor(i / CELLS) + 0.5) * cell - this.y;
    return plane[0]! + plane[1]! * x + plane[2]! * y;
  }

  /** The plane that fits the cells' values best (weighted least squares), flat rather than steep. */
  #fit(plane: Float64Array, { left, top }: ClipRect, cell: number, even: number): void {
    const values = this.#values;
    const weights = this.#weights;
    let s = 0;
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let sxy = 0;
    let syy = 0;
    let sv = 0;
    let sxv = 0;
    let syv = 0;
    for (let i = 0; i < values.length; i++) {
      const w = weights[i]!;
      if (w === 0) continue;
      const x = left + ((i % CELLS) + 0.5) * cell - this.x;
      const y = top + (Math.floor(i / CELLS) + 0.5) * cell - this.y;
      const v = values[i]!;
      s += w;
      sx += w * x;
      sy += w * y;
      sxx += w * x * x;
      sxy += w * x * y;
      syy += w * y * y;
      sv += w * v;
      sxv += w * x * v;
      syv += w * y * v;
    }
    plane.fill(0);
    if (s === 0) return;
    // around the means, where level and slopes are independent
    const mx = sx / s;
    const my = sy / s;
    const mv = sv / s;
    const xx = sxx - s * mx * mx + even;
    const yy = syy - s * my * my + even;
    const xy = sxy - s * mx * my;
    const xv = sxv - s * mx * mv;
    const yv = syv - s * my * mv;
    const determinant = xx * yy - xy * xy;
    if (!(determinant > 1e-9)) {
      plane[0] = mv;
      return;
    }
    plane[1] = (xv * yy - yv * xy) / determinant;
    plane[2] = (yv * xx - xv * xy) / determinant;
    plane[0] = mv - plane[1] * mx - plane[2] * my;
  }
}

type Sums = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
