/**
 * Movement against known phones, for one recording: what tests ask.
 *
 * @module
 */
import { BLENDSHAPE_INDEX, type MotionFrame } from '../../src/core/index.ts';
import { lipsClosed } from '../../src/motion/index.ts';
import type { Phone } from './labels.ts';
import { mean, quantile } from './statistics.ts';

/** What {@link measureLips} finds. Shares are 0..1. */
export interface LipMeasures {
  readonly bilabials: number;
  /** Share of p, b, m with exactly closed lips in a frame within one frame of the phone. */
  readonly closureRecall: number;
  /** p, b, m that were missed, as `[start ms, IPA]`. */
  readonly missed: readonly (readonly [number, string])[];
  readonly openVowels: number;
  /** Share of open vowels with exactly closed lips in the frame nearest to their middle. */
  readonly falseClosure: number;
  /** Frames more than 150 ms away from any phone. */
  readonly silentFrames: number;
  /** Share of these with exactly closed lips. */
  readonly silenceClosed: number;
  /** Visible opening (jawOpen - mouthClose): median and 90th percentile of the largest in each open vowel. */
  readonly vowelOpening: readonly [median: number, p90: number];
  /** Largest opening anywhere. */
  readonly largestOpening: number;
  /** Share of the speech frames with exactly closed lips. */
  readonly closedInSpeech: number;
  /** Mean size of the second difference of the opening in frames without speech, and with (per frame, 0..1). */
  readonly jitter: readonly [silence: number, speech: number];
  readonly blinksPerMinute: number;
}

const BILABIAL = /^[pbm]/;
const OPEN_VOWEL = /^[aɑæɐʌɔɒɛ]/;
const SHORTEST_VOWEL_MS = 60;
/** Frames nearer to speech than this are not silent, milliseconds. */
export const SILENCE_MARGIN_MS = 150;

/** Opening that can be seen: the jaw's, as far as the lips do not cover it. */
export function visibleOpening({ weights }: MotionFrame): number {
  return weights[BLENDSHAPE_INDEX.jawOpen] - weights[BLENDSHAPE_INDEX.mouthClose];
}

/** Numbers of the video frames from `start` to `end` (milliseconds, both included). */
export function framesWithin(start: number, end: number, fps: number, count: number): number[] {
  const first = Math.max(0, Math.ceil((start / 1000) * fps - 1e-6));
  const last = Math.min(count - 1, Math.floor((end / 1000) * fps + 1e-6));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

/** Compares the movement with the phones (IPA) that were spoken. */
export function measureLips(
  frames: readonly MotionFrame[],
  fps: number,
  phones: readonly Phone[],
): LipMeasures {
  const closed = frames.map(lipsClosed);
  const opening = frames.map(visibleOpening);
  const within = (start: number, end: number) => framesWithin(start, end, fps, frames.length);
  const period = 1000 / fps;
  const bilabials = phones.filter(([, , ipa]) => BILABIAL.test(ipa));
  const missed = bilabials.filter(
    ([start, end]) => !within(start - period, end + period).some((frame) => closed[frame]),
  );
  const vowels = phones.filter(
    ([start, end, ipa]) => OPEN_VOWEL.test(ipa) && end - start >= SHORTEST_VOWEL_MS,
  );
  const middle = ([start, end]: Phone): number =>
    Math.min(frames.length - 1, Math.round(((start + end) / 2000) * fps));
  const spoken = frames.map(() => false);
  const near = frames.map(() => false);
  for (const [start, end, ipa] of phones) {
    if (ipa === '') continue;
    for (const frame of within(start, end)) spoken[frame] = true;
    for (const frame of within(start - SILENCE_MARGIN_MS, end + SILENCE_MARGIN_MS)) near[frame] = true;
  }
  const silent = closed.filter((_, frame) => !near[frame]);
  const peaks = vowels.map(([start, end]) =>
    Math.max(0, ...within(start, end).map((frame) => opening[frame])),
  );
  const bend = opening.map((value, frame) =>
    frame === 0 || frame === opening.length - 1
      ? 0
      : Math.abs(opening[frame - 1] - 2 * value + opening[frame + 1]),
  );
  let blinks = 0;
  frames.forEach(({ weights }, frame) => {
    const index = BLENDSHAPE_INDEX.eyeBlinkLeft;
    if (weights[index] > 0.5 && (frame === 0 || frames[frame - 1].weights[index] <= 0.5)) blinks++;
  });
  return {
    bilabials: bilabials.length,
    closureRecall: share(bilabials.length - missed.length, bilabials.length),
    missed: missed.map(([start, , ipa]) => [start, ipa]),
    openVowels: vowels.length,
    falseClosure:
      vowels.length === 0 ? 0 : vowels.filter((phone) => closed[middle(phone)]).length / vowels.length,
    silentFrames: silent.length,
    silenceClosed: share(silent.filter(Boolean).length, silent.length),
    vowelOpening: [quantile(peaks, 0.5), quantile(peaks, 0.9)],
    largestOpening: Math.max(0, ...opening),
    closedInSpeech: share(
      closed.filter((value, frame) => value && spoken[frame]).length,
      spoken.filter(Boolean).length,
    ),
    jitter: [mean(bend.filter((_, frame) => !near[frame])), mean(bend.filter((_, frame) => spoken[frame]))],
    blinksPerMinute: blinks / (frames.length / fps / 60),
  };
}
