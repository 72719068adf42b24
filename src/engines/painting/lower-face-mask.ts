import { type Rect, smoothstep } from '../../core/basics.ts';
import type { FacePlace } from '../hearing-engine.ts';
import { blurSquare } from './blur-square.ts';

/** The lower face: below the ears along the jaw and the chin, then back over the cheeks and under the nose. */
const OUTLINE = [
  361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 123, 50, 205, 2, 425,
  280, 352,
] as const;
/** How far the outline goes beyond the chin, for jaws that open wider than in the frame, and within the cheeks. */
const DOWN = 1.06;
const ACROSS = 0.96;
/** Softness of the edge, as a share of the side. */
const SOFT = 1 / 32;
/** Rows over which the upper edge fades in, as shares of the side: what is above was only copied by the networks. */
const UPPER = [1 / 2, 7 / 12] as const;
/** Share of the side over which it fades out at the other edges of the box. */
const BORDER = 1 / 24;

/** Where a network's picture of a face is seen, in its own pixels: 0..1 with soft edges, nothing in the upper half. */
export class LowerFaceMask {
  /** `side` rows of `side` numbers. */
  readonly values: Float32Array;
  readonly #side: number;
  readonly #rows: Float32Array;
  readonly #outline = new Float64Array(OUTLINE.length * 2);

  constructor(side: number) {
    this.#side = side;
    this.values = new Float32Array(side * side);
    this.#rows = new Float32Array(side * side);
  }

  /**
   * Follows the face of one frame.
   *
   * @param box - The part of the frame that the picture shows.
   */
  update({ landmarks, visibility }: FacePlace, box: Rect): void {
    const side = this.#side;
    const outline = this.#outline;
    const nose = landmarks[2 * 3 + 1]!;
    const middle = landmarks[2 * 3]!;
    for (const [index, landmark] of OUTLINE.entries()) {
      const [x, y] = [landmarks[landmark * 3]!, landmarks[landmark * 3 + 1]!];
      const lower = y > nose ? nose + (y - nose) * DOWN : y;
      outline[index * 2] = ((middle + (x - middle) * ACROSS - box.x) / box.width) * side;
      outline[index * 2 + 1] = ((lower - box.y) / box.height) * side;
    }
    this.#fill();
    blurSquare(this.values, side, Math.round(side * SOFT), this.#rows);
    const seen = Math.min(1, Math.max(0, visibility));
    const border = side * BORDER;
    for (let row = 0; row < side; row++) {
      const upper = smoothstep((row / side - UPPER[0]) / (UPPER[1] - UPPER[0]));
      const down = upper * Math.min(1, (side - 1 - row) / border) * seen;
      for (let column = 0; column < side; column++) {
        const edge = Math.min(1, Math.min(column, side - 1 - column) / border);
        this.values[row * side + column]! *= down * edge;
      }
    }
  }

  /** 1 inside the outline, else 0: row by row between its crossings. */
  #fill(): void {
    const side = this.#side;
    const outline = this.#outline;
    const count = outline.length / 2;
    this.values.fill(0);
    for (let row = 0; row < side; row++) {
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
        const last = Math.min(side, Math.round(crossings[k + 1]!));
        this.values.fill(1, row * side + first, row * side + Math.max(first, last));
      }
    }
  }
}
