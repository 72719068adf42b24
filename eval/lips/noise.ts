/**
 * Sounds by script: what speech is disturbed with, and what is no speech at all. Seeded, 16 kHz mono, float.
 *
 * @module
 */
import { SPEECH_RATE } from '../../src/core/index.ts';
import { normalVariate, rootMeanSquare, seededRandom } from './statistics.ts';

/** Scales a signal to a root mean square. */
export function toLevel(samples: Float32Array, level: number): Float32Array {
  const gain = level / (rootMeanSquare(samples) || 1);
  return samples.map((sample) => gain * sample);
}

/** Pink noise (equal power per octave), by P. Kellet's filter of white noise; root mean square 1. */
export function pinkNoise(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const state = new Float64Array(7);
  const samples = Float32Array.from({ length }, () => {
    const white = normalVariate(random);
    state[0] = 0.99886 * state[0] + white * 0.0555179;
    state[1] = 0.99332 * state[1] + white * 0.0750759;
    state[2] = 0.969 * state[2] + white * 0.153852;
    state[3] = 0.8665 * state[3] + white * 0.3104856;
    state[4] = 0.55 * state[4] + white * 0.5329522;
    state[5] = -0.7616 * state[5] - white * 0.016898;
    const pink = state.reduce((sum, value) => sum + value, 0) + white * 0.5362;
    state[6] = white * 0.115926;
    return pink;
  });
  return toLevel(samples, 1);
}

/** Many people at once: six stretches of other speech on top of each other; root mean square 1. */
export function babbleNoise(length: number, speech: readonly Float32Array[], seed: number): Float32Array {
  const random = seededRandom(seed);
  const samples = new Float32Array(length);
  for (let talker = 0; talker < 6; talker++) {
    const source = speech[Math.floor(random() * speech.length)];
    const offset = Math.floor(random() * source.length);
    const gain = 1 / (rootMeanSquare(source) || 1);
    for (let index = 0; index < length; index++)
      samples[index] += gain * source[(offset + index) % source.length];
  }
  return toLevel(samples, 1);
}

/** Pulses per second of {@link reverberate}'s tail: dense enough to be heard as smooth. */
const PULSES_PER_SECOND = 2000;

/**
 * Puts a signal into a room: the direct sound at its time, and a decaying tail of velvet noise (sparse pulses of random
 * sign, after M. Karjalainen and H. Jarvelainen, 2007).
 *
 * @param seconds - Reverberation time T60.
 * @param directToTail - Energy of the direct sound above that of the tail, dB.
 */
export function reverberate(
  samples: Float32Array,
  seconds: number,
  directToTail: number,
  seed: number,
): Float32Array {
  const random = seededRandom(seed);
  const spacing = SPEECH_RATE / PULSES_PER_SECOND;
  const pulses = Array.from({ length: Math.round(seconds * PULSES_PER_SECOND) }, (_, index) => {
    const at = Math.round((index + random()) * spacing) + Math.round(0.004 * SPEECH_RATE);
    const sign = random() < 0.5 ? -1 : 1;
    return { at, gain: sign * 10 ** ((-3 * at) / (seconds * SPEECH_RATE)) };
  });
  const energy = pulses.reduce((sum, { gain }) => sum + gain * gain, 0);
  const scale = Math.sqrt(10 ** (-directToTail / 10) / energy);
  const out = Float32Array.from(samples);
  for (const { at, gain } of pulses) {
    const amount = gain * scale;
    for (let index = at; index < out.length; index++) out[index] += amount * samples[index - at];
  }
  return out;
}

/** A telephone: 300 to 3400 Hz, 8-bit mu-law (ITU-T G.711) at full use of its range. */
export function telephone(samples: Float32Array): Float32Array {
  let out = samples;
  // Fourth order on each side: two Butterworth sections.
  for (const q of [0.541, 1.307]) out = biquad(biquad(out, 'highpass', 300, q), 'lowpass', 3400, q);
  const peak = out.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return out.map((value) => {
    const share = Math.abs(value) / peak;
    const code = Math.round((Math.log1p(255 * share) / Math.log(256)) * 127) / 127;
    return (Math.sign(value) * peak * (256 ** code - 1)) / 255;
  });
}

/** A second-order filter, by R. Bristow-Johnson's audio EQ formulas. */
function biquad(samples: Float32Array, kind: 'lowpass' | 'highpass', hertz: number, q: number): Float32Array {
  const omega = (2 * Math.PI * hertz) / SPEECH_RATE;
  const alpha = Math.sin(omega) / (2 * q);
  const cosine = Math.cos(omega);
  const a0 = 1 + alpha;
  const b1 = (kind === 'lowpass' ? 1 - cosine : -(1 + cosine)) / a0;
  const b0 = Math.abs(b1) / 2;
  const a1 = (-2 * cosine) / a0;
  const a2 = (1 - alpha) / a0;
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}
