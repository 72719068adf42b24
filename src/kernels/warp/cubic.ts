/** Positions between two pixels that the filter tells apart. */
export const PHASES = 64;
/** The weights of one phase add up to this. */
export const UNITY = 256;
/**
 * Slope of Keys' cubic (R. G. Keys, "Cubic convolution interpolation for digital image processing", 1981) at its first
 * zero. The usual -0.5 loses a tenth of the detail half-way between pixels; this keeps it.
 */
const SLOPE = -0.75;

/** Four weights per phase for the pixels at -1, 0, 1 and 2; exact at phase 0. */
export function cubicWeights(): Int16Array {
  const weights = new Int16Array(PHASES * 4);
  for (let phase = 0; phase < PHASES; phase++) {
    const t = phase / PHASES;
    const near = (d: number) => (SLOPE + 2) * d ** 3 - (SLOPE + 3) * d ** 2 + 1;
    const far = (d: number) => SLOPE * (d ** 3 - 5 * d ** 2 + 8 * d - 4);
    const exact = [far(1 + t), near(t), near(1 - t), far(2 - t)];
    for (let k = 0; k < 4; k++) weights[phase * 4 + k] = Math.round(exact[k]! * UNITY);
    // rounding must not change the brightness: the larger of the middle weights takes the difference
    const row = weights.subarray(phase * 4, phase * 4 + 4);
    row[t < 0.5 ? 1 : 2]! += UNITY - row.reduce((sum, weight) => sum + weight, 0);
  }
  return weights;
}
