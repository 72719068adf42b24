import { type AvatarTeeth, clamp, DENTAL_ARCH, mix, smoothstep } from '../../core/basics.ts';
import type { InsideRow } from './inside-row.ts';

type Rgb = readonly [number, number, number];

/** One row of teeth, from the middle outwards, centimetres of the canonical face. */
export interface ToothRow {
  /** 1 if the roots lie above (upper row), -1 if below. */
  readonly side: 1 | -1;
  /** Width of each tooth along the arch: incisors, canine, premolars, molar (means of adults). */
  readonly widths: readonly number[];
  /** How far each tooth's edge stays behind the row's line. */
  readonly recede: readonly number[];
  /** Height of each crown. */
  readonly crowns: readonly number[];
  /** Brightness of each tooth beside the first one's: canines are darker, the ones behind stand in the shade. */
  readonly tones: readonly number[];
  /** How much the corners of an edge are rounded off, and how pointed a canine is. */
  readonly rounding: number;
  readonly point: number;
  /** How much the row curves away from the other one, per square centimetre. */
  readonly curve: number;
  /** How far the row stands behind the upper incisors. */
  readonly depth: number;
}

/** The upper row. Widths and heights are means of adults. */
export const UPPER_ROW: ToothRow = {
  side: 1,
  widths: [0.85, 0.66, 0.77, 0.7, 0.68, 1.0, 1.0],
  recede: [0, 0.05, 0.0, 0.05, 0.08, 0.1, 0.12],
  crowns: [0.98, 0.86, 0.98, 0.82, 0.74, 0.7, 0.7],
  tones: [1, 0.97, 0.93, 0.9, 0.84, 0.78, 0.7],
  rounding: 0.055,
  point: 0.06,
  curve: 0.045,
  depth: 0,
};

/** The lower row, likewise. */
export const LOWER_ROW: ToothRow = {
  side: -1,
  widths: [0.53, 0.58, 0.68, 0.7, 0.7, 1.1, 1.1],
  recede: [0.01, 0, -0.02, 0.03, 0.05, 0.06, 0.06],
  crowns: [0.86, 0.9, 1.0, 0.84, 0.78, 0.7, 0.7],
  tones: [0.96, 0.96, 0.92, 0.88, 0.82, 0.75, 0.7],
  rounding: 0.04,
  point: 0.05,
  curve: 0.01,
  depth: 0.25,
};

/** Own teeth were cut out hard: their edges are softened over this share of the finest detail. */
const OWN_GRAIN = 0.5;
/** Half width of a plate, and how far it reaches behind the row's line and before it. */
const HALF = 2.7;
const ROOTS = 1.25;
const MARGIN = 0.2;
/** Plate pixels per output pixel, and the most per centimetre: the finest line is 0.02 cm wide. */
const DENSITY = 1.5;
const FINEST = 90;
/** From here outwards teeth fade, centimetres from the middle. */
const BACK = 1.5;
/** Own teeth of so many pixels per centimetre, or as fine as the output, show all their lines; trust in the coarsest. */
const SHARP = 40;
const BLURRED = 0.4;
/** Samples per plate pixel and axis. */
const SAMPLES = 3;
/** Half width of the line between two teeth, and its darkness; wider ones (small pictures) are fainter. */
const GAP = 0.022;
const GAP_CONTRAST = 0.34;
/** What the edge of a tooth lets through, and what its root swallows; of red, green and blue. */
const CLEAR: Rgb = [0.11, 0.1, 0.08];
const WARM: Rgb = [0.06, 0.1, 0.17];

/** What teeth look like in one avatar and output. */
export interface ToothLook {
  /** RGB 0..255 in full light. */
  readonly enamel: Rgb;
  readonly gum: Rgb;
  /** Output pixels per centimetre. */
  readonly pixelsPerCm: number;
  /** Width of the finest detail that is drawn, centimetres. */
  readonly grain: number;
  /** Standard deviation of the photo's noise, 0..255. */
  readonly noise: number;
}

/** How light reaches a row of teeth; distances in centimetres. */
export interface ToothLight {
  /** Least light right at the upper lip, and how far below it the light is whole. */
  readonly upperLeast: number;
  readonly upperReach: number;
  /** The same at the lower lip. */
  readonly lowerLeast: number;
  readonly lowerReach: number;
}

