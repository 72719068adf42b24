/**
 * Sounds of rooms and people that are no speech, by script.
 *
 * @module
 */
import { SPEECH_RATE } from '../../../src/core/index.ts';
import { pinkNoise, toLevel } from '../noise.ts';
import { normalVariate, seededRandom } from '../statistics.ts';

/** Root mean square of the sounds: that of loud speech. */
const LEVEL = 0.08;

/** Noises by name, 16 kHz mono. */
export function nonSpeech(seconds: number, seed: number): Map<string, Float32Array> {
  const length = Math.round(seconds * SPEECH_RATE);
  const steady = (name: string, samples: Float32Array): [string, Float32Array] => [
    name,
    toLevel(samples, LEVEL),
  ];
  return new Map([
    ['silence', new Float32Array(length)],
    steady('pink noise', pinkNoise(length, seed)),
    ['quiet pink noise', pinkNoise(length, seed + 1).map((sample) => 0.003 * sample)],
    steady('mains hum', hum(length)),
    steady('keyboard', clicks(length, seed + 2, 6, 0.004)),
    steady('knocks', clicks(length, seed + 3, 1.5, 0.03)),
    steady('breathing', breathing(length, seed + 4)),
    steady('passing cars', swells(length, seed + 5)),
  ]);
}

function hum(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => {
    const turn = (2 * Math.PI * 50 * index) / SPEECH_RATE;
    return Math.sin(turn) + 0.5 * Math.sin(3 * turn + 1) + 0.25 * Math.sin(5 * turn + 2);
  });
}

/** Short knocks at random times. `decay` in seconds. */
function clicks(length: number, seed: number, perSecond: number, decay: number): Float32Array {
  const random = seededRandom(seed);
  const samples = new Float32Array(length);
  for (let at = 0; ; ) {
    at += Math.round((-Math.log(1 - random()) / perSecond) * SPEECH_RATE);
    if (at >= length) return samples;
    const strength = 0.3 + random();
    const hertz = 300 + 2500 * random();
    for (let index = 0; index < 6 * decay * SPEECH_RATE && at + index < length; index++) {
      const ring = Math.sin((2 * Math.PI * hertz * index) / SPEECH_RATE) + normalVariate(random);
      samples[at + index] += strength * ring * Math.exp(-index / (decay * SPEECH_RATE));
    }
  }
}

/** In and out every four seconds: noise through the mouth, brighter on the way in. */
function breathing(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  let low = 0;
  return Float32Array.from({ length }, (_, index) => {
    const phase = (index / SPEECH_RATE / 4) % 1;
    const inward = phase < 0.4;
    const along = inward ? phase / 0.4 : (phase - 0.5) / 0.4;
    const envelope = along < 0 || along > 1 ? 0 : Math.sin(Math.PI * along) ** 2;
    const white = normalVariate(random);
    low += 0.2 * (white - low);
    return envelope * (inward ? white - low : 2 * low);
  });
}

/** Rumble that comes and goes. */
function swells(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  let [slow, rumble] = [0, 0];
  return Float32Array.from({ length }, (_, index) => {
    slow += 0.0002 * (normalVariate(random) * 20 - slow);
    rumble += 0.05 * (normalVariate(random) - rumble);
    return rumble * (0.3 + Math.abs(slow) + 0.3 * Math.sin((2 * Math.PI * index) / SPEECH_RATE / 7) ** 2);
  });
}
