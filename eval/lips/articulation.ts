/**
 * Scores of what was heard and how it moves against known phones, as counts and sums that can be added up over
 * recordings, so that every figure has an interval.
 *
 * @module
 */
import { BLENDSHAPE_INDEX, type MotionFrame, type SpeechFrame, VISEMES } from '../../src/core/index.ts';
import { lipsClosed } from '../../src/motion/index.ts';
import { LABEL_RATE, labelsOf, type Segment } from './labels.ts';
import { framesWithin, SILENCE_MARGIN_MS, visibleOpening } from './lip-measures.ts';
import {
  addMoments,
  bootstrap,
  correlationOf,
  type Estimate,
  type Moments,
  moments,
  readAt,
} from './statistics.ts';

/** Hits among trials. */
export interface Count {
  readonly hits: number;
  readonly trials: number;
}

/** Counts and sums of one or more recordings. */
export interface Tally {
  /** `15 * 15`: label by row, most probable class by column, in frames of 20 ms. */
  readonly confusion: Uint32Array;
  /** Heard against labelled curves. */
  readonly aperture: Moments;
  readonly width: Moments;
  /** Visible opening of the movement against the labelled aperture read at each of {@link MOVEMENT_LAGS}. */
  readonly movement: readonly Moments[];
  /** p, b, m with exactly closed lips in a video frame within one frame of the phone. */
  readonly closures: Count;
  /** Runs of closed video frames amid speech; a hit has p, b or m within one frame of it. */
  readonly closedRuns: Count;
  /** What is spoken, by viseme, in the middle of those runs that are no hits. */
  readonly wronglyClosed: Uint32Array;
  /** Open vowels of 60 ms or more without a visibly open mouth in the video frames nearest to them. */
  readonly vowelsLost: Count;
  /** f, v with the lower lip at the teeth in a video frame within one frame of the phone. */
  readonly labiodentals: Count;
  /** Video frames farther than 150 ms from any phone with exactly closed lips. */
  readonly silenceClosed: Count;
}

/** Figures of a tally. Shares are 0..1; `null` where there was nothing to judge. */
export interface Articulation {
  readonly visemeAccuracy: Estimate | null;
  readonly apertureR: Estimate | null;
  readonly widthR: Estimate | null;
  /** Correlation of the movement's visible opening with the labelled aperture. */
  readonly movementR: Estimate | null;
  /** By how much the movement is late against the labels (negative: early), seconds. */
  readonly movementLag: Estimate | null;
  readonly closureRecall: Estimate | null;
  readonly closurePrecision: Estimate | null;
  readonly vowelsLost: Estimate | null;
  readonly labiodentalRecall: Estimate | null;
  readonly silenceRecall: Estimate | null;
  readonly silenceClosed: Estimate | null;
}

/** Seconds by which the movement is taken to be late, for the search of its lag. */
export const MOVEMENT_LAGS: readonly number[] = Array.from({ length: 21 }, (_, index) => (index - 10) * 0.01);
/** Shortest vowel that must open, seconds, and how open it is labelled at least. */
const OPEN_VOWEL = { shortest: 0.06, aperture: 0.6 } as const;
/** The mouth is visibly open from here on. */
const LEAST_OPENING = 0.06;
/** The lower lip is at the teeth when it is rolled in so far, and the mouth is no wider open than this. */
const TEETH_CONTACT = { roll: 0.2, opening: 0.15 } as const;

/**
 * Compares a recording's performance with its phones.
 *
 * @param speech - 50 per second, from time 0.
 * @param frames - `fps` per second, from time 0.
 */
export function tallyArticulation(
  segments: readonly Segment[],
  speech: readonly SpeechFrame[],
  frames: readonly MotionFrame[],
  fps: number,
): Tally {
  const labels = labelsOf(segments, speech.length);
  const confusion = new Uint32Array(VISEMES.length ** 2);
  speech.forEach(({ visemes }, index) => {
    confusion[labels.visemes[index] * VISEMES.length + largest(visemes)]++;
  });
  const heard = (read: (frame: SpeechFrame) => number) => Float64Array.from(speech, read);
  return {
    confusion,
    aperture: moments(
      labels.aperture,
      heard((frame) => frame.aperture),
    ),
    width: moments(
      labels.width,
      heard((frame) => frame.width),
    ),
    movement: MOVEMENT_LAGS.map((lag) =>
      moments(
        Float64Array.from(frames, visibleOpening),
        Float64Array.from(frames, (_, frame) => readAt(labels.aperture, LABEL_RATE, frame / fps - lag)),
      ),
    ),
    ...tallyMovement(segments, frames, fps),
  };
}