/**
 * A row of teeth as a small picture, seen straight from the front. It is painted once, as fine as the output can show
 * it, and looked up per pixel: the arch leans as the head turns.
 */
export class ToothPlate {
  readonly #row: ToothRow;
  readonly #width: number;
  readonly #height: number;
  readonly #perCm: number;
  /** Position of the plate's first row, centimetres below the row's line. */
  readonly #top: number;
  /** R, G, B (0..255) and coverage (0..1) per plate pixel. */
  readonly #pixels: Float32Array;

  /**
   * @param own - The person's own teeth, which are laid over the painted ones.
   * @param ownEdge - Where the row's line is in `own`.
   */
  constructor(row: ToothRow, look: ToothLook, own: AvatarTeeth | null = null, ownEdge = 0) {
    this.#row = row;
    this.#perCm = Math.min(FINEST, DENSITY * look.pixelsPerCm);
    this.#top = row.side > 0 ? -ROOTS : -MARGIN;
    this.#width = Math.ceil(2 * HALF * this.#perCm) + 1;
    this.#height = Math.ceil((ROOTS + MARGIN) * this.#perCm) + 1;
    this.#pixels = new Float32Array(this.#width * this.#height * 4);
    this.#paint(look);
    if (own) this.#overlay(own, ownEdge, look);
  }

