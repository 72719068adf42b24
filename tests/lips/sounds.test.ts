import { describe, expect, test } from 'vitest';
import { CONDITIONS, NOISE_DB, underCondition } from '../../eval/lips/conditions.ts';
import { segmentsOf } from '../../eval/lips/labels.ts';
import { renderBuiltIn } from '../../eval/lips/music/built-in.ts';
import { midiBytes } from '../../eval/lips/music/fluidsynth.ts';
import { nonSpeech } from '../../eval/lips/music/non-speech.ts';
import { compose, STYLES } from '../../eval/lips/music/score.ts';
import { pinkNoise, reverberate, telephone, toLevel } from '../../eval/lips/noise.ts';
import { correlation, rootMeanSquare } from '../../eval/lips/statistics.ts';
import { activeLevel, type Recording } from '../../eval/lips/voices/recordings.ts';
import { wavBytes } from '../../eval/lips/wav.ts';
import { PowerSpectrum } from '../../src/audio/fourier.ts';
import { babble, tones } from '../audio/signals.ts';

const segments = segmentsOf([[500, 1500, 'a']], 'ipa');
const recording: Recording = {
  name: 'test 1',
  voice: 'test',
  language: 'en',
  kind: 'human',
  samples: Float32Array.from(babble(32_000), (sample, index) =>
    index >= 8000 && index < 24_000 ? sample : 0,
  ),
  segments,
};
const other: Recording = { ...recording, voice: 'other', samples: babble(20_000, 9) };

/** Power of a signal between two frequencies, dB. */
function bandPower(samples: Float32Array, from: number, to: number): number {
  const size = 4096;
  const spectrum = new PowerSpectrum(size);
  let sum = 0;
  for (let at = 0; at + size <= samples.length; at += size) {
    spectrum.transform(Float64Array.from(samples.subarray(at, at + size)));
    for (let bin = Math.round((from * size) / 16_000); bin < (to * size) / 16_000; bin++)
      sum += spectrum.power[bin]!;
  }
  return 10 * Math.log10(sum + 1e-12);
}

describe('conditions', () => {
  test('noises lie as far below the speech as they say, in pauses too', () => {
    const speech = activeLevel(recording.samples, segments);
    for (const condition of ['pink', 'babble', 'music'] as const) {
      const noisy = underCondition(recording, condition, [recording, other], 3);
      const noise = noisy.map((sample, index) => sample - recording.samples[index]!);
      expect(20 * Math.log10(speech / rootMeanSquare(noise)), condition).toBeCloseTo(NOISE_DB, 3);
      expect(rootMeanSquare(noise.subarray(0, 8000)), condition).toBeGreaterThan(0);
    }
  });

  test('keep the length, repeat with the seed, and change with it where chance has a part', () => {
    for (const condition of CONDITIONS) {
      const [a, b, c] = [5, 5, 6].map((seed) =>
        underCondition(recording, condition, [recording, other], seed),
      );
      expect(a!.length).toBe(recording.samples.length);
      expect(a).toEqual(b);
      if (condition !== 'clean' && condition !== 'telephone') expect(a).not.toEqual(c);
    }
  });

  test('the room leaves the direct sound at its time and adds a tail', () => {
    const click = new Float32Array(16_000);
    click[1000] = 1;
    const room = reverberate(click, 0.5, 3, 1);
    expect(room[1000]).toBe(1);
    expect(Math.max(...room.subarray(0, 1000))).toBe(0);
    const tail = room.subarray(1001);
    const energy = (part: Float32Array) => part.reduce((sum, sample) => sum + sample * sample, 0);
    expect(10 * Math.log10(energy(tail))).toBeCloseTo(-3, 1);
    // 60 dB in half a second: 12 dB in 100 ms.
    const drop = 10 * Math.log10(energy(tail.subarray(800, 2400)) / energy(tail.subarray(2400, 4000)));
    expect(drop).toBeGreaterThan(10);
    expect(drop).toBeLessThan(14);
  });

  test('the telephone passes 1 kHz, and stops 100 Hz and 5 kHz', () => {
    const pass = (hertz: number) =>
      rootMeanSquare(telephone(tones(16_000, [hertz, 0.3]))) / (0.3 / Math.SQRT2);
    expect(pass(1000)).toBeCloseTo(1, 1);
    // Alone each would fill the range of the quantiser, so only the filters are heard.
    expect(pass(100)).toBeLessThan(0.05);
    expect(pass(5000)).toBeLessThan(0.2);
    expect(correlation(telephone(tones(16_000, [1000, 0.3])), tones(16_000, [1000, 0.3]))).toBeGreaterThan(
      0.7,
    );
  });

  test('pink noise has the same power in every octave', () => {
    const noise = pinkNoise(160_000, 2);
    const octaves = [125, 250, 500, 1000, 2000].map((hertz) => bandPower(noise, hertz, 2 * hertz));
    for (const power of octaves) expect(Math.abs(power - octaves[2]!)).toBeLessThan(1.2);
  });
});

