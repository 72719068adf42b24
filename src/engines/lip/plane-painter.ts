import { mix, smoothstep, type VideoFrame } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';
import type { InsideRow } from '../mouth/inside-row.ts';
import type { LocalFrame } from '../mouth/local-frame.ts';
import type { MouthInside } from '../mouth/mouth-inside.ts';
import { COLUMNS, type Opening, type OpeningRow } from '../mouth/opening.ts';

/** Lip shading beside the opening, centimetres, and its strength on either lip. */
const RIM = 0.16;
const UPPER_RIM = 0.2;
const LOWER_RIM = 0.1;
/** Half width of the contact line, centimetres, and the least one in pixels. */
const LINE = 0.08;
const LINE_PIXELS = 0.7;
/** How far the line fades out at either end, as share of the mouth. */
const LINE_END = 0.2;
/** Gap, centimetres, at which the texture has slid from under the seam of lips; share of it that is drawn again; how far in. */
const SLID = 0.06;
const KEPT = 0.85;
const CORNER = 0.3;

/** What is painted between and on the lips in one frame. */
export interface Painting {
  readonly frame: LocalFrame;
  readonly opening: Opening;
  readonly inside: MouthInside;
  /** Factors of red, green and blue. */
  readonly gain: Float64Array;
  /** Darkness of the line where lips touch that were apart in the footage, 0..1. */
  readonly line: number;
  /** How closed the lips were in the footage, 0..1: their dark seam slides under the edges as they open. */
  readonly closed: number;
  /** Colour of the line, RGB 0..255. */
  readonly seam: readonly [number, number, number];
  readonly pixelsPerCm: number;
}

/** Paints the inside of a mouth into planes of luma and chroma: every pixel in luma, every block of four in chroma. */
export class PlanePainter {
  /** Per block of a pair of rows: what is left of the old chroma, and what is added to it. */
  #keep = new Float64Array(0);
  #blue = new Float64Array(0);
  #red = new Float64Array(0);
  #first = 0;
  #last = -1;

  /** Paints as far as `clip` allows, whose edges are even. */
  paint(target: VideoFrame, clip: ClipRect, painting: Painting): void {
    const { frame, opening, inside, pixelsPerCm } = painting;
    if (this.#keep.length < target.width >> 1) {
      this.#keep = new Float64Array(target.width >> 1);
      this.#blue = new Float64Array(target.width >> 1);
      this.#red = new Float64Array(target.width >> 1);
    }
    const bounds = opening.bounds(clip, Math.ceil(RIM * pixelsPerCm) + 2);
    for (let y = bounds.top & ~1; y < bounds.bottom; y += 2) {
      this.#begin(bounds);
      for (let line = y; line < y + 2; line++) {
        const row = opening.row(frame, line, bounds);
        this.#drawLine(target, line, row, painting);
        if (opening.height === 0) continue;
        shadeLips(target, line, row, opening.height);
        this.#lay(target, line, inside.paint(frame, opening, row), painting.gain);
      }
      this.#end(target, y >> 1);
    }
  }

  #begin({ left, right }: ClipRect): void {
    this.#first = left >> 1;
    this.#last = (right - 1) >> 1;
    for (let i = this.#first; i <= this.#last; i++) {
      this.#keep[i] = 4;
      this.#blue[i] = 0;
      this.#red[i] = 0;
    }
  }

  /** Lays one pixel over what is there: `keep` of it stays, r, g, b (premultiplied) come. */
  #put(target: VideoFrame, p: number, block: number, keep: number, r: number, g: number, b: number): void {
    const luma = (target.y[p]! - 16) * keep + 0.18259 * r + 0.61423 * g + 0.06201 * b + 16.5;
    target.y[p] = luma < 235 ? luma : 235;
    this.#keep[block]! += keep - 1;
    this.#blue[block]! += -0.10064 * r - 0.33857 * g + 0.43922 * b;
    this.#red[block]! += 0.43922 * r - 0.39894 * g - 0.04027 * b;
  }

  #end({ width, u, v }: VideoFrame, row: number): void {
    for (let i = this.#first; i <= this.#last; i++) {
      const keep = this.#keep[i]! / 4;
      if (keep === 1) continue;
      const p = row * (width >> 1) + i;
      u[p] = (u[p]! - 128) * keep + this.#blue[i]! / 4 + 128.5;
      v[p] = (v[p]! - 128) * keep + this.#red[i]! / 4 + 128.5;
    }
  }

  /** The soft dark line where the lips touch. */
  #drawLine(target: VideoFrame, y: number, row: OpeningRow, painting: Painting): void {
    const { line, closed, seam, gain, pixelsPerCm } = painting;
    if (line < 0.02 && closed < 0.02) return;
    const half = Math.max(LINE, LINE_PIXELS / pixelsPerCm);
    for (let n = 0; n < row.count; n++) {
      const gap = row.lower[n]! - row.upper[n]!;
      const column = row.column[n]!;
      const fromEnd = Math.min(column, COLUMNS - 1 - column) / COLUMNS;
      const touching = line * smoothstep(fromEnd / LINE_END) * (1 - smoothstep(gap / (2 * half)));
      const kept = closed * KEPT * smoothstep(gap / SLID) * (1 - smoothstep(fromEnd / CORNER));
      const strength = Math.max(touching, kept);
      if (strength < 0.01) continue;
      const distance = (row.Y[n]! - row.upper[n]! - gap / 2) / half;
      if (distance > 2.5 || distance < -2.5) continue;
      const p = y * target.width + row.x[n]!;
      const r = seam[0] * gain[0]!;
      const g = seam[1] * gain[1]!;
      const b = seam[2] * gain[2]!;
      // a line darkens, it never brightens
      const darker = smoothstep((target.y[p]! - 16 - 0.18259 * r - 0.61423 * g - 0.06201 * b) / 8 + 0.5);
      const k = strength * Math.exp(-distance * distance) * darker;
      if (k > 0.01) this.#put(target, p, row.x[n]! >> 1, 1 - k, k * r, k * g, k * b);
    }
  }

  #lay(target: VideoFrame, y: number, inside: InsideRow, gain: Float64Array): void {
    const start = y * target.width;
    for (let n = 0; n < inside.count; n++) {
      const x = inside.x[n]!;
      this.#put(
        target,
        start + x,
        x >> 1,
        inside.keep[n]!,
        inside.r[n]! * gain[0]!,
        inside.g[n]! * gain[1]!,
        inside.b[n]! * gain[2]!,
      );
    }
  }
}

/** Lips darken where they curl inwards beside the opening. */
function shadeLips({ y: luma, width }: VideoFrame, y: number, row: OpeningRow, height: number): void {
  const rim = smoothstep(height / 0.3);
  for (let n = 0; n < row.count; n++) {
    const below = row.Y[n]! - row.upper[n]!;
    const above = row.lower[n]! - row.Y[n]!;
    const open = below + above;
    const outside = -Math.min(below, above);
    if (open <= 0 || outside > RIM || outside < -RIM) continue;
    const near = 1 - Math.max(0, outside) / RIM;
    const strength = below < above ? UPPER_RIM : LOWER_RIM;
    const dark = 1 - strength * near * near * rim * smoothstep(open / 0.25);
    const p = y * width + row.x[n]!;
    luma[p] = mix(16, luma[p]!, dark) + 0.5;
  }
}
