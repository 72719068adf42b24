/**
 * The product as the instrument uses it: sound in, speech frames and movement out, in chunks as they come live.
 *
 * @module
 */
import process from 'node:process';
import { createSpeechAnalyser, type SpeechAnalyserOptions } from '../../src/audio/index.ts';
import { type MotionFrame, SPEECH_RATE, type SpeechFrame, samplesToSeconds } from '../../src/core/index.ts';
import { createMotion } from '../../src/motion/index.ts';
import '../../src/platform/node/use.ts';
import { quantile } from './statistics.ts';

/** Video frames per second of everything that is measured on movement. */
export const VIDEO_RATE = 25;
/** Samples handed over at once: 40 ms. */
const CHUNK = 640;

/** What was heard and how it moves. */
export interface Performance {
  /** `fps` per second. */
  readonly frames: MotionFrame[];
  /** 50 per second. */
  readonly speech: SpeechFrame[];
}

/** Hears and moves: all motion frames of a recording (16 kHz, mono), with the speech frames they came from. */
export async function moveTo(
  samples: Float32Array,
  fps: number,
  options: SpeechAnalyserOptions = {},
): Promise<Performance> {
  const analyser = await createSpeechAnalyser(options);
  const speech: SpeechFrame[] = [];
  for (let at = 0; at < samples.length; at += CHUNK) {
    const chunk = samples.subarray(at, at + CHUNK);
    speech.push(...analyser.push({ samples: chunk, time: samplesToSeconds(at, SPEECH_RATE) }));
  }
  speech.push(...analyser.flush());
  const motion = createMotion({ fps });
  const end = samplesToSeconds(samples.length, SPEECH_RATE);
  return { frames: [...motion.push(speech), ...motion.flush(end)], speech };
}

/** Samples per timing in {@link hearingCost}: 2 s, long against the resolution of the clock of CPU time. */
const TIMED = 2 * SPEECH_RATE;

/**
 * CPU time that hearing takes: milliseconds of this process per 20 ms of sound, the median over stretches of 2 s after a
 * first pass that warms up the compiler. Other programs on the machine do not count, their pressure on caches does.
 */
export async function hearingCost(
  samples: Float32Array,
  options: SpeechAnalyserOptions = {},
): Promise<number> {
  const costs: number[] = [];
  for (const warm of [false, true, true]) {
    const analyser = await createSpeechAnalyser(options);
    for (let at = 0; at + TIMED <= samples.length; at += TIMED) {
      const before = process.cpuUsage();
      for (let chunk = at; chunk < at + TIMED; chunk += CHUNK) {
        const time = samplesToSeconds(chunk, SPEECH_RATE);
        analyser.push({ samples: samples.subarray(chunk, chunk + CHUNK), time });
      }
      const { user, system } = process.cpuUsage(before);
      if (warm) costs.push((user + system) / 1000 / (TIMED / 320));
    }
  }
  return quantile(costs, 0.5);
}
