import { MOTION_NUMBERS, PARTS } from './motion-vector.ts';

/** Frames that the network makes at once. */
export const WINDOW = 80;

/**
 * Makes one window of motion.
 *
 * @param start - Motion vector of the frame before the window.
 * @param conditions - {@link WINDOW} rows.
 * @returns {@link WINDOW} motion vectors.
 */
export type DrawWindow = (start: Float32Array, conditions: readonly Float32Array[]) => Promise<Float32Array>;

/** How windows follow each other. */
export interface WindowSettings {
  /** Frames that two windows share, 1..79. */
  readonly overlap: number;
  /**
   * Conditions of silence before the first frame, as many as windows share: motion then comes as soon as a window has something new
   * ("online"), each window fades in over its new frames alone, and begins with the expression of the photo.
   */
  readonly silence?: readonly Float32Array[] | undefined;
}

/**
 * Joins windows that overlap to one motion of any length: where they do, one is faded into the other, and everything but the
 * expression is smoothed over three frames. By the order of Ditto's own code: the middle of later windows stays as it came.
 */
export class MotionWindows {
  readonly #source: Float32Array;
  readonly #overlap: number;
  /** Frames over which one window is faded into the next. */
  readonly #fade: number;
  readonly #online: boolean;
  readonly #draw: DrawWindow;
  /** The frame before the next window. */
  #start: Float32Array;
  /** Rows from the beginning of the next window on. */
  #conditions: Float32Array[] = [];
  /** Motion from frame {@link #first} on. */
  #history: Float32Array[] = [];
  #first = 0;
  /** Rows that came, and frames that were handed out, the silence before the first frame included. */
  #heard: number;
  #given: number;
  #beginning: Float32Array | null = null;

  /** @param source - Motion vector of the photo: the first window goes on from there. */
  constructor(source: Float32Array, { overlap, silence = [] }: WindowSettings, draw: DrawWindow) {
    this.#source = source;
    this.#start = source;
    this.#overlap = overlap;
    this.#online = silence.length > 0;
    this.#fade = this.#online ? Math.min(overlap, WINDOW - overlap) : overlap;
    this.#draw = draw;
    this.#conditions.push(...silence);
    this.#heard = silence.length;
    this.#given = silence.length;
  }

  /** The first frame that was made, in silence or not: motion is what differs from it. `null` before there is any. */
  get beginning(): Float32Array | null {
    return this.#beginning;
  }

  /** Takes the condition of the next frame. @returns Motion vectors that became certain. */
  async push(condition: Float32Array): Promise<readonly Float32Array[]> {
    this.#conditions.push(condition);
    this.#heard += 1;
    if (this.#conditions.length < WINDOW) return [];
    await this.#extend();
    return this.#take(this.#end - this.#fade);
  }

  /** Ends the motion. @returns The remaining motion vectors: in all, one for every condition. */
  async flush(): Promise<readonly Float32Array[]> {
    while (this.#end < this.#heard) {
      while (this.#conditions.length < WINDOW) this.#conditions.push(this.#conditions.at(-1)!);
      await this.#extend();
    }
    return this.#take(this.#heard);
  }

  /** The frame after the last one. */
  get #end(): number {
    return this.#first + this.#history.length;
  }

  async #extend(): Promise<void> {
    const drawn = await this.#draw(this.#start, this.#conditions.slice(0, WINDOW));
    const frames = Array.from({ length: WINDOW }, (_, index) =>
      drawn.slice(index * MOTION_NUMBERS, (index + 1) * MOTION_NUMBERS),
    );
    const [overlap, fade] = [this.#overlap, this.#fade];
    if (this.#end === 0) {
      this.#history = frames;
      this.#smooth(0, WINDOW);
      this.#beginning = frames[0]!.slice();
    } else {
      const seam = this.#history.length - fade;
      for (const [index, frame] of frames.slice(overlap - fade, overlap).entries()) {
        const old = this.#history[seam + index]!;
        const share = index / fade;
        for (let at = 0; at < MOTION_NUMBERS; at += 1) old[at] = old[at]! * (1 - share) + frame[at]! * share;
      }
      this.#history.push(...frames.slice(overlap));
      this.#smooth(seam, seam + fade + 1);
    }
    this.#conditions.splice(0, WINDOW - overlap);
    this.#start = this.#history[this.#history.length - overlap - 1]!.slice();
    // Hundreds of short windows would wander off from the face.
    if (this.#online) this.#start.set(this.#source.subarray(PARTS.exp), PARTS.exp);
  }

  /** Means of three neighbours, from one place in the history to before another. */
  #smooth(from: number, to: number): void {
    const old = this.#history.map((frame) => frame.subarray(0, PARTS.exp).slice());
    for (let index = from; index < to; index += 1) {
      const near = old.slice(Math.max(0, index - 1), index + 2);
      const frame = this.#history[index]!;
      for (let at = 0; at < PARTS.exp; at += 1) {
        let sum = 0;
        for (const neighbour of near) sum += neighbour[at]!;
        frame[at] = sum / near.length;
      }
    }
  }

  /** Hands out frames up to one; what later windows change or look at stays. */
  #take(end: number): readonly Float32Array[] {
    const frames = this.#history
      .slice(this.#given - this.#first, end - this.#first)
      .map((frame) => frame.slice());
    this.#given = end;
    const kept = Math.max(this.#first, this.#end - this.#overlap - 1);
    this.#history = this.#history.slice(kept - this.#first);
    this.#first = kept;
    return frames;
  }
}
