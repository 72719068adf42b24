/** Whether the mouth in footage moves when its sound is heard: on a recording whose phones are known. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectedOpening } from '../../eval/quality/clip.ts';
import { type Speech, Speeches } from '../../eval/quality/speeches.ts';
import {
  BLENDSHAPE_INDEX,
  type MotionFrame,
  SPEECH_RATE,
  type SpeechFrame,
  seconds,
} from '../../src/core/index.ts';
import { createMotion, type MotionStageOptions } from '../../src/motion/index.ts';
import { FOOTAGE_LEAD } from '../../src/pipeline/footage-scene.ts';
import { readSpeech, trackMotion } from '../../src/pipeline/track-motion.ts';
import { mouthLag } from '../../src/quality/lag.ts';

const openingOf = ({ weights }: MotionFrame): number =>
  weights[BLENDSHAPE_INDEX.jawOpen]! - weights[BLENDSHAPE_INDEX.mouthClose]!;

describe('the mouth in footage', () => {
  let speeches: Speeches;
  let recording: Speech;
  let heard: readonly SpeechFrame[];
  beforeAll(async () => {
    speeches = await Speeches.open(true, new AbortController().signal);
    recording = speeches.known;
    ({ speech: heard } = await trackMotion(readSpeech(recording.path)));
  }, 120_000);
  afterAll(() => speeches[Symbol.dispose]());

  /** Seconds by which the mouth is late. */
  function lagAt(fps: number, options: MotionStageOptions = {}): number {
    const motion = createMotion({ fps, ...options });
    const end = seconds(recording.samples.length / SPEECH_RATE);
    const openings = [...motion.push(heard), ...motion.flush(end)].map(openingOf);
    return mouthLag(expectedOpening(recording, openings.length, fps), openings, fps)!.seconds;
  }

  test.each([25, 29.97, 60])('is in time with known phones at %d frames per second', (fps) => {
    expect(Math.abs(lagAt(fps, { lead: FOOTAGE_LEAD }))).toBeLessThan(0.012);
  });

  test('is later than that of a portrait by the lead of 20 ms', () => {
    const difference = lagAt(25, { lead: FOOTAGE_LEAD }) - lagAt(25);
    expect(difference).toBeGreaterThan(0.015);
    expect(difference).toBeLessThan(0.025);
  });
});
