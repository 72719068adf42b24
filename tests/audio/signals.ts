/** Signals made by code, and the recording with known phones. */
import { readFileSync } from 'node:fs';
import type { SpeechAnalyser } from '../../src/audio/index.ts';
import type { AudioChunk, SpeechFrame } from '../../src/core/index.ts';
import { samplesToSeconds } from '../../src/core/index.ts';

const RATE = 16_000;

/** A small repeatable generator of numbers in 0..1 (Lehmer's, modulus 2^31 - 1). */
export function lehmer(seed: number): () => number {
  let state = seed % 2_147_483_647 || 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** White noise of the given peak. */
export function whiteNoise(length: number, peak: number, seed = 7): Float32Array {
  const random = lehmer(seed);
  return Float32Array.from({ length }, () => (2 * random() - 1) * peak);
}

/** A sum of sines: frequency in Hz and amplitude each. */
export function tones(length: number, ...partials: readonly (readonly [number, number])[]): Float32Array {
  return Float32Array.from({ length }, (_, index) =>
    partials.reduce((sum, [hertz, peak]) => sum + peak * Math.sin((2 * Math.PI * hertz * index) / RATE), 0),
  );
}

/**
 * Something like speech: a buzz with a gliding pitch through two gliding resonances, in syllables, with hisses
 * between them.
 */
export function babble(length: number, seed = 3): Float32Array {
  const random = lehmer(seed);
  const signal = new Float32Array(length);
  const state = [0, 0, 0, 0];
  let phase = 0;
  for (let index = 0; index < length; index++) {
    const t = index / RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3.7 * t)) ** 0.5;
    phase += (120 + 25 * Math.sin(2 * Math.PI * 0.6 * t)) / RATE;
    let source = phase >= 1 ? 1 : 0;
    phase %= 1;
    source = source * syllable + (syllable === 0 ? 0.03 * (random() - 0.5) : 0);
    let out = source;
    for (let pole = 0; pole < 2; pole++) {
      const hertz =
        pole === 0
          ? 450 + 250 * Math.sin(2 * Math.PI * 1.9 * t)
          : 1500 + 600 * Math.sin(2 * Math.PI * 1.3 * t);
      const radius = 0.97;
      const next =
        out +
        2 * radius * Math.cos((2 * Math.PI * hertz) / RATE) * state[2 * pole] -
        radius * radius * state[2 * pole + 1];
      state[2 * pole + 1] = state[2 * pole];
      state[2 * pole] = next;
      out = next;
    }
    signal[index] = 0.02 * out;
  }
  return signal;
}

/** Hands a signal over in chunks of the given lengths (used in turn), then ends the stream. */
export function hear(
  analyser: SpeechAnalyser,
  signal: Float32Array,
  ...lengths: readonly number[]
): SpeechFrame[] {
  const frames: SpeechFrame[] = [];
  let at = 0;
  for (let turn = 0; at < signal.length; turn++) {
    const length = lengths.length === 0 ? signal.length : lengths[turn % lengths.length];
    const chunk: AudioChunk = {
      samples: signal.subarray(at, at + length),
      time: samplesToSeconds(at, RATE),
    };
    frames.push(...analyser.push(chunk));
    at += length;
  }
  frames.push(...analyser.flush());
  return frames;
}

/** Start and end in milliseconds, IPA (empty: pause). */
export type Phone = readonly [start: number, end: number, ipa: string];

/** The recording `tests/fixtures/phones/english.wav` (16 kHz, mono, 16 bit) and its phones. */
export function phoneFixture(): { signal: Float32Array; phones: Phone[] } {
  const folder = new URL('../fixtures/phones/', import.meta.url);
  const bytes = readFileSync(new URL('english.wav', folder));
  let at = 12;
  while (bytes.toString('latin1', at, at + 4) !== 'data') at += 8 + bytes.readUInt32LE(at + 4);
  const length = bytes.readUInt32LE(at + 4) / 2;
  return {
    signal: Float32Array.from({ length }, (_, index) => bytes.readInt16LE(at + 8 + 2 * index) / 32_768),
    phones: JSON.parse(readFileSync(new URL('english.json', folder), 'utf8')),
  };
}
