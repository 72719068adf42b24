import { describe, expect, test } from 'vitest';
import { LogMelExtractor } from '../../src/audio/log-mel.ts';
import { type FeatureExtractor, type FeatureFrame, seconds } from '../../src/core/index.ts';
import { babble, lehmer, phoneFixture, tones } from './signals.ts';

const RATE = 16_000;

async function extract(
  extractor: FeatureExtractor,
  signal: Float32Array,
  ...lengths: readonly number[]
): Promise<FeatureFrame[]> {
  const frames: FeatureFrame[] = [];
  let at = 0;
  for (let turn = 0; at < signal.length; turn++) {
    const length = lengths.length === 0 ? signal.length : lengths[turn % lengths.length];
    const samples = signal.subarray(at, at + length);
    frames.push(...(await extractor.push({ samples, time: seconds(2 + at / RATE) })));
    at += length;
  }
  frames.push(...(await extractor.flush()));
  return frames;
}

describe.each([0, 20])('log-mel features with %i rows of hindsight', (hindsight) => {
  for (const length of [0, 1, 159, 160, 161, 12_345]) {
    test(`come out one for every started 10 ms of ${length} samples`, async () => {
      await using extractor = new LogMelExtractor(hindsight);
      const frames = await extract(extractor, babble(length), 640);
      expect(frames.length).toBe(Math.ceil(length / 160));
      frames.forEach(({ time, values }, index) => {
        expect(time).toBeCloseTo(2 + index / extractor.rate, 9);
        expect(values.length).toBe(extractor.dimension);
      });
    });
  }

  test('are the same to the last bit whatever the chunks, and again after a flush', async () => {
    const extractor = new LogMelExtractor(hindsight);
    const signal = phoneFixture().signal.subarray(0, 2 * RATE + 33);
    const whole = await extract(extractor, signal);
    const random = lehmer(3);
    const odd = Array.from({ length: 40 }, () => 1 + Math.floor(random() * 2000));
    for (const lengths of [[640], [1, 7], odd])
      expect(await extract(extractor, signal, ...lengths)).toEqual(whole);
  });

  test('come out as soon as their look-ahead is there', () => {
    const extractor = new LogMelExtractor(hindsight);
    let emitted = 0;
    for (let heard = 40; heard <= RATE; heard += 40) {
      emitted += extractor.push({ samples: babble(40), time: seconds(0) }).length;
      expect(emitted).toBe(Math.max(0, Math.floor((heard / RATE - extractor.lookAhead) * 100 + 1e-9) + 1));
    }
  });

  test('are the caller’s own', () => {
    const extractor = new LogMelExtractor(hindsight);
    const samples = babble(RATE);
    const frames = extractor.push({ samples, time: seconds(0) });
    const copies = frames.map(({ values }) => values.slice());
    extractor.push({ samples, time: seconds(1) });
    expect(frames.map(({ values }) => values)).toEqual(copies);
  });
});

describe('log-mel features', () => {
  test('hardly depend on the level of the recording', async () => {
    const { signal } = phoneFixture();
    const loud = await extract(new LogMelExtractor(), signal);
    const weak = await extract(
      new LogMelExtractor(),
      signal.map((sample) => sample * 0.05),
    );
    const differences = loud
      .slice(100)
      .flatMap(({ values }, row) => [
        ...values.map((value, band) => Math.abs(value - weak[row + 100].values[band])),
      ]);
    expect(differences.reduce((a, b) => a + b) / differences.length).toBeLessThan(0.15);
  });

  test('see the level of a new speaker at once when they have hindsight', async () => {
    const silence = new Float32Array(RATE / 2);
    const buzz = tones(RATE, [150, 0.004], [300, 0.003], [450, 0.003], [900, 0.002]);
    const signal = Float32Array.from([...silence, ...buzz]);
    const settled = (rows: FeatureFrame[], at: number): number =>
      Math.max(...rows[at].values.map((value, band) => Math.abs(value - rows[130].values[band])));
    const blind = settled(await extract(new LogMelExtractor(), signal), 53);
    const seeing = settled(await extract(new LogMelExtractor(20), signal), 53);
    expect(seeing).toBeLessThan(blind);
  });
});
