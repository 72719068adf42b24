/** The front ends of published networks against numbers that `eval/front_ends.py` made from the formulas. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MFCC_COEFFICIENTS, mfcc } from '../../../src/audio/front-ends/mfcc.ts';
import { MixedSpectrum } from '../../../src/audio/front-ends/mixed-spectrum.ts';
import { mirrored, Wav2LipMel } from '../../../src/audio/front-ends/wav2lip-mel.ts';
import { WHISPER_BANDS, whisperMel } from '../../../src/audio/front-ends/whisper-mel.ts';
import { seconds } from '../../../src/core/index.ts';
import { goldenSignal } from './golden-signal.ts';

interface Golden {
  readonly samples: number;
  readonly columns?: number;
  readonly rows: readonly (readonly number[])[];
}
const golden = JSON.parse(readFileSync(new URL('./fixtures/golden.json', import.meta.url), 'utf8')) as Record<
  'wav2lip' | 'whisper' | 'mfcc' | 'short',
  Golden
>;
const TOLERANCE = 1e-4;

/** All rows of a signal that comes in chunks of some lengths. */
function heard(samples: Float32Array, chunks: readonly number[]): Float32Array[] {
  const mel = new Wav2LipMel();
  const rows: Float32Array[] = [];
  let at = 0;
  for (let turn = 0; at < samples.length; turn += 1) {
    const end = Math.min(samples.length, at + chunks[turn % chunks.length]!);
    const found = mel.push({ samples: samples.subarray(at, end), time: seconds(at / 16_000) });
    rows.push(...found.map(({ values }) => values));
    at = end;
  }
  return [...rows, ...mel.flush().map(({ values }) => values)];
}

function farthest(found: ArrayLike<number>, wanted: readonly number[]): number {
  expect(found.length).toBe(wanted.length);
  return Math.max(...wanted.map((value, index) => Math.abs(value - found[index]!)));
}

describe("Wav2Lip's features", () => {
  test.each(['wav2lip', 'short'] as const)('are those of the formulas (%s)', (name) => {
    const { samples, rows } = golden[name];
    const found = heard(goldenSignal(samples), [samples]);
    // One row for every started 12.5 ms.
    expect(found).toHaveLength(Math.ceil(samples / 200));
    for (const [index, row] of found.entries()) expect(farthest(row, rows[index]!)).toBeLessThan(TOLERANCE);
  });

  test('do not depend on how the sound was cut', () => {
    const samples = goldenSignal(100_000);
    const whole = heard(samples, [samples.length]);
    expect(whole).toHaveLength(500);
    expect(heard(samples, [640])).toEqual(whole);
    expect(heard(samples, [1, 7777, 399])).toEqual(whole);
  });

  test('come as early as they say', () => {
    const mel = new Wav2LipMel();
    const ahead = Math.round(mel.lookAhead * 16_000);
    expect(mel.push({ samples: goldenSignal(ahead - 1), time: seconds(2) })).toEqual([]);
    const [row] = mel.push({ samples: new Float32Array(1), time: seconds(2 + ahead / 16_000) });
    expect(row!.time).toBe(2);
  });

  test('take numbers that are none as silence', () => {
    const mel = new Wav2LipMel();
    mel.push({ samples: new Float32Array(4000).fill(Number.NaN), time: seconds(0) });
    for (const { values } of mel.flush()) expect([...values].every((value) => value === -4)).toBe(true);
  });
});

test("Whisper's features are those of the formulas", () => {
  const { samples, columns = 0, rows } = golden.whisper;
  const found = whisperMel(goldenSignal(samples), columns);
  for (const [index, row] of rows.entries()) {
    const column = Array.from({ length: WHISPER_BANDS }, (_, band) => found[band * columns + index * 3]!);
    expect(farthest(column, row)).toBeLessThan(TOLERANCE);
  }
});

test("SyncNet's features are those of the formulas", () => {
  const { samples, rows } = golden.mfcc;
  const found = mfcc(goldenSignal(samples));
  expect(found).toHaveLength(rows.length * MFCC_COEFFICIENTS);
  for (const [index, row] of rows.entries()) {
    const column = found.subarray(index * MFCC_COEFFICIENTS, (index + 1) * MFCC_COEFFICIENTS);
    expect(farthest(column, row)).toBeLessThan(TOLERANCE);
  }
});

test.each([12, 49, 400, 800])('a spectrum of %d samples is the sum that defines it', (size) => {
  const input = Float64Array.from({ length: size }, (_, n) => Math.sin(n * n) + 0.3);
  const spectrum = new MixedSpectrum(size);
  spectrum.transform(input);
  for (let k = 0; k < spectrum.power.length; k += 1) {
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < size; n += 1) {
      real += input[n]! * Math.cos((2 * Math.PI * k * n) / size);
      imaginary -= input[n]! * Math.sin((2 * Math.PI * k * n) / size);
    }
    expect(Math.abs(spectrum.power[k]! - (real ** 2 + imaginary ** 2))).toBeLessThan(1e-7);
  }
});

test('a signal is mirrored about its ends as often as needed', () => {
  expect([-3, -2, -1, 0, 1, 2, 3, 4, 5].map((index) => mirrored(index, 3))).toEqual([
    1, 2, 1, 0, 1, 2, 1, 0, 1,
  ]);
  expect(mirrored(-7, 1)).toBe(0);
});
