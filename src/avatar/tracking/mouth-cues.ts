/**
 * What a frame's pixels tell about the mouth beyond the landmarks: where closed lips meet, whether teeth are seen, how sharp
 * it is, and what it looks like in coarse cells. All of it is measured in a square that lies along the mouth.
 *
 * @module
 */
import { smoothstep } from '../../core/basics.ts';
import type { SquareSource } from '../analysis/picture-sampler.ts';
import { CHAINS } from '../preparation/landmark-chains.ts';

/** Places along the seam at which it is measured, from the left inner corner to the right one. */
export const SEAM_PLACES = 21;
/** Cells of the mouth's appearance: so many columns and rows, each red, green, blue. */
const CELLS = 6;
/** Numbers of a mouth's appearance. */
export const APPEARANCE_LENGTH = CELLS * CELLS * 3;

/** Where each cue lies in a record of cues. */
export const CUE = {
  /** Probability that this is a face, 0..1. */
  presence: 0,
  /** Area of visible upper teeth over the squared width of the mouth; less where it is unsure where they end. */
  teeth: 1,
  /** Mean brightness step between neighbouring pixels of the mouth's square, shares of white. */
  sharpness: 2,
  /** How far below the middle between both inner lips the dark line runs, mouth widths. */
  seam: 3,
  /** How much darker it is than the lips, shares of white; 0 where the lips are apart. */
  contrast: 3 + SEAM_PLACES,
  /** Mean colour of the cells, 0..1. */
  appearance: 3 + 2 * SEAM_PLACES,
  /** Brightness of the brightest between the lips, beside the skin's; 0 where they are closed. */
  inside: 3 + 2 * SEAM_PLACES + APPEARANCE_LENGTH,
  /**
   * How far the nose has moved since the frame before, beside its landmarks: right and down in the turned head, centimetres;
   * `NaN` where it was not followed. Known only once both frames are.
   */
  flow: 4 + 2 * SEAM_PLACES + APPEARANCE_LENGTH,
} as const;
/** Numbers in a record of cues. */
export const CUE_COUNT: number = CUE.flow + 2;

/** Side of the square in mouth widths, and in samples. */
const SPAN = 1.8;
const SIDE = 128;
/** Samples per mouth width. */
const UNIT = SIDE / SPAN;
/** Lips further apart than this, in mouth widths, show no seam. */
const APART = 0.1;
/** How far from the middle line the seam is looked for, mouth widths; beyond the middle of it only reluctantly. */
const SEARCH = 0.07;
const RELUCTANCE = 0.12;
/** What a change of one sample from one place to the next costs, shares of white. */
const BEND = 0.012;
/** Teeth are this bright at least, compared to the skin around the mouth, and this pale. */
const TOOTH_BRIGHTNESS = 0.62;
const TOOTH_COLOUR = 0.38;
/** Upper teeth begin no farther below the upper lip, mouth widths. */
const HANGING = 0.1;
/** Brightness of what lies below teeth, beside theirs: what is darker than the second is the inside of the mouth. */
const BELOW_TEETH = { none: 0.75, whole: 0.5 } as const;
/** What teeth count whose end is uncertain. */
const UNCERTAIN = 0.25;
/** Share of the inner contour's length at each end that is left out when teeth are looked for. */
const CORNERS = 0.12;

/** Lips blur into the inside over so many samples. */
const LIP_BLUR = 1.5;

/** Offsets that are tried: whole samples to both sides. */
const REACH = Math.round(SEARCH * UNIT);
const OFFSETS = 2 * REACH + 1;

/** Measures the mouth of landmarks in a picture; see {@link CUE}. */
export function mouthCues(picture: SquareSource, points: Float32Array, presence: number): Float32Array {
  const cues = new Float32Array(CUE_COUNT);
  cues[CUE.presence] = presence;
  const patch = new MouthPatch(picture, points);
  measureSeam(patch, cues);
  cues[CUE.teeth] = teethArea(patch);
  cues[CUE.inside] = lightInside(patch);
  cues[CUE.sharpness] = patch.sharpness();
  patch.appearance(cues);
  return cues;
}

/** The square along the mouth, and the inner lips in it. */
class MouthPatch {
  /** Inner lips at {@link SEAM_PLACES} places: x, y in samples. */
  readonly upper: Float64Array;
  readonly lower: Float64Array;
  readonly #rgb: Float32Array;

