/** Whisper's encoder over the last seconds of a speech that goes on. */
import { describe, expect, test } from 'vitest';
import { RollingWhisper } from '../../../src/audio/front-ends/rolling-whisper.ts';
import { scaledLevel, whisperMel } from '../../../src/audio/front-ends/whisper-mel.ts';
import { WhisperStates } from '../../../src/audio/front-ends/whisper-states.ts';
import { type FeatureExtractor, type FeatureFrame, seconds } from '../../../src/core/index.ts';
import type { Network } from '../../../src/core/network.ts';
import { goldenSignal } from './golden-signal.ts';

const [BANDS, COLUMNS, ROWS, WIDTH] = [80, 3000, 1500, 5 * 384];

/** Remembers what it is given; each row of its answer begins with the two columns that it stands for. */
function encoder(): Network & { readonly given: Float32Array[] } {
  const given: Float32Array[] = [];
  return {
    given,
    device: 'cpu',
    batch: null,
    async run({ mel }) {
      expect(mel!.shape).toEqual([1, BANDS, COLUMNS]);
      const data = new Float32Array(ROWS * WIDTH);
      for (let column = 0; column < COLUMNS; column += 1)
        for (let band = 0; band < BANDS; band += 1)
          data[(column >> 1) * WIDTH + (column % 2) * BANDS + band] = mel!.data[band * COLUMNS + column]!;
      given.push(mel!.data.slice());
      return { states: { shape: [1, ROWS, 5, 384], data } };
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function hear(
  extractor: FeatureExtractor,
  samples: Float32Array,
  chunk: number,
): Promise<FeatureFrame[]> {
  const rows: FeatureFrame[] = [];
  for (let at = 0; at < samples.length; at += chunk)
    rows.push(
      ...(await extractor.push({
        samples: samples.subarray(at, at + chunk),
        time: seconds(2 + at / 16_000),
      })),
    );
  return rows;
}

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);

describe('a speech that Whisper hears while it is spoken', () => {
  test('is to its encoder what a speech is that ends now', async () => {
    const network = encoder();
    const extractor = new RollingWhisper(network);
    const speech = goldenSignal(48_000);
    for (const end of [640, 1920, 16_000, 47_360]) {
      const heard = network.given.length;
      extractor.reset();
      await hear(extractor, speech.subarray(0, end), 640);
      if (end === 640) expect(network.given).toHaveLength(heard);
      else expect(largest(network.given.at(-1)!, whisperMel(speech.subarray(0, end)))).toBeLessThan(1e-6);
    }
  });

  test('gives the rows of the front end for files where the encoder hears the same', async () => {
    const speech = goldenSignal(15_900);
    const [rolling, whole] = [new RollingWhisper(encoder()), new WhisperStates(encoder(), 'pieces')];
    const rows = [...(await hear(rolling, speech, 15_900)), ...(await rolling.flush())];
    await hear(whole, speech, 15_900);
    const expected = await whole.flush();
    expect(rows.map(({ time }) => time)).toEqual(expected.map(({ time }) => time));
    for (const [index, { values }] of rows.entries())
      expect(largest(values, expected[index]!.values)).toBeLessThan(1e-6);
  });

  test('gives a row for every started 20 ms at its time, at most 100 ms after it was said', async () => {
    const extractor = new RollingWhisper(encoder());
    const speech = goldenSignal(20_000);
    let rows = 0;
    for (let at = 0; at < speech.length; at += 500) {
      const samples = speech.subarray(at, at + 500);
      for (const { time, values } of await extractor.push({ samples, time: seconds(2 + at / 16_000) })) {
        expect(time).toBeCloseTo(2 + rows / 50, 9);
        expect(values).toHaveLength(WIDTH);
        rows += 1;
      }
      // Two rows at once, those that 80 ms are heard behind.
      const ready = Math.floor((at + samples.length - 1280) / 320) + 1;
      expect(rows).toBeLessThanOrEqual(Math.max(0, ready));
      expect(rows).toBeGreaterThanOrEqual(ready - 1);
    }
    expect(extractor.lookAhead).toBeCloseTo(0.1, 9);
    rows += (await extractor.flush()).length;
    expect(rows).toBe(Math.ceil(20_000 / 320));
  });

  test('keeps the last ten seconds, however long it becomes', async () => {
    const network = encoder();
    const extractor = new RollingWhisper(network);
    const speech = goldenSignal(14 * 16_000);
    const rows = await hear(extractor, speech, 8000);
    expect(rows).toHaveLength(14 * 50 - 3);
    const last = network.given.at(-1)!;
    // A column of the middle, as it is in the spectrum of the whole speech; behind the last one there is silence.
    const whole = whisperMel(speech);
    for (let band = 0; band < BANDS; band += 1) {
      expect(last[band * COLUMNS + 600]).toBeCloseTo(whole[band * COLUMNS + 1000]!, 5);
      expect(last[band * COLUMNS + 1002]).toBeCloseTo(last[COLUMNS - 1]!, 9);
    }
    expect(rows.at(-1)!.values[0]).toBe(last[2 * (500 - 4)]);
  });

  test('is scaled by the loudest of what is still heard', async () => {
    const network = encoder();
    const loud = goldenSignal(16_000);
    const quiet = goldenSignal(12 * 16_000).map((value) => 1e-3 * value);
    await hear(new RollingWhisper(network), Float32Array.from([...loud, ...quiet]), 16_000);
    const loudest = (mel: Float32Array) => mel.reduce((most, value) => Math.max(most, value), -9);
    // A thousandth of an amplitude is a millionth of the power.
    expect(loudest(network.given[0]!) - loudest(network.given.at(-1)!)).toBeCloseTo(6 / 4, 1);
  });

  test('takes what is not a number as silence, and begins anew after a reset', async () => {
    const network = encoder();
    const extractor = new RollingWhisper(network);
    await hear(extractor, new Float32Array(3200).fill(Number.NaN), 1600);
    expect(new Set(network.given.at(-1)!)).toEqual(new Set([Math.fround(scaledLevel(-10, -10))]));
    extractor.reset();
    const [first] = await extractor.push({ samples: goldenSignal(3200), time: seconds(7) });
    expect(first!.time).toBe(7);
    expect(largest(network.given.at(-1)!, whisperMel(goldenSignal(3200)))).toBeLessThan(1e-6);
  });
});
