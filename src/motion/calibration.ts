/**
 * Fits the mouth style to a person from a video of them.
 *
 * @module
 */
import {
  clamp,
  type MotionFrame,
  type MouthStyle,
  mix,
  ORDINARY_MOUTH,
  type Seconds,
  type SpeechFrame,
  seconds,
  smoothstep,
} from '../core/index.ts';
import { correlation, quantile, spreadRatio } from './amplitudes.ts';
import { lipsClosed } from './lip-contact.ts';
import { type LipDistances, lipDistances } from './lip-distances.ts';
import { createMotion } from './motion.ts';
import { STEP_RATE } from './window.ts';

/**
 * What was measured on a video of a person who speaks: one number per video frame, `null` where no face was found.
 * Lengths are in distances between the outer corners of the eyes, which makes them independent of size and zoom.
 */
export interface MeasuredMouth {
  /** Media times of the video frames, seconds, rising. */
  readonly times: readonly number[];
  /** Distance of the inner lips in the middle (landmarks 13 and 14). */
  readonly aperture: readonly (number | null)[];
  /** Distance of the corners of the mouth (landmarks 61 and 291). */
  readonly width: readonly (number | null)[];
  /** Rounding of the lips in any unit (larger is rounder), where it was measured; else it is read off the width. */
  readonly rounding?: readonly (number | null)[] | undefined;
}

/** What {@link calibrateMouth} found. */
export interface MouthCalibration {
  /** Gains, drawn towards 1 as far as the measurement is not to be trusted. */
  readonly style: MouthStyle;
  /** How much the measurement is to be trusted, 0..1: by the length of the speech and by its likeness to the mouth. */
  readonly trust: number;
  /** Seconds by which the video's mouth comes after its sound; negative before. */
  readonly lag: Seconds;
  /** Seconds of speech in which a face was seen. */
  readonly speech: Seconds;
  /** Correlation of the measured aperture with the one that was expected from the sound, at {@link MouthCalibration.lag}. */
  readonly correlation: number;
}

/** Range of lags that is searched, in steps. */
const LARGEST_LAG = 15;
/** With less speech than this nothing is believed; from the second number on everything, seconds. */
const SPEECH_NEEDED = [3, 12] as const;
/** The same for the correlation of the apertures: footage of somebody else reaches about 0.1. */
const LIKENESS_NEEDED = [0.12, 0.35] as const;
/** Gains that are believed at all. */
const BELIEVABLE = [0.4, 1.8] as const;
/** Rounds of fitting: the mouth answers to a gain not quite in proportion. */
const ROUNDS = 4;
/** Measured values beyond these quantiles are errors of the landmarks until proven otherwise. */
const PLAUSIBLE = [0.02, 0.95] as const;
/** How much narrower the mouth becomes per opening, because the cheeks stretch over the jaw. */
const NARROWING = 0.386;
/** Quantiles of aperture and width between which movement is compared. */
const LOW = 0.1;
const HIGH = 0.9;
/** Share of the movement by which lips may stay apart in a contact (landmarks lie beside the lips' edge). */
const CLOSED_ENOUGH = 0.18;

/**
 * Fits the gains of a {@link MouthStyle} so that the mouth, moved by a recording, moves as far as the mouth in the video
 * of that recording: the spans between quantiles of aperture and width are matched. Single errors of the landmarks
 * have no say, and the person need not move at the very same moments as the network expects.
 *
 * @param speech - What was heard in the video's sound: 50 frames per second from 0.
 * @param measured - What was seen.
 * @returns The style, with how far it is to be trusted. Too little speech, or footage that does not belong to the
 *   sound, gives the ordinary style with trust 0.
 */
export function calibrateMouth(speech: readonly SpeechFrame[], measured: MeasuredMouth): MouthCalibration {
  const aperture = resample(measured.times, measured.aperture, speech.length);
  const width = resample(measured.times, measured.width, speech.length);
  const rounding = measured.rounding && resample(measured.times, measured.rounding, speech.length);
  const expected = moveOrdinary(speech, ORDINARY_MOUTH);
  const { lag, likeness } = findLag(expected.distances, aperture, speech);

  const seen = (step: number): boolean => Number.isFinite(aperture[step + lag]);
  const spoken = speech.flatMap((frame, step) => (frame.speech > 0.5 && seen(step) ? [step] : []));
  const length = spoken.length / STEP_RATE;
  const trust = grade(length, SPEECH_NEEDED) * grade(likeness, LIKENESS_NEEDED);
  const report = { trust, lag: seconds(lag / STEP_RATE), speech: seconds(length), correlation: likeness };
  if (trust === 0) return { style: ORDINARY_MOUTH, ...report };

  const at = (values: readonly number[]): number[] =>
    spoken.map((step) => values[step + lag]).filter(Number.isFinite);
  const lips = {
    aperture: at(aperture),
    width: at(width.map((value, step) => value + NARROWING * aperture[step])),
    rounding: rounding ? at(rounding) : null,
  };
  let style = ORDINARY_MOUTH;
  for (let round = 0; round < ROUNDS; round++) {
    const shown = moveOrdinary(speech, style);
    style = refine(
      style,
      spoken.map((step) => shown.distances[step]),
      lips,
    );
  }
  const touching = spoken.filter((step) => expected.closed[step] && expected.closed[step + 1]);
  const closure = closureGain(
    touching.map((step) => aperture[step + lag]),
    lips.aperture,
  );
  const toward = (gain: number): number => mix(1, gain, trust);
  return {
    style: {
      open: toward(style.open),
      wide: toward(style.wide),
      round: toward(style.round),
      closure: toward(closure),
    },
    ...report,
  };
}