  constructor(picture: SquareSource, points: Float32Array) {
    const { innerUpper, innerLower, outerUpper } = CHAINS;
    const [left, right] = [outerUpper[0] * 3, outerUpper.at(-1)! * 3];
    const [dx, dy] = [points[right]! - points[left]!, points[right + 1]! - points[left + 1]!];
    const width = Math.hypot(dx, dy) || 1;
    const square = {
      x: (points[left]! + points[right]!) / 2,
      y: (points[left + 1]! + points[right + 1]!) / 2,
      size: SPAN * width,
      angle: Math.atan2(dy, dx),
    };
    this.#rgb = picture.sample(square, { side: SIDE, range: [0, 1], beyond: 'repeat' });
    const [cos, sin] = [dx / width, dy / width];
    const scale = SIDE / square.size;
    const place = (chain: readonly number[]): Float64Array => {
      const line = new Float64Array(SEAM_PLACES * 2);
      for (let i = 0; i < SEAM_PLACES; i++) {
        const at = (i / (SEAM_PLACES - 1)) * (chain.length - 1);
        const from = Math.min(chain.length - 2, Math.floor(at));
        const [a, b] = [chain[from]! * 3, chain[from + 1]! * 3];
        const x = points[a]! + (points[b]! - points[a]!) * (at - from) - square.x;
        const y = points[a + 1]! + (points[b + 1]! - points[a + 1]!) * (at - from) - square.y;
        line[2 * i] = (cos * x + sin * y) * scale + SIDE / 2;
        line[2 * i + 1] = (-sin * x + cos * y) * scale + SIDE / 2;
      }
      return line;
    };
    this.upper = place(innerUpper);
    this.lower = place(innerLower);
  }

  /** Largest gap between the inner lips, mouth widths. */
  gap(): number {
    let widest = 0;
    for (let i = 1; i < 2 * SEAM_PLACES; i += 2) widest = Math.max(widest, this.lower[i]! - this.upper[i]!);
    return widest / UNIT;
  }