/** Whether the mouth must open for it. */
export function isOpenVowel({ start, end, phone }: Segment): boolean {
  return (
    phone.kind === 'vowel' && phone.aperture >= OPEN_VOWEL.aperture && end - start >= OPEN_VOWEL.shortest
  );
}

function tallyMovement(
  segments: readonly Segment[],
  frames: readonly MotionFrame[],
  fps: number,
): Pick<
  Tally,
  'closures' | 'closedRuns' | 'wronglyClosed' | 'vowelsLost' | 'labiodentals' | 'silenceClosed'
> {
  const closed = frames.map(lipsClosed);
  const opening = frames.map(visibleOpening);
  const within = ({ start, end }: Segment, margin: number) =>
    framesWithin(1000 * (start - margin), 1000 * (end + margin), fps, frames.length);
  const atTeeth = (frame: number) =>
    frames[frame].weights[BLENDSHAPE_INDEX.mouthRollLower] >= TEETH_CONTACT.roll &&
    opening[frame] < TEETH_CONTACT.opening;
  const count = (chosen: readonly Segment[], hit: (segment: Segment) => boolean): Count => ({
    hits: chosen.filter(hit).length,
    trials: chosen.length,
  });
  const period = 1 / fps;
  const contact = (place: 'lips' | 'teeth') => segments.filter(({ phone }) => phone.contact === place);
  const vowels = segments.filter(isOpenVowel);
  const bilabials = contact('lips');
  const pauses = segments.filter(({ phone }) => phone.kind === 'pause');
  const first = segments.find(({ phone }) => phone.kind !== 'pause')?.start ?? 0;
  const last = segments.findLast(({ phone }) => phone.kind !== 'pause')?.end ?? 0;
  const touches = (from: number, to: number, { start, end }: Segment) =>
    from / fps <= end + period && to / fps >= start - period;
  const runs = runsOf(closed).filter(
    ([from, to]) =>
      from / fps > first + period &&
      to / fps < last - period &&
      !pauses.some((pause) => touches(from, to, pause)),
  );
  const isWrong = ([from, to]: [number, number]) => !bilabials.some((phone) => touches(from, to, phone));
  const wronglyClosed = new Uint32Array(VISEMES.length);
  for (const [from, to] of runs.filter(isWrong)) {
    const middle = (from + to) / 2 / fps;
    const spoken = segments.find(({ start, end }) => middle >= start && middle < end);
    wronglyClosed[VISEMES.indexOf(spoken?.phone.viseme ?? 'sil')]++;
  }
  const near = new Uint8Array(frames.length);
  for (const segment of segments) {
    if (segment.phone.kind === 'pause') continue;
    for (const frame of within(segment, SILENCE_MARGIN_MS / 1000)) near[frame] = 1;
  }
  const silent = closed.filter((_, frame) => near[frame] === 0);
  return {
    closures: count(bilabials, (phone) => within(phone, period).some((frame) => closed[frame])),
    closedRuns: { hits: runs.filter((run) => !isWrong(run)).length, trials: runs.length },
    wronglyClosed,
    vowelsLost: count(vowels, (phone) =>
      within(phone, period / 2).every((frame) => opening[frame] < LEAST_OPENING),
    ),
    labiodentals: count(contact('teeth'), (phone) => within(phone, period).some(atTeeth)),
    silenceClosed: { hits: silent.filter(Boolean).length, trials: silent.length },
  };
}

/** First and last index of every run of `true`. */
function runsOf(values: readonly boolean[]): [from: number, to: number][] {
  const runs: [number, number][] = [];
  values.forEach((value, index) => {
    if (!value) return;
    const last = runs.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  });
  return runs;
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}

