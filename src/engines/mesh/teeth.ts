import { smoothstep } from '../../core/index.ts';

/** Half a row of teeth from the middle outwards, centimetres of the canonical face. */
interface ToothRow {
  /** Width of each tooth along the arch. */
  readonly widths: readonly number[];
  /** How far each tooth's edge lies beyond the row's line (towards the other row). */
  readonly lengths: readonly number[];
  /** How much the edge recedes towards a gap: rounded corners. */
  readonly rounding: number;
  /** How much the row curves away from the other one, per square centimetre. */
  readonly curve: number;
}

/** The upper row: mean widths of adult teeth (incisors, canine, premolars, molar). */
export const UPPER_ROW: ToothRow = {
  widths: [0.85, 0.66, 0.76, 0.7, 0.68, 1.0],
  lengths: [0, -0.035, -0.01, -0.06, -0.1, -0.14],
  rounding: 0.055,
  curve: 0.05,
};
/** The lower row, likewise. */
export const LOWER_ROW: ToothRow = {
  widths: [0.54, 0.6, 0.68, 0.7, 0.7, 1.1],
  lengths: [0, 0, 0.02, -0.03, -0.05, -0.06],
  rounding: 0.04,
  curve: 0.02,
};

const ENTRIES = 384;
/** Half width that the tables cover, centimetres. */
const HALF = 3;
/** Radius of the dental arch, centimetres. */
const ARCH = 2.55;
/** Width of the shadow between two teeth, and its least width on screen in pixels (thinner ones would flicker). */
const GAP = 0.05;
const GAP_PIXELS = 0.8;
/** Darkness of a gap of natural width; wider ones are fainter. */
const GAP_CONTRAST = 0.09;

/** Edge and brightness of one row of teeth as functions of the distance from the middle. */
export class ToothTable {
  /** Edge beyond the row's line, centimetres. */
  readonly edge = new Float32Array(ENTRIES);
  /** Brightness, 0..1: roundness of each tooth, gaps, and the arch turning away into the shade. */
  readonly shade = new Float32Array(ENTRIES);

  /** @param pixelsPerCm - Output pixels per centimetre. */
  constructor(row: ToothRow, pixelsPerCm: number) {
    for (let i = 0; i < ENTRIES; i++) {
      const x = (i / (ENTRIES - 1)) * HALF;
      const angle = Math.asin(Math.min(0.98, x / ARCH));
      const arc = ARCH * angle + Math.max(0, x - 0.98 * ARCH) * 4;
      let start = 0;
      let tooth = 0;
      while (tooth < row.widths.length - 1 && arc > start + row.widths[tooth]!) start += row.widths[tooth++]!;
      const width = row.widths[tooth]!;
      const across = Math.min(1, Math.abs(((arc - start) / width) * 2 - 1));
      const toGap = ((1 - across) * width) / 2;
      const gap = Math.max(GAP, GAP_PIXELS / pixelsPerCm);
      const line = GAP_CONTRAST * (GAP / gap) * Math.exp(-((toGap / gap) ** 2));
      const turn = Math.cos(angle);
      this.edge[i] = row.lengths[tooth]! - row.rounding * across ** 8 - row.curve * x * x;
      this.shade[i] =
        (1 - 0.08 * across * across) *
        (1 - line) *
        (0.2 + 0.8 * turn * turn) *
        (1 - 0.7 * smoothstep((x - 0.9) / 1.3));
    }
  }

  /** Table position of a distance from the middle in centimetres. */
  static at(x: number): number {
    const position = Math.abs(x) * ((ENTRIES - 1) / HALF);
    return position < ENTRIES - 1 ? (position + 0.5) | 0 : ENTRIES - 1;
  }
}
