/** Steps of the training, and how much noise its first and last one add (on a scale of square roots). */
const TRAINING = 1000;
const FIRST = 0.00085;
const LAST = 0.012;

/** One step from noise to a picture. */
export interface DenoisingStep {
  /** Time of the training that the network is told. */
  readonly time: number;
  /** Share of the picture's power in what the step begins with, and in what it ends with. */
  readonly from: number;
  readonly to: number;
}

/**
 * The steps of DDIM without chance (eta 0): equally far apart from the time 1 up, the last one first. The final step ends at the training's
 * first time, not at a clean picture.
 *
 * @param count - 1 to {@link TRAINING}.
 */
export function denoisingSteps(count: number): DenoisingStep[] {
  const powers = new Float64Array(TRAINING);
  let power = 1;
  for (let time = 0; time < TRAINING; time++) {
    const root = Math.sqrt(FIRST) + ((Math.sqrt(LAST) - Math.sqrt(FIRST)) * time) / (TRAINING - 1);
    power *= 1 - root * root;
    powers[time] = power;
  }
  const stride = Math.floor(TRAINING / count);
  return Array.from({ length: count }, (_, index) => {
    const time = Math.min(TRAINING - 1, (count - 1 - index) * stride + 1);
    return { time, from: powers[time]!, to: powers[Math.max(0, time - stride)]! };
  });
}

/**
 * Takes one step.
 *
 * @param values - What the step begins with; becomes what it ends with.
 * @param noise - The noise that the network sees in it.
 */
export function denoise(values: Float32Array, noise: Float32Array, { from, to }: DenoisingStep): void {
  const picture = Math.sqrt(to / from);
  const rest = Math.sqrt(1 - to) - picture * Math.sqrt(1 - from);
  for (let at = 0; at < values.length; at++) values[at] = picture * values[at]! + rest * noise[at]!;
}
