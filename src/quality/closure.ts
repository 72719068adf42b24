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
  /** Share of the times the lips touch amid speech without p, b, m or a pause within one frame. */
  readonly falseClosures: number | null;
  readonly bilabials: number;
  readonly silentFrames: number;
}

/** A frame is silent when it is farther than this from any speech sound, seconds. */
const SILENCE_MARGIN = 0.15;

/**
 * Compares the lip gap of every frame with known phones.
 *
 * @param gaps - Lip gap of each frame in any unit, at `index / fps` seconds.
 * @param phones - In order of time, pauses as empty phones or left out.
 * @param touch - Largest gap at which lips count as touching: 0 for a drawn gap, above the noise for one that was
 *   found again in pictures.
 */
export function judgeClosures(
  gaps: readonly number[],
  fps: number,
  phones: readonly PhoneSpan[],
  touch = 0,
): ClosureReport {
  const closedAt = gaps.map((gap) => gap <= touch);
  const frame = (time: number) => time * fps;
  const between = ({ start, end }: PhoneSpan, margin: number) =>
    closedAt.slice(Math.max(0, Math.ceil(frame(start) - margin)), Math.floor(frame(end) + margin) + 1);
  const sounds = phones.filter((span) => span.phone !== '');
  const bilabials = sounds.filter((span) => /^[pbm]/.test(span.phone));
  const closed = bilabials.filter((span) => between(span, 1).some(Boolean));
  const vowels = sounds.filter((span) => /[aɑæɐ]/.test(span.phone) && span.end - span.start >= 0.06);
  const lost = vowels.filter((span) => between(span, 0).every(Boolean));
  const silent = closedAt.filter((_, index) => {
    const time = index / fps;
    return sounds.every((span) => time < span.start - SILENCE_MARGIN || time > span.end + SILENCE_MARGIN);
  });
  const runs = runsAmid(sounds, closedAt, fps);
  const excused = runs.filter(({ from, to }) =>
    bilabials.some(({ start, end }) => from <= end + 1 / fps && to >= start - 1 / fps),
  );
  const share = (part: number, all: number) => (all === 0 ? null : part / all);
  return {
    bilabialsClosed: share(closed.length, bilabials.length),
    vowelsLost: share(lost.length, vowels.length),
    silenceClosed: share(silent.filter(Boolean).length, silent.length),
    falseClosures: share(runs.length - excused.length, runs.length),
    bilabials: bilabials.length,
    silentFrames: silent.length,
  };
}

/** Stretches of touching lips (seconds of their first and last frame) that lie wholly amid sounds, away from pauses. */
function runsAmid(
  sounds: readonly PhoneSpan[],
  closed: readonly boolean[],
  fps: number,
): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let index = 0; index < closed.length; index++) {
    if (!closed[index]) continue;
    const from = index;
    while (closed[index + 1]) index++;
    const [start, end] = [(from - 1) / fps, (index + 1) / fps];
    // Sounds follow each other without a gap there; a tenth of a frame is rounding.
    let reached = start;
    for (const sound of sounds) {
      if (sound.start <= reached + 0.1 / fps && sound.end > reached) reached = sound.end;
    }
    if (reached >= end) runs.push({ from: from / fps, to: index / fps });
  }
  return runs;
}
