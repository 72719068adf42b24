import { CUE } from './mouth-cues.ts';
import type { RawTrack } from './raw-track.ts';
import { lineWeights, REACH, WIDEST } from './temporal-kernel.ts';

/** Skin that was followed through fewer frames around a frame tells nothing about it. */
const LEAST_FRAMES = 5;

/**
 * How far the head is beside its landmarks in every frame. What the skin was seen to do from frame to frame is exact but drifts;
 * landmarks do not drift but tremble, and lag behind when they are smoothed. So over a third of a second the skin counts, and over longer
 * times the landmarks.
 */
export class Anchoring {
  /** Right and down by frame, centimetres of the head; `NaN` where the skin was not followed. */
  readonly #offsets: Float32Array;

  private constructor(offsets: Float32Array) {
    this.#offsets = offsets;
  }

  /** Reads the whole track. */
  static async of(track: RawTrack, isCut: (frame: number) => boolean): Promise<Anchoring> {
    const count = track.end;
    /** Where the skin is beside the landmarks since it was last found anew; the number of that time. */
    const places = new Float64Array(2 * count);
    const chains = new Int32Array(count).fill(-1);
    for (let frame = 0, chain = 0; frame < count; frame++) {
      const cues = (await track.at(frame))?.cues;
      if (!cues) continue;
      const [x, y] = [cues[CUE.flow]!, cues[CUE.flow + 1]!];
      const follows = track.has(frame - 1) && !isCut(frame) && !Number.isNaN(x);
      chains[frame] = follows ? chain : ++chain;
      if (!follows) continue;
      places[2 * frame] = places[2 * frame - 2]! + x;
      places[2 * frame + 1] = places[2 * frame - 1]! + y;
    }
    const offsets = new Float32Array(2 * count).fill(Number.NaN);
    const usable: boolean[] = new Array(2 * REACH + 1);
    const weights = new Float64Array(2 * REACH + 1);
    for (let frame = 0; frame < count; frame++) {
      if (chains[frame] === -1) continue;
      for (let k = -REACH; k <= REACH; k++) usable[k + REACH] = chains[frame + k] === chains[frame];
      if (usable.filter(Boolean).length < LEAST_FRAMES) continue;
      lineWeights(WIDEST, usable, weights);
      let [x, y] = [places[2 * frame]!, places[2 * frame + 1]!];
      for (let k = -REACH; k <= REACH; k++) {
        if (weights[k + REACH] === 0) continue;
        x -= weights[k + REACH]! * places[2 * (frame + k)]!;
        y -= weights[k + REACH]! * places[2 * (frame + k) + 1]!;
      }
      offsets[2 * frame] = x;
      offsets[2 * frame + 1] = y;
    }
    return new Anchoring(offsets);
  }

  /** Right and down in the turned head, centimetres, from the place that the landmarks of a frame alone tell; `null` if unknown. */
  at(frame: number): readonly [x: number, y: number] | null {
    const x = this.#offsets[2 * frame];
    return x === undefined || Number.isNaN(x) ? null : [x, this.#offsets[2 * frame + 1]!];
  }
}