  /**
   * Draws the row into a row of pixels, over what is there.
   *
   * @param shiftX - Where the middle of the row is, local units.
   * @param line - Where its line is.
   * @param leanX - Shift to the right per centimetre of depth, as the head is turned.
   * @param leanY - Shift down, likewise.
   * @param brightness - Light in the mouth, 0..1.
   */
  draw(
    row: InsideRow,
    shiftX: number,
    line: number,
    leanX: number,
    leanY: number,
    brightness: number,
    light: ToothLight,
  ): void {
    const pixels = this.#pixels;
    const width = this.#width;
    const perCm = this.#perCm;
    const depth = this.#row.depth;
    const [right, bottom] = [width - 1.001, this.#height - 1.001];
    const top = line + this.#top;
    for (let n = 0; n < row.count; n++) {
      const across = row.X[n]! - shiftX - leanX * depth;
      // the place on the arch that is seen here: two steps of a fixed point
      let x = across - leanX * DENTAL_ARCH * across * across;
      x = across - leanX * DENTAL_ARCH * x * x;
      const behind = depth + DENTAL_ARCH * x * x;
      const column = (x + HALF) * perCm;
      const at = (row.Y[n]! - top - leanY * behind) * perCm;
      if (!(column >= 0 && column < right && at >= 0 && at < bottom)) continue;
      const i = column | 0;
      const j = at | 0;
      const s = column - i;
      const t = at - j;
      const p = (j * width + i) * 4;
      const q = p + width * 4;
      const w0 = (1 - s) * (1 - t);
      const w1 = s * (1 - t);
      const w2 = (1 - s) * t;
      const w3 = s * t;
      const on = w0 * pixels[p + 3]! + w1 * pixels[p + 7]! + w2 * pixels[q + 3]! + w3 * pixels[q + 7]!;
      if (on < 0.004) continue;
      const shade =
        brightness *
        row.light[n]! *
        mix(light.upperLeast, 1, smoothstep(row.below[n]! / light.upperReach)) *
        mix(light.lowerLeast, 1, smoothstep(row.above[n]! / light.lowerReach));
      // light that came through flesh is warm
      const green = shade * (0.72 + 0.28 * Math.min(1, shade));
      const blue = shade * (0.6 + 0.4 * Math.min(1, shade));
      const r = w0 * pixels[p]! + w1 * pixels[p + 4]! + w2 * pixels[q]! + w3 * pixels[q + 4]!;
      const g = w0 * pixels[p + 1]! + w1 * pixels[p + 5]! + w2 * pixels[q + 1]! + w3 * pixels[q + 5]!;
      const b = w0 * pixels[p + 2]! + w1 * pixels[p + 6]! + w2 * pixels[q + 2]! + w3 * pixels[q + 6]!;
      row.r[n] = r * shade + row.r[n]! * (1 - on);
      row.g[n] = g * green + row.g[n]! * (1 - on);
      row.b[n] = b * blue + row.b[n]! * (1 - on);
    }
  }

  #paint(look: ToothLook): void {
    const row = this.#row;
    const step = 1 / (this.#perCm * SAMPLES);
    // the samples of one pixel are spread over the finest detail of the photo
    const spread = Math.max(1, look.grain * this.#perCm);
    const aside = (sample: number): number => (sample - (SAMPLES - 1) / 2) * step * spread;
    const columns = Array.from({ length: this.#width * SAMPLES }, (_, n) =>
      toothColumn(row, ((n / SAMPLES) | 0) / this.#perCm - HALF + aside(n % SAMPLES), look),
    );
    let seed = 7;
    for (let j = 0; j < this.#height; j++) {
      for (let sample = 0; sample < SAMPLES; sample++) {
        this.#addLine(j, columns, -row.side * (j / this.#perCm + this.#top + aside(sample)), look);
      }
      seed = this.#addNoise(j, seed, look.noise);
    }
  }

  /** Adds the samples of one height to a row of pixels. */
  #addLine(j: number, columns: readonly ToothColumn[], height: number, look: ToothLook): void {
    const pixels = this.#pixels;
    for (let n = 0, p = j * this.#width * 4; n < columns.length; n += SAMPLES, p += 4) {
      for (let k = 0; k < SAMPLES; k++) addLook(columns[n + k]!, height, look, pixels, p);
    }
  }

  /** Gives teeth the noise of the photo. @returns The seed to go on with. */
  #addNoise(j: number, begin: number, noise: number): number {
    const pixels = this.#pixels;
    const end = (j + 1) * this.#width * 4;
    let seed = begin;
    for (let p = j * this.#width * 4; p < end; p += 4) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const change = (seed / 2 ** 32 - 0.5) * 3.46 * noise * pixels[p + 3]!;
      for (let c = 0; c < 3; c++) pixels[p + c] = Math.max(0, pixels[p + c]! + change);
    }
    return seed;
  }

  /** Lays the person's own teeth over the painted ones, which go on where lips hid the own ones. */
  #overlay(own: AvatarTeeth, edge: number, { pixelsPerCm, grain }: ToothLook): void {
    const sharp = clamp(own.perCm / Math.min(SHARP, pixelsPerCm), BLURRED, 1);
    const soft = OWN_GRAIN * grain * own.perCm;
    const pixels = this.#pixels;
    const sample = new Float64Array(4);
    for (let j = 0; j < this.#height; j++) {
      const y = (j / this.#perCm + this.#top + edge - own.top) * own.perCm;
      for (let i = 0; i < this.#width; i++) {
        const x = (i / this.#perCm - HALF - own.left) * own.perCm;
        if (!(x >= 0 && y >= 0 && x < own.width - 1 && y < own.height - 1)) continue;
        sampleSoftly(own, x, y, soft, sample);
        const p = (j * this.#width + i) * 4;
        // where both show a tooth, a coarse photo leaves the lines between teeth to the painted ones
        const drawn = pixels[p + 3]!;
        const trust = 1 - (1 - sharp) * drawn;
        const hidden = 1 - (trust * sample[3]!) / 255;
        for (let c = 0; c < 3; c++) pixels[p + c] = trust * sample[c]! + pixels[p + c]! * hidden;
        pixels[p + 3] = 1 - hidden + drawn * hidden;
      }
    }
  }
}

/** What is the same all along one line from the edge of the teeth to their roots. */
interface ToothColumn {
  /** Where the edge and the neck of its tooth are, centimetres from the row's line towards the roots. */
  readonly edge: number;
  readonly neck: number;
  /** Place on the tooth, -1..1 outwards, as the light that falls on it needs it. */
  readonly aside: number;
  /** Light on the tooth, and on the gum. */
  readonly shade: Rgb;
  readonly onGum: number;
  /** How much of it is seen, 0..1. */
  readonly seen: number;
}

/** @param x - Centimetres from the middle. */
function toothColumn(row: ToothRow, x: number, { grain }: ToothLook): ToothColumn {
  const away = Math.abs(x);
  const slope = 2 * DENTAL_ARCH * away;
  const arc = (away * Math.hypot(1, slope) + Math.asinh(slope) / (2 * DENTAL_ARCH)) / 2;
  let start = 0;
  let tooth = 0;
  while (tooth < row.widths.length - 1 && arc > start + row.widths[tooth]!) start += row.widths[tooth++]!;
  const width = row.widths[tooth]!;
  const u = clamp(((arc - start) / width) * 2 - 1, -1, 1);
  const side = Math.abs(u);
  // outer corners are rounder than inner ones
  const round = row.rounding * (u > 0 ? 1.25 : 0.8) * side ** (tooth === 0 ? 5 : 3.5);
  const tip = tooth === 2 ? row.point * Math.abs(u + 0.1) : 0;
  const facing = 1 / Math.hypot(1, slope);
  const gap = Math.max(GAP, 0.45 * grain);
  const toGap = ((1 - side) * width * facing) / 2;
  const line = GAP_CONTRAST * (GAP / gap) ** 0.7 * Math.exp(-((toGap / gap) ** 2));
  // round in both directions, in the shade of its neighbours further back
  const form =
    (1 - 0.16 * side ** 4) *
    (1 - line) *
    (0.3 + 0.7 * facing) *
    row.tones[tooth]! *
    (1 - 0.5 * smoothstep((away - 1.1) / 1.2));
  return {
    edge: row.recede[tooth]! + round + tip + row.curve * x * x,
    neck: row.crowns[tooth]! + row.curve * x * x - 0.14 * u * u,
    aside: (u + 0.15) ** 2 * 3,
    // what lies in the shade of cheeks and lips is lit through flesh
    shade: [form, form ** 1.2, form ** 1.35],
    onGum: 0.55 + 0.45 * facing,
    // back teeth are lost in the dark between teeth and cheek
    seen: 1 - smoothstep((away - BACK) / (HALF - 0.2 - BACK)),
  };
}

/**
 * Adds what is at one place of a row to a pixel: colours times coverage, and coverage.
 *
 * @param height - Centimetres from the row's line towards the roots.
 */
function addLook(
  { edge, neck, aside, shade, onGum, seen }: ToothColumn,
  height: number,
  { enamel, gum }: ToothLook,
  pixels: Float32Array,
  p: number,
): void {
  if (height < edge) return;
  const share = SAMPLES * SAMPLES;
  const gums = smoothstep((height - neck) / 0.05 + 0.5);
  const fromEdge = height - edge;
  // translucent at the edge
  const glass = 1 - smoothstep(fromEdge / 0.16);
  const body = 0.95 + 0.07 * Math.exp(-(((fromEdge - 0.32) / 0.22) ** 2) - aside);
  const root = smoothstep((height - 0.45) / 0.6);
  for (let c = 0; c < 3; c++) {
    const tint = enamel[c]! * (1 - CLEAR[c]! * glass) * (1 - WARM[c]! * root) * body;
    pixels[p + c]! += (mix(tint * shade[c]!, gum[c]! * onGum, gums) * seen) / share;
  }
  pixels[p + 3]! += seen / share;
}

/** Reads own teeth at a place of their picture: the mean of five places around it, so many pixels away. */
function sampleSoftly(
  { width, height, pixels }: AvatarTeeth,
  x: number,
  y: number,
  away: number,
  out: Float64Array,
): void {
  out.fill(0);
  for (let n = 0; n < 5; n++) {
    const px = clamp(x + (n === 1 ? away : n === 2 ? -away : 0), 0, width - 1.001);
    const py = clamp(y + (n === 3 ? away : n === 4 ? -away : 0), 0, height - 1.001);
    const q = ((py | 0) * width + (px | 0)) * 4;
    const [s, t] = [px - (px | 0), py - (py | 0)];
    for (let c = 0; c < 4; c++) {
      const above = mix(pixels[q + c]!, pixels[q + 4 + c]!, s);
      const below = mix(pixels[q + width * 4 + c]!, pixels[q + width * 4 + 4 + c]!, s);
      out[c]! += mix(above, below, t) / 5;
    }
  }
}
