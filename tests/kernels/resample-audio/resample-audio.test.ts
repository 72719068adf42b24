import { describe, expect, it } from 'vitest';
import { AudioResampler } from '../../../src/kernels/resample-audio/index.ts';

const tone = (hz: number, rate: number, length: number) =>
  Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));

function convert(input: Float32Array, from: number, to: number, channels = 1): Float32Array {
  const resampler = new AudioResampler(from, to, channels);
  return Float32Array.from([...resampler.push(input), ...resampler.flush()]);
}

/** Level in the middle of a signal, decibels relative to a full-scale sine. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(samples.length >> 2, (samples.length * 3) >> 2);
  return 10 * Math.log10((2 * middle.reduce((sum, value) => sum + value * value, 1e-14)) / middle.length);
}

describe('resampling sound', () => {
  it('keeps a tone in place and at its level, up and down', () => {
    for (const [from, to] of [
      [48_000, 16_000],
      [44_100, 48_000],
      [8_000, 48_000],
      [192_000, 48_000],
      [22_050, 48_000],
      [11_127, 48_000],
    ] as const) {
      const hz = Math.min(from, to) * 0.4;
      const result = convert(tone(hz, from, from / 5), from, to);
      const expected = tone(hz, to, result.length);
      const edge = 400;
      for (let n = edge; n < result.length - edge; n += 1) {
        expect(Math.abs(result[n]! - expected[n]!), `${from} to ${to}, sample ${n}`).toBeLessThan(1e-3);
      }
    }
  });

  it('rejects what would fold back by 80 dB', () => {
    for (const hz of [8_050, 9_000, 12_000, 20_000, 23_900]) {
      expect(level(convert(tone(hz, 48_000, 9_600), 48_000, 16_000)), `${hz} Hz`).toBeLessThan(-80);
    }
    expect(level(convert(tone(6_700, 48_000, 9_600), 48_000, 16_000))).toBeGreaterThan(-0.05);
  });

  it('gives the same numbers whatever pieces the sound comes in', () => {
    const input = tone(440, 44_100, 5_000).map((value, n) => value + ((n * 7919) % 13) / 20);
    for (const [from, to, channels] of [
      [44_100, 48_000, 2],
      [48_000, 16_000, 1],
    ] as const) {
      const whole = convert(input, from, to, channels);
      const resampler = new AudioResampler(from, to, channels);
      const pieces: number[] = [];
      for (let at = 0, size = channels; at < input.length; at += size, size = (size * 3) % 512) {
        size -= size % channels;
        size ||= channels;
        pieces.push(...resampler.push(input.subarray(at, at + size)));
      }
      pieces.push(...resampler.flush());
      expect(pieces).toEqual([...whole]);
    }
  });

  it('gives the rounded number of samples, also for very short sounds', () => {
    for (const length of [1, 2, 3, 4, 5, 100, 47_999]) {
      expect(convert(new Float32Array(length), 48_000, 16_000).length).toBe(Math.round(length / 3));
      expect(convert(new Float32Array(length), 44_100, 48_000).length).toBe(Math.round((length * 160) / 147));
    }
    const constant = convert(new Float32Array(3_000).fill(0.5), 48_000, 16_000);
    expect(Math.abs(constant[500]! - 0.5)).toBeLessThan(1e-6);
  });
});
