import type { Seconds } from '../core/index.ts';

/** A speech sound with its place in time. */
export interface PhoneSpan {
  readonly start: Seconds | number;
  readonly end: Seconds | number;
  /** IPA; empty for a pause. */
  readonly phone: string;
}

/** How well a mouth keeps to what is said. Shares are 0..1, `null` when there was nothing to judge. */
export interface ClosureReport {
  /** Share of p / b / m during which, or within one frame of which, the lips touch. */
  readonly bilabialsClosed: number | null;
  /** Share of open vowels (a, ɑ, æ, ɐ of 60 ms or more) during which the lips never part. */
  readonly vowelsLost: number | null;
  /** Share of frames more than 150 ms from speech in which the lips touch. */
  readonly silenceClosed: number | null;
  readonly bilabials: number;
  readonly silentFrames: number;
}

/** A frame is silent when it is farther than this from any speech sound, seconds. */
const SILENCE_MARGIN = 0.15;

/**
 * Compares the lip gap of every frame with known phones.
 *
 * @param gaps - Largest lip gap of each frame in pixels (0 = the lips touch all along), at `index / fps` seconds.
 * @param phones - In order of time, pauses as empty phones or left out.
 */
export function judgeClosures(
  gaps: readonly number[],
  fps: number,
  phones: readonly PhoneSpan[],
): ClosureReport {
  const frame = (time: number) => time * fps;
  const between = (start: number, end: number, margin: number) =>
    gaps.slice(Math.max(0, Math.ceil(frame(start) - margin)), Math.floor(frame(end) + margin) + 1);
  const sounds = phones.filter((span) => span.phone !== '');
  const bilabials = sounds.filter((span) => /^[pbm]/.test(span.phone));
  const closed = bilabials.filter((span) => between(span.start, span.end, 1).some((gap) => gap === 0));
  const vowels = sounds.filter((span) => /[aɑæɐ]/.test(span.phone) && span.end - span.start >= 0.06);
  const lost = vowels.filter((span) => between(span.start, span.end, 0).every((gap) => gap === 0));
  const silent = gaps.filter((_, index) => {
    const time = index / fps;
    return sounds.every((span) => time < span.start - SILENCE_MARGIN || time > span.end + SILENCE_MARGIN);
  });
  const share = (part: number, all: number) => (all === 0 ? null : part / all);
  return {
    bilabialsClosed: share(closed.length, bilabials.length),
    vowelsLost: share(lost.length, vowels.length),
    silenceClosed: share(silent.filter((gap) => gap === 0).length, silent.length),
    bilabials: bilabials.length,
    silentFrames: silent.length,
  };
}
