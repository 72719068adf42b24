/**
 * Measures of movement on what was observed: the same for our clips and for videos of people.
 *
 * @module
 */
import { findBlinks } from '../../src/quality/blinks.ts';
import { STEADY_LANDMARKS } from '../../src/quality/face-signals.ts';
import { angleRange } from '../../src/quality/head-motion.ts';
import { landmarkJitter } from '../../src/quality/jitter.ts';
import { findRepetition } from '../../src/quality/repetition.ts';
import type { Courses } from './clip.ts';
import type { SomeFigures } from './measures.ts';
import { type Observation, RATE } from './observe.ts';

/** Lags at which repetition is looked for, seconds: shorter ones are one movement. */
const REPETITION = [2, 300] as const;
/** Movement of less than this is not looked at for repetition, seconds. */
const LEAST = 20;

const degrees = (value: number): number => (value * 180) / Math.PI;

/** Figures and courses of an observation. */
export function figuresOf(observation: Observation): {
  readonly figures: SomeFigures;
  readonly courses: Omit<Courses, 'expected' | 'aperture'>;
} {
  const { landmarks, signals, poses, eyeDistance } = observation;
  const jitter = landmarkJitter(landmarks, STEADY_LANDMARKS, eyeDistance);
  const eyes = signals.map((signal) => signal?.eyeOpening ?? null);
  const blinks = findBlinks(eyes, RATE);
  const angle = (axis: 'yaw' | 'pitch' | 'roll') => poses.map((pose) => pose?.[axis] ?? null);
  const [yaw, pitch, roll] = [angle('yaw'), angle('pitch'), angle('roll')];
  const ranges = [yaw, pitch, roll].map((angles) => angleRange(angles, RATE));
  const long = landmarks.length >= LEAST * RATE;
  const repetitions = [yaw, pitch, roll].map((angles) => findRepetition(filled(angles), RATE, REPETITION));
  return {
    figures: {
      jitter: jitter.median,
      jitterP95: jitter.p95,
      blinkRate: long ? blinks.perMinute : null,
      blinkDuration: blinks.medianDuration,
      blinkIrregularity: blinks.irregularity,
      yawRange: degrees(ranges[0]!.range),
      pitchRange: degrees(ranges[1]!.range),
      rollRange: degrees(ranges[2]!.range),
      headSpeed: degrees(Math.hypot(...ranges.map(({ speed }) => speed))),
      repetition: long ? Math.max(...repetitions.map(({ strength }) => strength)) : null,
      faceLost: landmarks.filter((one) => one === null).length / landmarks.length,
    },
    courses: {
      eyes,
      yaw: yaw.map(inDegrees),
      pitch: pitch.map(inDegrees),
      roll: roll.map(inDegrees),
      jitter: [...jitter.course],
    },
  };
}

const inDegrees = (value: number | null): number | null => (value === null ? null : degrees(value));

function filled(values: readonly (number | null)[]): number[] {
  let last = values.find((value) => value !== null) ?? 0;
  return values.map((value) => {
    last = value ?? last;
    return last;
  });
}
