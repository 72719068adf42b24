import { VISEMES } from '../core/index.ts';
import type { NetworkName } from './weights.ts';

/**
 * What is added to each viseme's logit so that, over the speech of the training, every viseme is expected as often as it
 * occurs. Training lets rare sounds and contacts weigh more, so that the networks expect silence too seldom, in noise
 * above all. Found by `python -m training.calibrate`; belongs to the shipped weights.
 */
export const VISEME_SHIFTS: Readonly<Record<NetworkName, readonly number[]>> = {
  standard: [
    0, -1.27, -1.91, -1.29, -0.87, -0.88, -0.95, -0.94, -0.83, -0.97, -0.75, -0.83, -0.7, -0.9, -0.99,
  ],
  'low-latency': [
    0, -0.9, -1.34, -0.64, -0.35, -0.39, -0.42, -0.37, -0.35, -0.58, -0.46, -0.58, -0.49, -0.57, -0.56,
  ],
};

/**
 * Turns the first fifteen of a network's outputs into probabilities.
 *
 * @param logits - A network's output row.
 * @param shifts - Added to the logits first, see {@link VISEME_SHIFTS}; without them the network's own word is taken.
 */
export function visemeProbabilities(logits: Float32Array, shifts?: readonly number[]): Float32Array {
  const probabilities = new Float32Array(VISEMES.length);
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < VISEMES.length; index++) {
    probabilities[index] = logits[index] + (shifts ? shifts[index] : 0);
    largest = Math.max(largest, probabilities[index]);
  }
  let sum = 0;
  for (let index = 0; index < VISEMES.length; index++) {
    probabilities[index] = Math.exp(probabilities[index] - largest);
    sum += probabilities[index];
  }
  for (let index = 0; index < VISEMES.length; index++) probabilities[index] /= sum;
  return probabilities;
}
