/**
 * The conditions under which every voice is heard.
 *
 * @module
 */
import { renderBuiltIn } from './music/built-in.ts';
import { compose, STYLES } from './music/score.ts';
import { babbleNoise, pinkNoise, reverberate, telephone, toLevel } from './noise.ts';
import { activeLevel, type Recording } from './voices/recordings.ts';

/** Name of a condition. */
export type Condition = 'clean' | 'pink' | 'babble' | 'music' | 'reverb' | 'telephone';

/** All conditions, clean first. */
export const CONDITIONS: readonly Condition[] = ['clean', 'pink', 'babble', 'music', 'reverb', 'telephone'];
/** Those with noise at {@link NOISE_DB}; the figures called noisy are over these three. */
export const NOISY: readonly Condition[] = ['pink', 'babble', 'music'];
/** Level of speech above the noise, dB, both as root mean square, speech only while somebody speaks. */
export const NOISE_DB = 10;
/** Reverberation time, seconds, and how far the direct sound stands above its tail, dB. */
const ROOM = { seconds: 0.5, directToTail: 3 } as const;

/** What each condition is, for the report. */
export const CONDITION_NOTES: Readonly<Record<Condition, string>> = {
  clean: 'as synthesised, noise floor -80 dB',
  pink: `pink noise ${NOISE_DB} dB below the speech`,
  babble: `six other voices at once, ${NOISE_DB} dB below the speech`,
  music: `music ${NOISE_DB} dB below the speech`,
  reverb: `room with a reverberation time of ${ROOM.seconds} s, direct sound ${ROOM.directToTail} dB above the tail`,
  telephone: '300 to 3400 Hz, 8-bit mu-law',
};

/**
 * The sound of a recording under a condition.
 *
 * @param others - Recordings that babble is made of; the recording itself is left out where there are others.
 * @param seed - Another seed, another noise.
 */
export function underCondition(
  recording: Recording,
  condition: Condition,
  others: readonly Recording[],
  seed: number,
): Float32Array {
  const { samples, segments } = recording;
  if (condition === 'clean') return samples;
  if (condition === 'reverb') return reverberate(samples, ROOM.seconds, ROOM.directToTail, seed);
  if (condition === 'telephone') return telephone(samples);
  const level = activeLevel(samples, segments) * 10 ** (-NOISE_DB / 20);
  const noise = toLevel(noiseOf(condition, recording, others, seed), level);
  return samples.map((sample, index) => sample + noise[index]);
}

function noiseOf(
  condition: 'pink' | 'babble' | 'music',
  recording: Recording,
  others: readonly Recording[],
  seed: number,
): Float32Array {
  const { length } = recording.samples;
  if (condition === 'pink') return pinkNoise(length, seed);
  if (condition === 'music') {
    const style = STYLES[seed % STYLES.length];
    return renderBuiltIn(compose(style, length / 16_000 + 1, seed)).subarray(0, length);
  }
  const strangers = others.filter(({ voice }) => voice !== recording.voice);
  const talkers = (strangers.length > 0 ? strangers : others).map(({ samples }) => samples);
  return babbleNoise(length, talkers, seed);
}
