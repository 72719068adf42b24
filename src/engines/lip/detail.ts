import { clamp, type VideoFrame } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';

/** Side of the cells whose detail is compared, centimetres, and pixels at least; cells across and down at most. */
const CELL = 0.6;
const CELL_PIXELS = 10;
const CELLS = 40;
/** Every so many pixels, across and down, detail is looked at. */
const STEP = 4;
/** Detail (a pixel's Laplacian) above this, levels, is an edge: where one lies tells nothing about how sharp it is. */
const EDGE = 40;
/** Where frame and portrait show the same skin, and where only the portrait is seen: shares of the mask, 0..255. */
const RING = { least: 10, most: 170 } as const;
const LIPS = 200;
/** A cell with fewer samples tells nothing. */
const FEWEST = 6;
/** Detail is changed by this factor at least and at most. */
const LEAST = 0.25;
const MOST = 2;
/** Share of the detail that the change reaches: it is narrower in frequency than what is looked at. */
const REACHED = 0.75;
/** Changes smaller than this are left out. */
const UNSEEN = 0.04;
/** Rounds in which a cell's factor is smoothed with its neighbours'. */
const SMOOTHING = 2;

/**
 * Makes what was drawn as crisp and as grainy as the frame it is in. Moving pixels by parts of one blurs them, two layers that lie
 * over each other lose their grain, and the portrait was taken at another moment: a frame may be blurred by a fast
 * movement of the head, or by its codec.
 */
export class Detail {
  /** Mean detail of the portrait in its ring, and in its lips, levels. */
  readonly #ring: number;
  readonly #lips: number;
  readonly #count = new Float64Array(CELLS * CELLS);
  readonly #filmed = new Float64Array(CELLS * CELLS);
  readonly #drawn = new Float64Array(CELLS * CELLS);
  readonly #covered = new Float64Array(CELLS * CELLS);
  readonly #gains = new Float32Array(CELLS * CELLS);
  readonly #kept = new Float32Array(CELLS * CELLS);
  /** Changes along one row, one for each cell across. */
  readonly #changes = new Float32Array(CELLS);
  /** Three rows as they were before they changed. */
  #rows: [Uint8Array, Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)];
  #cell = 1;
  #across = 1;
  #down = 1;

  /** @param mask - Share of the portrait that is drawn, per pixel of it, 0..255. */
  constructor(portrait: VideoFrame, mask: Uint8Array) {
    const { width, height, y } = portrait;
    let [ring, ringCount, lips, lipsCount] = [0, 0, 0, 0];
    for (let row = 1; row < height - 1; row++) {
      for (let p = row * width + 1; p < (row + 1) * width - 1; p++) {
        const share = mask[p]!;
        if (share < RING.least || (share > RING.most && share < LIPS)) continue;
        const detail = detailAt(y, p, width);
        if (share >= LIPS) {
          lips += detail;
          lipsCount++;
        } else {
          ring += detail;
          ringCount++;
        }
      }
    }
    this.#ring = ring / Math.max(1, ringCount);
    this.#lips = lips / Math.max(1, lipsCount);
  }

  /**
   * Compares what was drawn with the frame, and changes it.
   *
   * @param frame - As filmed.
   * @param drawn - With its new skin and lips; changed where it differs from the frame.
   * @param mask - Share of the lips per pixel, 0..255: as large as the frame.
   */
  match(frame: VideoFrame, drawn: VideoFrame, mask: Uint8Array, clip: ClipRect, pixelsPerCm: number): void {
    const { width, height } = frame;
    const left = Math.max(1, clip.left);
    const top = Math.max(1, clip.top);
    const right = Math.min(width - 1, clip.right);
    const bottom = Math.min(height - 1, clip.bottom);
    if (right - left < CELL_PIXELS || bottom - top < CELL_PIXELS) return;
    const area = { left, top, right, bottom };
    this.#cell = Math.max(CELL_PIXELS, CELL * pixelsPerCm, (right - left) / CELLS, (bottom - top) / CELLS);
    this.#across = Math.min(CELLS, Math.ceil((right - left) / this.#cell));
    this.#down = Math.min(CELLS, Math.ceil((bottom - top) / this.#cell));
    this.#measure(frame.y, drawn.y, mask, area, width);
    this.#smooth();
    this.#change(frame.y, drawn.y, area, width);
  }