/** Several recordings as one. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const confusion = new Uint32Array(VISEMES.length ** 2);
  const wronglyClosed = new Uint32Array(VISEMES.length);
  for (const tally of tallies) {
    for (let cell = 0; cell < confusion.length; cell++) confusion[cell] += tally.confusion[cell];
    for (let viseme = 0; viseme < VISEMES.length; viseme++)
      wronglyClosed[viseme] += tally.wronglyClosed[viseme];
  }
  const counts = (read: (tally: Tally) => Count): Count => ({
    hits: tallies.reduce((sum, tally) => sum + read(tally).hits, 0),
    trials: tallies.reduce((sum, tally) => sum + read(tally).trials, 0),
  });
  return {
    confusion,
    wronglyClosed,
    aperture: addMoments(tallies.map(({ aperture }) => aperture)),
    width: addMoments(tallies.map(({ width }) => width)),
    movement: MOVEMENT_LAGS.map((_, lag) => addMoments(tallies.map(({ movement }) => movement[lag]))),
    closures: counts(({ closures }) => closures),
    closedRuns: counts(({ closedRuns }) => closedRuns),
    vowelsLost: counts(({ vowelsLost }) => vowelsLost),
    labiodentals: counts(({ labiodentals }) => labiodentals),
    silenceClosed: counts(({ silenceClosed }) => silenceClosed),
  };
}

const SILENT = VISEMES.indexOf('sil');

/** Frames with a label in speech, and those among them that were heard as labelled. */
export function speechHits({ confusion }: Tally): Count {
  let [hits, trials] = [0, 0];
  confusion.forEach((frames, cell) => {
    const label = Math.floor(cell / VISEMES.length);
    if (label === SILENT) return;
    trials += frames;
    if (cell % VISEMES.length === label) hits += frames;
  });
  return { hits, trials };
}

/** Silent frames, and those among them that were heard as silence. */
export function silenceHits({ confusion }: Tally): Count {
  const row = confusion.subarray(SILENT * VISEMES.length, (SILENT + 1) * VISEMES.length);
  return { hits: row[SILENT], trials: row.reduce((sum, frames) => sum + frames, 0) };
}

/** The lag at which the movement fits the labels best, seconds: the top of the parabola through the best three. */
export function movementLag({ movement }: Tally): number {
  const curve = movement.map(correlationOf);
  const best = Math.max(1, Math.min(curve.length - 2, curve.indexOf(Math.max(...curve))));
  const [before, top, after] = curve.slice(best - 1, best + 2);
  const bend = before - 2 * top + after;
  const shift = bend < 0 ? (before - after) / (2 * bend) : 0;
  return MOVEMENT_LAGS[best] + shift * (MOVEMENT_LAGS[1] - MOVEMENT_LAGS[0]);
}

const shareOf = ({ hits, trials }: Count): number => hits / trials;

/**
 * Figures over recordings, with intervals by drawing recordings.
 *
 * @param tallies - One per recording.
 */
export function articulationOf(tallies: readonly Tally[], seed = 1): Articulation {
  const estimate = (statistic: (tally: Tally) => number): Estimate | null => {
    const found = bootstrap(
      tallies.length,
      (drawn) => statistic(addTallies(drawn.map((index) => tallies[index]))),
      { seed, rounds: 500 },
    );
    return Number.isFinite(found.value) ? found : null;
  };
  return {
    visemeAccuracy: estimate((tally) => shareOf(speechHits(tally))),
    apertureR: estimate(({ aperture }) => correlationOf(aperture)),
    widthR: estimate(({ width }) => correlationOf(width)),
    movementR: estimate(({ movement }) => correlationOf(movement[MOVEMENT_LAGS.indexOf(0)])),
    movementLag: estimate(movementLag),
    closureRecall: estimate(({ closures }) => shareOf(closures)),
    closurePrecision: estimate(({ closedRuns }) => shareOf(closedRuns)),
    vowelsLost: estimate(({ vowelsLost }) => shareOf(vowelsLost)),
    labiodentalRecall: estimate(({ labiodentals }) => shareOf(labiodentals)),
    silenceRecall: estimate((tally) => shareOf(silenceHits(tally))),
    silenceClosed: estimate(({ silenceClosed }) => shareOf(silenceClosed)),
  };
}

/** A pair of classes that is mixed up. */
export interface Confusion {
  readonly spoken: (typeof VISEMES)[number];
  readonly heard: (typeof VISEMES)[number];
  /** Share of the spoken class's frames, 0..1. */
  readonly share: number;
  readonly frames: number;
}

/** The pairs that cost the most frames, most first. */
export function worstConfusions({ confusion }: Tally, count: number): Confusion[] {
  const size = VISEMES.length;
  const rows = VISEMES.map((_, label) =>
    confusion.subarray(label * size, (label + 1) * size).reduce((sum, frames) => sum + frames, 0),
  );
  return Array.from(confusion, (frames, cell) => ({
    frames,
    label: Math.floor(cell / size),
    heard: cell % size,
  }))
    .filter(({ label, heard, frames }) => label !== heard && frames > 0)
    .sort((a, b) => b.frames - a.frames)
    .slice(0, count)
    .map(({ label, heard, frames }) => ({
      spoken: VISEMES[label],
      heard: VISEMES[heard],
      share: frames / rows[label],
      frames,
    }));
}
