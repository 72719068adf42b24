import { describe, expect, test } from 'vitest';
import { segmentsOf } from '../../eval/lips/labels.ts';
import { predictByBands } from '../../eval/lips/peers/dsp.ts';
import { measurePeersOnLabels } from '../../eval/lips/peers/held-out.ts';
import { fromVisemes } from '../../eval/lips/peers/prediction.ts';
import { fromCues } from '../../eval/lips/peers/rhubarb.ts';
import type { Recording } from '../../eval/lips/voices/recordings.ts';
import { VISEMES } from '../../src/core/index.ts';
import { phoneFixture, tones, whiteNoise } from '../audio/signals.ts';

const watch = { signal: new AbortController().signal, note: () => {} };

describe('the baseline by bands', () => {
  const mean = (values: Float64Array) => values.subarray(20, 80).reduce((sum, value) => sum + value, 0) / 60;
  /** A second of a sound after half a second of a quiet one, which sets the range of the voice. */
  const following = (sound: Float32Array) => {
    const whole = whiteNoise(24_000 + 8000, 0.0005);
    sound.forEach((sample, index) => {
      whole[8000 + index]! += sample;
    });
    return predictByBands(whole.subarray(0, 32_000));
  };
  const vowel = (f1: number, f2: number) => tones(24_000, [f1, 0.1], [f2, 0.04]);

  test('opens for energy around 800 Hz, less for energy around 300 Hz, and not for silence or hiss', () => {
    const open = mean(following(vowel(800, 1300)).aperture);
    expect(open).toBeGreaterThan(0.2);
    expect(mean(following(vowel(300, 2200)).aperture)).toBeLessThan(0.8 * open);
    const hiss = whiteNoise(24_000, 0.1);
    const bright = hiss.map((sample, index) => sample - (hiss[index - 1] ?? 0));
    // Friction takes 70 % off.
    expect(mean(following(bright).aperture)).toBeLessThan(0.31);
    expect(mean(predictByBands(new Float32Array(32_000)).aperture)).toBeLessThan(0.1);
  });

  test('gives 50 values per second and a narrow mouth for dark vowels', () => {
    const dark = following(vowel(600, 900));
    expect(dark.aperture.length).toBe(100);
    expect(mean(dark.width!)).toBeLessThan(mean(following(vowel(400, 2300)).width!) - 0.3);
  });
});

describe('lips from visemes', () => {
  const only = (name: (typeof VISEMES)[number], weight: number) =>
    VISEMES.map((viseme) => (viseme === name ? weight : 0));

  test('are those of the viseme, and nearer to rest for a weak one', () => {
    const { aperture, width } = fromVisemes([
      only('aa', 1),
      only('aa', 0.5),
      only('PP', 1),
      only('ou', 1),
      only('sil', 0),
    ]);
    expect(aperture[0]).toBeGreaterThan(0.7);
    expect(aperture[1]).toBeGreaterThan(0.3);
    expect(aperture[1]).toBeLessThan(0.6);
    expect(aperture[2]).toBeLessThan(0.1);
    expect(width![3]).toBeLessThan(-0.3);
    expect(aperture[4]).toBeLessThan(0.05);
  });
});

describe('the cues of Rhubarb', () => {
  test('become curves that hold each shape until the next cue', () => {
    const { aperture, width } = fromCues('0.00\tX\n0.20\tD\n0.60\tA\n0.80\tF\n1.00\tX\n', 60);
    expect(aperture.length).toBe(60);
    expect(aperture[5]).toBeCloseTo(0.03, 6);
    expect(aperture[20]).toBeCloseTo(0.95, 6);
    expect(aperture[35]).toBe(0);
    expect(width![45]).toBeCloseTo(-0.6, 6);
    // In between the mouth moves.
    expect(aperture[10]).toBeGreaterThan(0.1);
    expect(aperture[10]).toBeLessThan(0.9);
    expect(aperture[58]).toBeCloseTo(0.03, 6);
  });
});

test('on labels our own methods come before the baseline, and what is not installed is not there', async () => {
  const { signal, phones } = phoneFixture();
  const recording: Recording = {
    name: 'test 1',
    voice: 'test',
    language: 'en',
    kind: 'human',
    samples: Float32Array.from(signal),
    segments: segmentsOf(phones, 'ipa', 'en'),
  };
  const nothing = { rhubarb: null, headaudio: null, missing: [] };
  const found = await measurePeersOnLabels([recording], nothing, {}, watch);
  expect(Object.keys(found.apertureR)).toEqual(['ours', 'heard', 'dsp']);
  expect(found.apertureR['heard']).toBeGreaterThan(found.apertureR['dsp']!);
  expect(found.closureRecall['ours']).toBeGreaterThan(0.9);
  expect(found.vowelsLost['ours']).toBeLessThan(0.05);
  expect(Math.abs(found.delays['heard']!)).toBeLessThanOrEqual(0.02);
});
