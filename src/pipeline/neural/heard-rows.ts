import type { HearingEngine } from '../../engines/hearing-engine.ts';

/** Rows of features in the order of time, of which each frame gets its window. Rows that no later frame needs are forgotten. */
export class HeardRows {
  readonly #window: HearingEngine['window'];
  readonly #dimension: number;
  readonly #fps: number;
  /** Rows from {@link #dropped} on. */
  #rows: Float32Array[] = [];
  #dropped = 0;
  #ended = false;

  /**
   * @param dimension - Numbers per row.
   * @param fps - Frames per second.
   */
  constructor(window: HearingEngine['window'], dimension: number, fps: number) {
    this.#window = window;
    this.#dimension = dimension;
    this.#fps = fps;
  }

  /** Adds the next rows. */
  keep(rows: readonly { readonly values: Float32Array }[]): void {
    for (const { values } of rows) this.#rows.push(values);
  }

  /** Nothing more is heard: frames beyond the end get what the window says. */
  end(): void {
    this.#ended = true;
  }

  /**
   * What is heard around a frame: the rows of its window, one after the other, owned by the caller; `null` until they were heard.
   *
   * @param index - Number of the frame, not less than in the call before; a fraction is a time between two frames.
   */
  at(index: number): Float32Array | null {
    const { rows: count, beyond } = this.#window;
    const known = this.#dropped + this.#rows.length;
    let start = this.#window.first(index, this.#fps);
    if (start + count > known) {
      if (!this.#ended) return null;
      if (beyond === 'last-window') start = Math.max(0, known - count);
    }
    const heard = new Float32Array(count * this.#dimension);
    for (let row = 0; row < count && known > 0; row++) {
      const place = start + row;
      if (beyond === 'zeros' && (place < 0 || place >= known)) continue;
      const at = Math.min(Math.max(place, 0), known - 1) - this.#dropped;
      heard.set(this.#rows[at]!, row * this.#dimension);
    }
    this.#forget(start);
    return heard;
  }

  /** Leaves out the frames before one. */
  skip(index: number): void {
    this.#forget(this.#window.first(index, this.#fps));
  }

  /** Forgets the rows before one, but not those of the last window, which must stay whole. */
  #forget(start: number): void {
    const known = this.#dropped + this.#rows.length;
    const unneeded = Math.min(start, known - this.#window.rows) - this.#dropped;
    if (unneeded <= 0) return;
    this.#rows = this.#rows.slice(unneeded);
    this.#dropped += unneeded;
  }
}