describe('music', () => {
  test.each(STYLES)('%s: a piece of the length asked for, with sound all through', (style) => {
    const score = compose(style, 6, 1);
    expect(score.notes.length).toBeGreaterThan(4);
    expect(score.notes.every(({ time }) => time >= 0 && time < 6)).toBe(true);
    const samples = renderBuiltIn(score);
    expect(samples.length).toBe(96_000);
    expect(rootMeanSquare(samples)).toBeCloseTo(0.08, 4);
    for (let second = 0; second < 6; second++)
      expect(rootMeanSquare(samples.subarray(16_000 * second, 16_000 * (second + 1)))).toBeGreaterThan(0.01);
    expect(samples).toEqual(renderBuiltIn(compose(style, 6, 1)));
    expect(samples).not.toEqual(renderBuiltIn(compose(style, 6, 2)));
  });

  test('a held note has its pitch', () => {
    const note = { time: 0, length: 1, key: 69, velocity: 0.8 };
    for (const instrument of [0, 40, 30]) {
      const samples = renderBuiltIn({ style: 'piano', seconds: 1, notes: [{ ...note, instrument }] });
      expect(bandPower(samples, 425, 455)).toBeGreaterThan(bandPower(samples, 470, 700) + 6);
    }
  });

  test('a MIDI file holds every note once on and once off, drums on the tenth channel', () => {
    const bytes = midiBytes({
      style: 'rock',
      seconds: 2,
      notes: [
        { time: 0.5, length: 1, key: 60, velocity: 0.5, instrument: 30 },
        { time: 0, length: 0.1, key: 36, velocity: 1, instrument: 'drums' },
      ],
    });
    expect(Buffer.from(bytes).toString('latin1', 0, 4)).toBe('MThd');
    const track = [...bytes.slice(22)];
    expect(track).toEqual([
      ...[0, 0xc0, 30],
      ...[0, 0x99, 36, 127],
      ...[96, 0x89, 36, 0],
      // 384 ticks later: 0.5 s after the start.
      ...[0x83, 0x00, 0x90, 60, 64],
      ...[0x87, 0x40, 0x80, 60, 0],
      ...[0, 0xff, 0x2f, 0],
    ]);
  });
});

test('noises are as long as asked for, finite, and at their level', () => {
  for (const [name, samples] of nonSpeech(3, 1)) {
    expect(samples.length, name).toBe(48_000);
    expect(samples.every(Number.isFinite), name).toBe(true);
    if (!/silence|quiet/.test(name)) expect(rootMeanSquare(samples), name).toBeCloseTo(0.08, 3);
  }
});

test('a WAV file holds the samples, clipped at full scale', () => {
  const bytes = wavBytes(Float32Array.of(0, 0.5, -2), 8000);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([0, 16_384, -32_767]);
  expect(view.getUint32(24, true)).toBe(8000);
  expect(toLevel(Float32Array.of(3, -3), 0.5)).toEqual(Float32Array.of(0.5, -0.5));
});