const grade = (value: number, [none, full]: readonly [number, number]): number =>
  smoothstep((value - none) / (full - none));

interface Expected {
  readonly distances: readonly LipDistances[];
  readonly closed: readonly boolean[];
}

/** What the lips would do with this style: one entry per speech frame. */
function moveOrdinary(speech: readonly SpeechFrame[], style: MouthStyle): Expected {
  const motion = createMotion({ fps: STEP_RATE, lead: 0, still: true, blink: 0, style });
  const frames: MotionFrame[] = [...motion.push(speech), ...motion.flush(seconds(speech.length / STEP_RATE))];
  return { distances: frames.map(lipDistances), closed: frames.map(lipsClosed) };
}

/** The measured values at every speech frame, `NaN` where no face was seen within a tenth of a second. */
function resample(times: readonly number[], values: readonly (number | null)[], count: number): number[] {
  const result: number[] = [];
  let after = 0;
  for (let step = 0; step < count; step++) {
    const time = step / STEP_RATE;
    while (after < times.length && times[after] < time) after++;
    const [left, right] = [values[after - 1] ?? Number.NaN, values[after] ?? Number.NaN];
    const [start, end] = [times[after - 1] ?? Number.NaN, times[after] ?? Number.NaN];
    if (times[after] === time) result.push(right);
    else if (end - start > 0.1) result.push(Number.NaN);
    else result.push(mix(left, right, (time - start) / (end - start)));
  }
  return result;
}

/** The lag at which the measured aperture is most like the expected one, and how like it is then. */
function findLag(
  expected: readonly LipDistances[],
  aperture: readonly number[],
  speech: readonly SpeechFrame[],
): { lag: number; likeness: number } {
  let best = { lag: 0, likeness: Number.NEGATIVE_INFINITY };
  for (let lag = -LARGEST_LAG; lag <= LARGEST_LAG; lag++) {
    const shown: number[] = [];
    const seen: number[] = [];
    speech.forEach((frame, step) => {
      const value = aperture[step + lag];
      if (frame.speech <= 0.5 || !Number.isFinite(value)) return;
      shown.push(expected[step].gap);
      seen.push(value);
    });
    const likeness = correlation(shown, withoutOutliers(seen));
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best;
}

/** Values cut at what is plausible. */
function withoutOutliers(values: readonly number[]): number[] {
  const [low, high] = PLAUSIBLE.map((share) => quantile(values, share));
  return values.map((value) => clamp(value, low, high));
}

/** One round of fitting: multiplies the gains by what is missing. */
function refine(
  style: MouthStyle,
  shown: readonly LipDistances[],
  lips: { aperture: number[]; width: number[]; rounding: number[] | null },
): MouthStyle {
  const open = spreadRatio(
    lips.aperture,
    shown.map(({ gap }) => gap),
    LOW,
    HIGH,
  );
  // Without what the jaw does to it, half of the width's movement is above its median, where the lips spread, and half below, where they round.
  const widths = shown.map(({ width, gap }) => width + NARROWING * gap);
  const wide = spreadRatio(lips.width, widths, 0.5, HIGH);
  const round = lips.rounding
    ? spreadRatio(
        lips.rounding,
        shown.map(({ rounding }) => -rounding),
        0.5,
        HIGH,
      )
    : spreadRatio(lips.width, widths, LOW, 0.5);
  const next = (gain: number, ratio: number): number => clamp(gain * clamp(ratio, 0.5, 2), ...BELIEVABLE);
  return {
    open: next(style.open, open),
    wide: next(style.wide, wide),
    round: next(style.round, round),
    closure: style.closure,
  };
}

/** 1 for a person whose lips meet where they should, less for one whose lips stay apart. */
function closureGain(touching: readonly number[], aperture: readonly number[]): number {
  const seen = touching.filter(Number.isFinite);
  if (seen.length < STEP_RATE / 5) return 1;
  const [closed, open] = [quantile(aperture, 0.03), quantile(aperture, HIGH)];
  const apart = (quantile(seen, 0.5) - closed) / Math.max(1e-6, open - closed);
  return clamp(1 - Math.max(0, apart - CLOSED_ENOUGH), 0.5, 1);
}
