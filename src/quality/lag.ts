import { correlation } from './series.ts';

/** When two series fit each other. */
export interface Lag {
  /** Seconds by which the second series is late; negative when it is early. */
  readonly seconds: number;
  /** Correlation there. */
  readonly correlation: number;
}

/** Largest lag that is looked for, seconds. */
const REACH = 0.4;

/**
 * Lag of the seen mouth behind what the sound lets expect: the shift at which the two correlate best (Pearson), between
 * frames by the top of the parabola through the best three. Broadcasting takes 45 ms early to 125 ms late for
 * unnoticed (ITU-R BT.1359).
 *
 * @param expected - How far open the mouth should be, one value per frame.
 * @param seen - How far open it is; as many values.
 * @param rate - Frames per second.
 * @returns `null` when the series are too short or one of them does not vary.
 */
export function mouthLag(expected: ArrayLike<number>, seen: ArrayLike<number>, rate: number): Lag | null {
  const reach = Math.round(REACH * rate);
  if (seen.length < 4 * reach) return null;
  const [a, b] = [Float64Array.from(expected), Float64Array.from(seen)];
  // The same stretch of the expectation is compared at every shift, so that no shift has easier frames than another.
  const stretch = a.subarray(reach, a.length - reach);
  const curve = Array.from({ length: 2 * reach + 1 }, (_, shift) =>
    correlation(stretch, b.subarray(shift, shift + stretch.length)),
  );
  const best = curve.indexOf(Math.max(...curve));
  if (curve[best] === 0) return null;
  const [before, top, after] = [
    curve[best - 1] ?? curve[best]!,
    curve[best]!,
    curve[best + 1] ?? curve[best]!,
  ];
  const bend = before - 2 * top + after;
  const part = bend < 0 ? (before - after) / (2 * bend) : 0;
  return { seconds: (best - reach + part) / rate, correlation: top };
}
