import { VISEMES, type Viseme } from '../../../src/core/index.ts';
import { visemeTargets } from '../labels.ts';

/** What a method says of the lips, 50 values per second from time 0. Only their course counts, not their scale. */
export interface Prediction {
  readonly aperture: Float64Array;
  /** `null` for a method that knows nothing of the width. */
  readonly width: Float64Array | null;
}

/**
 * Lips from weights of visemes: the mean of the visemes' targets.
 *
 * @param weights - Fifteen per frame, in the order of `VISEMES`; whatever they lack of 1 counts as silence.
 */
export function fromVisemes(weights: readonly ArrayLike<number>[]): Prediction {
  const targets = VISEMES.map((name: Viseme) => visemeTargets(name));
  const blend = (read: (target: { aperture: number; width: number }) => number): Float64Array =>
    Float64Array.from(weights, (frame) => {
      let [sum, total] = [0, 0];
      for (let viseme = 1; viseme < VISEMES.length; viseme++) {
        sum += frame[viseme] * read(targets[viseme]);
        total += frame[viseme];
      }
      const silence = Math.max(0, 1 - total);
      return (sum + silence * read(targets[0])) / (total + silence);
    });
  return { aperture: blend(({ aperture }) => aperture), width: blend(({ width }) => width) };
}
