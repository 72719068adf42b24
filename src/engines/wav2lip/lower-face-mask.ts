import { type Rect, smoothstep } from '../../core/basics.ts';
import type { FacePlace } from '../hearing-engine.ts';
import { AREA, SIDE } from './face-tensor.ts';

/** The lower face: below the ears along the jaw and the chin, then back over the cheeks and under the nose. */
const OUTLINE = [
  361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 123, 50, 205, 2, 425,
  280, 352,
] as const;
/** How far the outline goes beyond the chin, for jaws that open wider than in the frame, and within the cheeks. */
const DOWN = 1.06;
const ACROSS = 0.96;
/** Softness of the edge, pixels of the network. */
const SOFT = 3;
/** Rows of the network over which the upper edge fades in: what is above was only copied by it. */
const UPPER = [48, 56] as const;
/** Pixels of the network over which it fades out at the other edges of the box. */
const BORDER = 4;

/** Where the network's picture is seen, in its own pixels: 0..1 with soft edges. */
export class LowerFaceMask {
  /** {@link SIDE} rows. */
  readonly values = new Float32Array(AREA);
  readonly #rows = new Float32Array(AREA);
  readonly #outline = new Float64Array(OUTLINE.length * 2);

  /** Follows the face of one frame. */
  update({ landmarks, visibility }: FacePlace, box: Rect): void {
    const outline = this.#outline;
    const nose = landmarks[2 * 3 + 1]!;
    const middle = landmarks[2 * 3]!;
    for (const [index, landmark] of OUTLINE.entries()) {
      const [x, y] = [landmarks[landmark * 3]!, landmarks[landmark * 3 + 1]!];
      const lower = y > nose ? nose + (y - nose) * DOWN : y;
      outline[index * 2] = ((middle + (x - middle) * ACROSS - box.x) / box.width) * SIDE;
      outline[index * 2 + 1] = ((lower - box.y) / box.height) * SIDE;
    }
    this.#fill();
    blur(this.values, this.#rows);
    blur(this.values, this.#rows);
    const seen = Math.min(1, Math.max(0, visibility));
    for (let row = 0; row < SIDE; row++) {
      const upper = smoothstep((row - UPPER[0]) / (UPPER[1] - UPPER[0]));
      const down = upper * Math.min(1, (SIDE - 1 - row) / BORDER) * seen;
      for (let column = 0; column < SIDE; column++) {
        const side = Math.min(1, Math.min(column, SIDE - 1 - column) / BORDER);
        this.values[row * SIDE + column]! *= down * side;
      }
    }
  }

  /** 1 inside the outline, else 0: row by row between its crossings. */
  #fill(): void {
    const outline = this.#outline;
    const count = outline.length / 2;
    this.values.fill(0);
    for (let row = 0; row < SIDE; row++) {
      const y = row + 0.5;
      const crossings: number[] = [];
      for (let i = 0; i < count; i++) {
        const j = (i + 1) % count;
        const [y0, y1] = [outline[i * 2 + 1]!, outline[j * 2 + 1]!];
        if (y0 < y === y1 < y) continue;
        const share = (y - y0) / (y1 - y0);
        crossings.push(outline[i * 2]! + share * (outline[j * 2]! - outline[i * 2]!));
      }
      crossings.sort((a, b) => a - b);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const first = Math.max(0, Math.round(crossings[k]!));
        const last = Math.min(SIDE, Math.round(crossings[k + 1]!));
        this.values.fill(1, row * SIDE + first, row * SIDE + Math.max(first, last));
      }
    }
  }
}

/** Mean over squares of `2 * SOFT + 1` pixels; nothing lies beyond the picture. */
function blur(values: Float32Array, rows: Float32Array): void {
  for (let row = 0; row < SIDE; row++) blurLine(values, rows, row * SIDE, 1);
  for (let column = 0; column < SIDE; column++) blurLine(rows, values, column, SIDE);
}

/** Running mean of one row or column, `step` elements apart; its sums are exact, so that it comes back to 0. */
function blurLine(from: Float32Array, to: Float32Array, start: number, step: number): void {
  let sum = 0;
  for (let at = 0; at < SOFT; at++) sum += from[start + at * step]!;
  for (let at = 0; at < SIDE; at++) {
    if (at + SOFT < SIDE) sum += from[start + (at + SOFT) * step]!;
    to[start + at * step] = sum / (2 * SOFT + 1);
    if (at >= SOFT) sum -= from[start + (at - SOFT) * step]!;
  }
}