  /** Finds out by which factor the detail of each cell is to change. */
  #measure(
    filmed: Uint8Array,
    drawn: Uint8Array,
    mask: Uint8Array,
    { left, top, right, bottom }: ClipRect,
    width: number,
  ): void {
    const size = this.#across * this.#down;
    const count = this.#count.fill(0, 0, size);
    const before = this.#filmed.fill(0, 0, size);
    const after = this.#drawn.fill(0, 0, size);
    const covered = this.#covered.fill(0, 0, size);
    let [ring, ringCount, lips, lipsCount] = [0, 0, 0, 0];
    for (let row = top; row < bottom; row += STEP) {
      const first = Math.floor((row - top) / this.#cell) * this.#across;
      for (let column = left; column < right; column += STEP) {
        const p = row * width + column;
        const i = first + Math.floor((column - left) / this.#cell);
        const old = detailAt(filmed, p, width);
        const now = detailAt(drawn, p, width);
        const share = mask[p]!;
        count[i]!++;
        before[i]! += old;
        after[i]! += now;
        covered[i]! += share / 255;
        if (share >= LIPS) {
          lips += now;
          lipsCount++;
        } else if (share >= RING.least && share <= RING.most) {
          ring += old;
          ringCount++;
        }
      }
    }
    // how crisp the lips were in the portrait, and how crisp this frame is beside it
    const crisp = ringCount < FEWEST || this.#ring === 0 ? 1 : ring / ringCount / this.#ring;
    const onLips = lipsCount < FEWEST || lips === 0 ? 1 : (crisp * this.#lips * lipsCount) / lips;
    for (let i = 0; i < size; i++) {
      const n = count[i]!;
      const share = n === 0 ? 0 : covered[i]! / n;
      const onSkin = n < FEWEST || after[i] === 0 ? 1 : before[i]! / after[i]!;
      this.#gains[i] = clamp(onSkin + share * (onLips - onSkin), LEAST, MOST);
    }
  }

  /** Neighbouring cells differ softly. */
  #smooth(): void {
    const gains = this.#gains;
    const kept = this.#kept;
    for (let round = 0; round < SMOOTHING; round++) {
      kept.set(gains);
      for (let row = 0; row < this.#down; row++) {
        const above = Math.max(0, row - 1) * this.#across;
        const here = row * this.#across;
        const below = Math.min(this.#down - 1, row + 1) * this.#across;
        for (let column = 0; column < this.#across; column++) {
          const before = Math.max(0, column - 1);
          const after = Math.min(this.#across - 1, column + 1);
          gains[here + column] =
            (4 * kept[here + column]! +
              kept[here + before]! +
              kept[here + after]! +
              kept[above + column]! +
              kept[below + column]!) /
            8;
        }
      }
    }
  }

  #change(
    filmed: Uint8Array,
    drawn: Uint8Array,
    { left, top, right, bottom }: ClipRect,
    width: number,
  ): void {
    const length = right - left + 2;
    if (this.#rows[0].length < length)
      this.#rows = [new Uint8Array(length), new Uint8Array(length), new Uint8Array(length)];
    let [above, here, below] = this.#rows;
    const changes = this.#changes;
    const read = (into: Uint8Array, row: number) => {
      const at = row * width + left - 1;
      for (let i = 0; i < length; i++) into[i] = drawn[at + i]!;
    };
    read(above, top - 1);
    read(here, top);
    for (let row = top; row < bottom; row++) {
      read(below, row + 1);
      this.#mixRow(clamp((row - top) / this.#cell - 0.5, 0, this.#down - 1));
      // from the middle of one cell to that of the next, where the change goes on evenly
      for (let cell = -1; cell < this.#across; cell++) {
        const from = changes[Math.max(0, cell)]!;
        const to = changes[Math.min(this.#across - 1, cell + 1)]!;
        if (from < UNSEEN && from > -UNSEEN && to < UNSEEN && to > -UNSEEN) continue;
        const middle = left + (cell + 0.5) * this.#cell;
        const first = Math.max(left, Math.ceil(middle));
        const end = Math.min(right, Math.ceil(middle + this.#cell));
        const step = (to - from) / this.#cell;
        let more = from + step * (first - middle);
        let i = first - left + 1;
        let before = above[i - 1]! + 2 * here[i - 1]! + below[i - 1]!;
        let now = above[i]! + 2 * here[i]! + below[i]!;
        for (let p = row * width + first; p < row * width + end; p++, i++) {
          const after = above[i + 1]! + 2 * here[i + 1]! + below[i + 1]!;
          if (drawn[p] !== filmed[p]) {
            const value = here[i]! + more * (here[i]! - (before + 2 * now + after) / 16) + 0.5;
            drawn[p] = value < 16 ? 16 : value < 235 ? value : 235;
          }
          before = now;
          now = after;
          more += step;
        }
      }
      const oldest = above;
      above = here;
      here = below;
      below = oldest;
    }
  }

  /** The changes along a row that lies between two rows of cells. */
  #mixRow(place: number): void {
    const across = this.#across;
    const upper = (place | 0) * across;
    const lower = Math.min(this.#down - 1, (place | 0) + 1) * across;
    const share = place - (place | 0);
    for (let i = 0; i < across; i++)
      this.#changes[i] =
        (this.#gains[upper + i]! + share * (this.#gains[lower + i]! - this.#gains[upper + i]!) - 1) / REACHED;
  }
}

/** How much a pixel differs from its four neighbours, as far as that is no edge. */
function detailAt(plane: Uint8Array, p: number, width: number): number {
  const detail = Math.abs(
    4 * plane[p]! - plane[p - width]! - plane[p + width]! - plane[p - 1]! - plane[p + 1]!,
  );
  return detail < EDGE ? detail : EDGE;
}
