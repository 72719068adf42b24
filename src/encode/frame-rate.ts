/** A frame rate as an exact fraction. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/** Largest denominator tried; 1001 covers the NTSC family (24000/1001, 30000/1001, 60000/1001). */
const MAX_DENOMINATOR = 1001;

/**
 * The fraction meant by a decimal frame rate: whole numbers stay whole, 23.976, 29.97 and 59.94 become the NTSC rates,
 * everything else the nearest fraction with a denominator up to 1001.
 */
export function toFrameRate(fps: number): FrameRate {
  const ntsc = Math.round(fps * 1.001);
  if (!Number.isInteger(fps) && Math.abs((ntsc * 1000) / 1001 - fps) < 0.005) {
    return { numerator: ntsc * 1000, denominator: 1001 };
  }
  let best: FrameRate = { numerator: Math.round(fps), denominator: 1 };
  let error = Math.abs(best.numerator - fps);
  for (let denominator = 2; denominator <= MAX_DENOMINATOR && error > 1e-9; denominator += 1) {
    const numerator = Math.round(fps * denominator);
    const distance = Math.abs(numerator / denominator - fps);
    if (distance < error - 1e-12) [best, error] = [{ numerator, denominator }, distance];
  }
  return best;
}
