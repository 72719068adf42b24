import type { Network } from '../../core/network.ts';
import { MOTION_NUMBERS } from './motion-vector.ts';
import { type DrawWindow, WINDOW } from './motion-windows.ts';
import { diffusionSteps } from './schedule.ts';

const NUMBERS = WINDOW * MOTION_NUMBERS;

/**
 * Makes windows of motion out of noise. The noise of the steps is drawn once and is the same in all windows, as in Ditto's own code;
 * every window begins with noise of its own.
 *
 * @param network - Role `lmdm`; its guidance is inside.
 * @param steps - Steps of the diffusion: 50 as published, 10 for speed.
 * @param seed - Same seed, same motion.
 */
export function motionSampler(
  network: Network,
  steps: number,
  seed: number,
  signal?: AbortSignal,
): DrawWindow {
  const schedule = diffusionSteps(steps);
  const normal = normals(seed);
  const noise = () => Float32Array.from({ length: NUMBERS }, normal);
  const fresh = schedule.map((step) => (step.fresh > 0 ? noise() : null));
  return async (start, conditions) => {
    const length = conditions[0]!.length;
    const rows = new Float32Array(WINDOW * length);
    for (const [index, condition] of conditions.entries()) rows.set(condition, index * length);
    const condition = { shape: [1, WINDOW, length], data: rows };
    let noisy = noise();
    for (const [index, step] of schedule.entries()) {
      const answer = await network.run(
        {
          noisy: { shape: [1, WINDOW, MOTION_NUMBERS], data: noisy },
          start: { shape: [1, MOTION_NUMBERS], data: start },
          condition,
          time: { shape: [1], data: Float32Array.of(step.time) },
        },
        signal,
      );
      const [motion, seen] = [answer['motion']!.data, answer['noise']!.data];
      noisy = new Float32Array(NUMBERS);
      for (let at = 0; at < NUMBERS; at += 1) {
        noisy[at] =
          step.motion * motion[at]! + step.noise * seen[at]! + step.fresh * (fresh[index]?.[at] ?? 0);
      }
    }
    return noisy;
  };
}

/** Normally distributed numbers: the method of Box and Muller over the generator "mulberry32" of T. Ettinger (public domain). */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
