/** Steps of the noise that the network was trained on. */
const TRAINED_STEPS = 1000;
/** Offset of the cosine schedule, and its largest step. */
const OFFSET = 8e-3;
const LARGEST = 0.999;

/** One step of the diffusion: from the network's answer to what it is given next. */
export interface DiffusionStep {
  /** The time that the network is told, 0..999. */
  readonly time: number;
  /** Shares of the motion and of the noise that the network saw, and of fresh noise; the last step takes the motion alone. */
  readonly motion: number;
  readonly noise: number;
  readonly fresh: number;
}

/**
 * The steps of DDIM sampling with full noise (eta 1) over a cosine schedule, as Ditto samples. Like there, the schedule is one of single
 * precision.
 *
 * @param count - How many steps, 1..1000.
 */
export function diffusionSteps(count: number): DiffusionStep[] {
  const kept = keptShares();
  const times = Array.from({ length: count + 1 }, (_, index) =>
    Math.trunc(-1 + (TRAINED_STEPS / count) * index),
  ).reverse();
  return times.slice(0, -1).map((time, index) => {
    const next = times[index + 1]!;
    if (next < 0) return { time, motion: 1, noise: 0, fresh: 0 };
    const [now, then] = [kept[time]!, kept[next]!];
    const fresh = Math.sqrt(((1 - now / then) * (1 - then)) / (1 - now));
    return { time, motion: Math.sqrt(then), noise: Math.sqrt(1 - then - fresh * fresh), fresh };
  });
}

/** How much of the motion is left after each step of the training. */
function keptShares(): Float32Array {
  const kept = new Float32Array(TRAINED_STEPS);
  let product = 1;
  for (let step = 0; step < TRAINED_STEPS; step += 1) {
    const beta = Math.min(LARGEST, Math.max(0, 1 - cosine(step + 1) / cosine(step)));
    product *= Math.fround(1 - Math.fround(beta));
    kept[step] = product;
  }
  return kept;
}

function cosine(step: number): number {
  return Math.cos(((step / TRAINED_STEPS + OFFSET) / (1 + OFFSET)) * (Math.PI / 2)) ** 2;
}
