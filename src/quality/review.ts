/**
 * What can be said about a finished video of a speaking face by looking at it, whoever made it.
 *
 * @module
 */
import { REVIEW_MEASURES, type ReviewFigure, type ReviewMeasure } from '../core/index.ts';
import { findBlinks } from './blinks.ts';
import { type FaceSignals, faceSignals, STEADY_LANDMARKS } from './face-signals.ts';
import { landmarkJitter } from './jitter.ts';
import { mouthLag } from './lag.ts';
import { quantile } from './series.ts';

/** What was heard, one value per frame of the video. */
export interface Heard {
  /** How far open the mouth should be, 0..1. */
  readonly opening: readonly number[];
  /** How sure it is that somebody speaks, 0..1. */
  readonly speech: readonly number[];
  /** Length of the sound, seconds. */
  readonly duration: number;
}

/** A frame is silent when nobody speaks for so long before and after, seconds. */
const SILENCE_MARGIN = 0.15;
/** Above this confidence somebody speaks. */
const SPEAKS = 0.2;
/** Frames of silence that say something. */
const LEAST_SILENCE = 5;
/** The mouth's own closed lips: what it falls below in this share of the frames. Landmarks are never exact. */
const CLOSED_SHARE = 0.05;
/** Lips that are no farther apart than this beyond that are closed, in distances of the eyes. */
const TOUCH = 0.03;
/** A mouth that follows its sound less than this has no lag that could be measured. */
const FOLLOWS = 0.3;
/** Shorter videos have no rate of blinks, seconds. */
const LEAST_BLINKING = 15;
/** Rates at which jitter compares with that of people on video. */
const USUAL_RATES = [24, 30] as const;

/** As it should be: ITU-R BT.1359 for the lag, people on video for jitter (docs/quality.md) and blinks. */
const RANGES: Readonly<Record<ReviewMeasure, ReviewFigure['range']>> = {
  face: { least: 0.98 },
  length: null,
  silence: { least: 0.98 },
  lag: { least: -0.125, most: 0.045 },
  fit: { least: FOLLOWS },
  jitter: { most: 0.024 },
  blinks: { least: 4, most: 45 },
};

/**
 * Judges what was seen and heard.
 *
 * @param landmarks - By frame, `x, y, z` one after the other, pixels; `null` where no face was found.
 * @param fps - Frames per second.
 * @param heard - `null` for a video without sound.
 */
export function reviewFace(
  landmarks: readonly (Float32Array | null)[],
  fps: number,
  heard: Heard | null,
): ReviewFigure[] {
  const signals = landmarks.map((one) => one && faceSignals(one));
  const known = signals.filter((one): one is FaceSignals => one !== null);
  const eyeDistance = known.reduce((sum, one) => sum + one.eyeDistance, 0) / Math.max(1, known.length);
  const seconds = landmarks.length / fps;
  const usual = fps >= USUAL_RATES[0] - 0.1 && fps <= USUAL_RATES[1] + 0.1;
  const jitter = usual ? landmarkJitter(landmarks, STEADY_LANDMARKS, eyeDistance).median : Number.NaN;
  const blinks = findBlinks(
    signals.map((one) => one?.eyeOpening ?? null),
    fps,
  );
  const values: Record<ReviewMeasure, number | null> = {
    face: known.length / landmarks.length,
    length: heard && seconds - heard.duration,
    ...judgeMouth(signals, fps, heard),
    jitter: Number.isFinite(jitter) ? jitter : null,
    blinks: seconds >= LEAST_BLINKING ? blinks.perMinute : null,
  };
  return REVIEW_MEASURES.map((measure) => {
    // Half a frame is rounding, and codecs add a frame of sound.
    const range = measure === 'length' ? { least: -1.5 / fps, most: 1.5 / fps } : RANGES[measure];
    const value = values[measure];
    return { measure, value, range, good: value === null || !range ? null : lies(value, range) };
  });
}

function judgeMouth(
  signals: readonly (FaceSignals | null)[],
  fps: number,
  heard: Heard | null,
): { readonly silence: number | null; readonly lag: number | null; readonly fit: number | null } {
  const nothing = { silence: null, lag: null, fit: null };
  const seen = signals.map((one) => one?.aperture ?? null);
  const known = seen.filter((one) => one !== null);
  if (!heard || known.length === 0) return nothing;
  const closed = quantile(known, CLOSED_SHARE) + TOUCH;
  const reach = Math.ceil(SILENCE_MARGIN * fps);
  const silent = seen.filter((opening, frame): opening is number => {
    const around = heard.speech.slice(Math.max(0, frame - reach), frame + reach + 1);
    return opening !== null && around.length > 0 && around.every((speech) => speech < SPEAKS);
  });
  let last = known[0]!;
  const filled = seen.map((one) => {
    last = one ?? last;
    return last;
  });
  const expected = filled.map((_, frame) => heard.opening[frame] ?? 0);
  const lag = mouthLag(expected, filled, fps);
  return {
    silence:
      silent.length < LEAST_SILENCE
        ? null
        : silent.filter((opening) => opening <= closed).length / silent.length,
    lag: lag && lag.correlation >= FOLLOWS ? lag.seconds : null,
    fit: lag?.correlation ?? null,
  };
}

function lies(value: number, { least, most }: NonNullable<ReviewFigure['range']>): boolean {
  return value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
}
