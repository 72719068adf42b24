/** What Whisper's encoder is given, against numbers that `eval/front_ends.py` made from the formulas, and what becomes of its answer. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type WhisperHearing, WhisperStates } from '../../../src/audio/front-ends/whisper-states.ts';
import { type FeatureFrame, seconds } from '../../../src/core/index.ts';
import type { Network } from '../../../src/core/network.ts';
import { goldenSignal } from './golden-signal.ts';

interface Golden {
  readonly samples: number;
  /** Segment and column of each row. */
  readonly columns: readonly (readonly [number, number])[];
  readonly rows: readonly (readonly number[])[];
}
const golden = JSON.parse(readFileSync(new URL('./fixtures/golden.json', import.meta.url), 'utf8')) as Record<
  WhisperHearing,
  Golden
>;
const [BANDS, COLUMNS, ROWS, WIDTH] = [80, 3000, 1500, 5 * 384];

/** Remembers what it is given; row `r` of its answer `n` is `n + r / 10000` throughout. */
function encoder(): Network & { readonly given: Float32Array[] } {
  const given: Float32Array[] = [];
  return {
    given,
    device: 'cpu',
    batch: null,
    async run({ mel }) {
      expect(mel!.shape).toEqual([1, BANDS, COLUMNS]);
      const data = new Float32Array(ROWS * WIDTH);
      for (let row = 0; row < ROWS; row += 1)
        data.fill(given.length + row / 10_000, row * WIDTH, (row + 1) * WIDTH);
      given.push(mel!.data.slice());
      return { states: { shape: [1, ROWS, 5, 384], data } };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** The script's signal, which becomes very quiet after 30 seconds. */
function speech(length: number): Float32Array {
  return goldenSignal(length).map((value, index) => (index < 480_000 ? value : value * 1e-4));
}

async function hear(states: WhisperStates, samples: Float32Array, chunk: number): Promise<FeatureFrame[]> {
  const rows: FeatureFrame[] = [];
  for (let at = 0; at < samples.length; at += chunk)
    rows.push(
      ...(await states.push({
        samples: samples.subarray(at, at + chunk),
        time: seconds(2 + at / 16_000),
      })),
    );
  return [...rows, ...(await states.flush())];
}

describe.each(['pieces', 'whole'] as const)('a speech that Whisper hears (%s)', (hearing) => {
  const { samples, columns, rows } = golden[hearing];

  test('is cut and scaled as by the formulas', async () => {
    const network = encoder();
    await hear(new WhisperStates(network, hearing), speech(samples), samples);
    expect(network.given).toHaveLength(2);
    for (const [index, [segment, column]] of columns.entries()) {
      for (let band = 0; band < BANDS; band += 1) {
        const found = network.given[segment]![band * COLUMNS + column]!;
        expect(Math.abs(found - rows[index]![band]!), `${segment}:${column}:${band}`).toBeLessThan(1e-4);
      }
    }
  });

  test('gives a row for every started 20 ms, at its time', async () => {
    const found = await hear(new WhisperStates(encoder(), hearing), speech(samples), 640);
    expect(found).toHaveLength(Math.ceil(samples / 320));
    for (const index of [0, 1, 1499, 1500, 1563]) {
      const { time, values } = found[index]!;
      expect(time).toBeCloseTo(2 + index / 50, 9);
      expect(values).toHaveLength(WIDTH);
      expect(values[7]).toBeCloseTo(Math.floor(index / ROWS) + (index % ROWS) / 10_000, 6);
    }
  });

  test('is heard the same however it comes, also by one that has heard another before', async () => {
    const long = goldenSignal(1_000_000);
    const [once, often] = [encoder(), encoder()];
    await hear(new WhisperStates(once, hearing), long, long.length);
    const states = new WhisperStates(often, hearing);
    await hear(states, long.subarray(0, 5000), 5000);
    often.given.length = 0;
    await hear(states, long, 70_001);
    expect(often.given).toHaveLength(3);
    for (const [index, mel] of often.given.entries())
      expect(Buffer.compare(Buffer.from(mel.buffer), Buffer.from(once.given[index]!.buffer))).toBe(0);
  });

  test('gives rows as early as it says', async () => {
    const states = new WhisperStates(encoder(), hearing);
    const ahead = Math.round(states.lookAhead * 16_000);
    const first = { samples: goldenSignal(ahead - 1), time: seconds(0) };
    expect(await states.push(first)).toHaveLength(0);
    const last = { samples: new Float32Array(1), time: seconds(ahead / 16_000) };
    expect(await states.push(last)).toHaveLength(ROWS);
  });

  test('may be a few samples, or nothing, or no numbers', async () => {
    expect(await new WhisperStates(encoder(), hearing).flush()).toHaveLength(0);
    const network = encoder();
    const rows = await hear(new WhisperStates(network, hearing), new Float32Array(70).fill(Number.NaN), 70);
    expect(rows).toHaveLength(1);
    expect(network.given[0]!.every(Number.isFinite)).toBe(true);
  });
});
