import { type Avatar, clamp, mix, smoothstep } from '../../core/basics.ts';
import type { ClipRect, Surface } from '../../kernels/raster/index.ts';
import type { LocalFrame } from '../mouth/local-frame.ts';
import { COLUMNS, type Opening } from '../mouth/opening.ts';

/** Half width of the line in centimetres, and the least one in pixels. */
const LINE = 0.035;
const LINE_PIXELS = 0.65;
/** Gap at which the texture has slid from under the line, centimetres; share of it that is drawn again; how far in. */
const SLID = 0.06;
const KEPT = 0.85;
const CORNER = 0.3;
/** How far from the seam the photo's darkest colour is looked for, centimetres. */
const NEAR_SEAM = 0.06;
/** Darkness of the line beside the lip where the photo shows no seam. */
const DARK_LIP = 0.42;

/** The soft dark line where the lips touch: covers the ragged edge of lips that were apart in the photo. */
export class ContactLine {
  /** Colour of the closed seam per column of the mouth at rest, RGB. */
  readonly #seam: Float32Array;
  readonly #half: number;
  /** How much of the photo's line is kept at the corners. */
  readonly #kept: number;
  readonly #pixelsPerCm: number;

  /**
   * @param pixelsPerCm - Output pixels per centimetre.
   * @param grain - Width of the finest detail that is drawn, centimetres.
   */
  constructor(avatar: Avatar, pixelsPerCm: number, grain: number) {
    this.#seam = seamColours(avatar);
    this.#kept = avatar.mouth.closed ? KEPT : 0;
    this.#half = Math.max(LINE, LINE_PIXELS * grain);
    this.#pixelsPerCm = pixelsPerCm;
  }

  /**
   * Draws the line where `opening` is closed.
   *
   * @param strength - 0..1. Beside this, lips of a closed photo that come apart keep their line towards the corners:
   * there the texture has slid from under it, and the opening is still too thin to be seen.
   */
  draw(target: Surface, clip: ClipRect, frame: LocalFrame, opening: Opening, strength: number): void {
    const { data, width } = target;
    const seam = this.#seam;
    const half = this.#half;
    const bounds = opening.bounds(clip, Math.ceil(half * this.#pixelsPerCm * 2.5) + 1);
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds, 2.5 * half);
      for (let n = 0; n < row.count; n++) {
        const column = row.column[n]!;
        const gap = row.lower[n]! - row.upper[n]!;
        const distance = (row.Y[n]! - row.upper[n]! - gap / 2) / half;
        if (distance > 2.5 || distance < -2.5) continue;
        const fromEnd = Math.min(column, COLUMNS - 1 - column) / COLUMNS;
        const left = this.#kept * smoothstep(gap / SLID) * (1 - smoothstep(fromEnd / CORNER));
        const closed = strength * smoothstep(fromEnd / 0.12) * (1 - smoothstep(gap / (2 * half)));
        if (left < 0.01 && closed < 0.01) continue;
        const k = Math.max(left, closed) * Math.exp(-distance * distance);
        if (k < 0.01) continue;
        const p = (y * width + row.x[n]!) * 4;
        const s = (column | 0) * 3;
        for (let c = 0; c < 3; c++)
          data[p + c] = mix(data[p + c]!, Math.min(data[p + c]!, seam[s + c]!), k) + 0.5;
      }
    }
  }
}

/** The darkest colour around the closed seam, per column; for lips apart in the photo a dark lip colour. */
function seamColours({ mouth, region, layers, rig, colours }: Avatar): Float32Array {
  const { width, height } = region;
  const { foreground } = layers;
  const out = new Float32Array(COLUMNS * 3);
  const reach = Math.max(1, Math.round(NEAR_SEAM * rig.pixelsPerCm));
  for (let c = 0; c < COLUMNS; c++) {
    const s = Math.round((c / (COLUMNS - 1)) * 80) * 3;
    let darkest = Infinity;
    for (let k = 0; k < 3; k++) out[c * 3 + k] = colours.lip[k]! * DARK_LIP;
    for (let o = -reach; o <= reach && mouth.closed; o++) {
      const x = clamp(Math.round(mouth.seam[s]! + mouth.axisY[0] * o - 0.5), 0, width - 1);
      const y = clamp(Math.round(mouth.seam[s + 1]! + mouth.axisY[1] * o - 0.5), 0, height - 1);
      const p = (y * width + x) * 4;
      const brightness = foreground[p]! * 0.3 + foreground[p + 1]! * 0.59 + foreground[p + 2]! * 0.11;
      if (brightness >= darkest) continue;
      darkest = brightness;
      for (let k = 0; k < 3; k++) out[c * 3 + k] = foreground[p + k]!;
    }
  }
  // single dark pixels (hairs, noise) must not show as dots
  for (let round = 0; round < 6; round++) {
    const before = out.slice();
    for (let i = 3; i < out.length - 3; i++) out[i] = (before[i - 3]! + 2 * before[i]! + before[i + 3]!) / 4;
  }
  return out;
}