  #index(x: number, y: number): number {
    const column = Math.min(SIDE - 1, Math.max(0, Math.floor(x)));
    const row = Math.min(SIDE - 1, Math.max(0, Math.floor(y)));
    return (row * SIDE + column) * 3;
  }

  /** Brightness at a place, by linear interpolation down its column. */
  brightness(x: number, y: number): number {
    const top = Math.floor(y - 0.5);
    const share = y - 0.5 - top;
    return this.#shade(x, top + 0.5) * (1 - share) + this.#shade(x, top + 1.5) * share;
  }

  #shade(x: number, y: number): number {
    const i = this.#index(x, y);
    return 0.2126 * this.#rgb[i]! + 0.7152 * this.#rgb[i + 1]! + 0.0722 * this.#rgb[i + 2]!;
  }

  /** How much of a colour's strongest channel its weakest lacks. */
  colour(x: number, y: number): number {
    const i = this.#index(x, y);
    const [r, g, b] = [this.#rgb[i]!, this.#rgb[i + 1]!, this.#rgb[i + 2]!];
    const most = Math.max(r, g, b);
    return most === 0 ? 1 : (most - Math.min(r, g, b)) / most;
  }

  /** Mean brightness step between neighbours. */
  sharpness(): number {
    let sum = 0;
    const [from, to] = [SIDE / 4, (3 * SIDE) / 4];
    for (let row = from; row < to; row++) {
      for (let column = from; column < to; column++) {
        const i = (row * SIDE + column) * 3 + 1;
        sum +=
          Math.abs(this.#rgb[i + 3]! - this.#rgb[i]!) + Math.abs(this.#rgb[i + 3 * SIDE]! - this.#rgb[i]!);
      }
    }
    return sum / (2 * (to - from) ** 2);
  }

  /** Mean colours of the cells. */
  appearance(cues: Float32Array): void {
    const counts = new Float64Array(CELLS * CELLS);
    for (let row = 0; row < SIDE; row++) {
      const band = Math.floor((row * CELLS) / SIDE) * CELLS;
      for (let column = 0; column < SIDE; column++) {
        const cell = band + Math.floor((column * CELLS) / SIDE);
        counts[cell]!++;
        for (let k = 0; k < 3; k++) {
          cues[CUE.appearance + cell * 3 + k]! += this.#rgb[(row * SIDE + column) * 3 + k]!;
        }
      }
    }
    for (let i = 0; i < APPEARANCE_LENGTH; i++) cues[CUE.appearance + i]! /= counts[Math.floor(i / 3)]!;
  }
}

/** The darkest smooth line between closed lips, by dynamic programming over the places along the mouth. */
function measureSeam(patch: MouthPatch, cues: Float32Array): void {
  if (patch.gap() > APART) return;
  const { upper, lower } = patch;
  const middle = (i: number): [number, number] => [
    (upper[2 * i]! + lower[2 * i]!) / 2,
    (upper[2 * i + 1]! + lower[2 * i + 1]!) / 2,
  ];
  const total = new Float64Array(SEAM_PLACES * OFFSETS);
  const from = new Int8Array(SEAM_PLACES * OFFSETS);
  const shade = new Float64Array(SEAM_PLACES * OFFSETS);
  for (let i = 0; i < SEAM_PLACES; i++) {
    const [x, y] = middle(i);
    for (let offset = 0; offset < OFFSETS; offset++) {
      const at = i * OFFSETS + offset;
      const away = (offset - REACH) / REACH;
      shade[at] = patch.brightness(x, y + offset - REACH);
      total[at] = shade[at]! + RELUCTANCE * away ** 2;
      if (i === 0) continue;
      let best = Number.POSITIVE_INFINITY;
      for (let step = -2; step <= 2; step++) {
        const before = offset + step;
        if (before < 0 || before >= OFFSETS) continue;
        const cost = total[at - offset - OFFSETS + before]! + BEND * Math.abs(step);
        if (cost < best) {
          best = cost;
          from[at] = step;
        }
      }
      total[at]! += best;
    }
  }
  const last = (SEAM_PLACES - 1) * OFFSETS;
  let offset = 0;
  for (let candidate = 1; candidate < OFFSETS; candidate++) {
    if (total[last + candidate]! < total[last + offset]!) offset = candidate;
  }
  for (let i = SEAM_PLACES - 1; i >= 0; i--) {
    const at = i * OFFSETS;
    const [x, y] = middle(i);
    cues[CUE.seam + i] = (offset - REACH + valley(shade, at, offset)) / UNIT;
    const lips =
      patch.brightness(x, y + offset - REACH - SEARCH * UNIT) +
      patch.brightness(x, y + offset - REACH + SEARCH * UNIT);
    cues[CUE.contrast + i] = Math.max(0, lips / 2 - shade[at + offset]!);
    offset += from[at + offset]!;
  }
}

/** Where between the samples the dark line is darkest: the lowest point of a parabola through three of them. */
function valley(shade: Float64Array, at: number, offset: number): number {
  if (offset === 0 || offset === OFFSETS - 1) return 0;
  const [before, here, after] = [shade[at + offset - 1]!, shade[at + offset]!, shade[at + offset + 1]!];
  const bend = before - 2 * here + after;
  return bend <= 1e-6 ? 0 : Math.min(0.5, Math.max(-0.5, (before - after) / (2 * bend)));
}

/**
 * How much of the upper teeth is seen, as area over the squared width of the mouth: what is bright and pale and hangs from
 * the upper lip. It counts wholly where it ends in the dark of the mouth; where it reaches the lip or other teeth, its end
 * is uncertain.
 */
function teethArea(patch: MouthPatch): number {
  const { upper, lower } = patch;
  const cheeks = [0.12, 0.88].map((share) => patch.brightness(SIDE * share, SIDE * 0.5));
  const skin = (cheeks[0]! + cheeks[1]!) / 2;
  let area = 0;
  const first = Math.ceil(CORNERS * SEAM_PLACES);
  for (let i = first; i < SEAM_PLACES - first; i++) {
    const x = (upper[2 * i]! + lower[2 * i]!) / 2;
    const width = (upper[2 * i + 2]! - upper[2 * i - 2]!) / 2;
    const isTooth = (y: number): boolean =>
      patch.brightness(x, y) > TOOTH_BRIGHTNESS * skin && patch.colour(x, y) < TOOTH_COLOUR;
    const [top, bottom] = [upper[2 * i + 1]! + 1, lower[2 * i + 1]! - 1];
    let y = top;
    while (y < bottom && y < top + HANGING * UNIT && !isTooth(y)) y++;
    let height = 0;
    let light = 0;
    for (; y < bottom && isTooth(y); y++) {
      height++;
      light += patch.brightness(x, y);
    }
    if (height === 0) continue;
    const below = Math.min(patch.brightness(x, y + 1), patch.brightness(x, y + 3));
    const free = smoothstep(
      (BELOW_TEETH.none - below / (light / height)) / (BELOW_TEETH.none - BELOW_TEETH.whole),
    );
    area += width * height * (UNCERTAIN + (1 - UNCERTAIN) * free);
  }
  return area / UNIT ** 2;
}

/** The upper decile of brightness between the lips, over the skin's. */
function lightInside(patch: MouthPatch): number {
  const { upper, lower } = patch;
  const found: number[] = [];
  const first = Math.ceil(CORNERS * SEAM_PLACES);
  for (let i = first; i < SEAM_PLACES - first; i++) {
    const x = (upper[2 * i]! + lower[2 * i]!) / 2;
    for (let y = upper[2 * i + 1]! + LIP_BLUR; y < lower[2 * i + 1]! - LIP_BLUR; y++)
      found.push(patch.brightness(x, y));
  }
  if (found.length === 0) return 0;
  found.sort((a, b) => a - b);
  // beside the nose, where no beard grows
  const skin = (patch.brightness(SIDE * 0.08, SIDE * 0.08) + patch.brightness(SIDE * 0.92, SIDE * 0.08)) / 2;
  return found[Math.floor(0.9 * found.length)]! / Math.max(0.02, skin);
}
