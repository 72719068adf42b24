import type { Speaker } from './decoders/decoder.ts';

/** -3 dB: a sound from between two loudspeakers is as loud from each as from one. */
const HALF_POWER = Math.SQRT1_2;

/** How loud each loudspeaker's channel is on the left and on the right (ITU-R BS.775; low frequencies are left out). */
const GAINS: Readonly<Record<Speaker, readonly [number, number]>> = {
  L: [1, 0],
  R: [0, 1],
  C: [HALF_POWER, HALF_POWER],
  LFE: [0, 0],
  SL: [HALF_POWER, 0],
  SR: [0, HALF_POWER],
  BL: [HALF_POWER, 0],
  BR: [0, HALF_POWER],
  BC: [0.5, 0.5],
};

/**
 * Makes a function that mixes interleaved blocks down to one or two channels. Mono and stereo pass unchanged; more
 * channels become stereo, scaled so that full level in every channel at once does not clip.
 */
export function createMixdown(speakers: readonly Speaker[]): {
  readonly channels: 1 | 2;
  mix(block: Float32Array): Float32Array;
} {
  const count = speakers.length;
  if (count <= 2) return { channels: count === 1 ? 1 : 2, mix: (block) => block };
  const gains = speakers.map((speaker) => GAINS[speaker]);
  const sums = [0, 1].map((side) => gains.reduce((sum, gain) => sum + gain[side]!, 0));
  const scale = 1 / Math.max(1, ...sums);
  return {
    channels: 2,
    mix(block) {
      const frames = Math.floor(block.length / count);
      const mixed = new Float32Array(frames * 2);
      for (let frame = 0; frame < frames; frame += 1) {
        let left = 0;
        let right = 0;
        for (let channel = 0; channel < count; channel += 1) {
          const sample = block[frame * count + channel]!;
          left += sample * gains[channel]![0];
          right += sample * gains[channel]![1];
        }
        mixed[frame * 2] = left * scale;
        mixed[frame * 2 + 1] = right * scale;
      }
      return mixed;
    },
  };
}
