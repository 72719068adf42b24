import { describe, expect, test } from 'vitest';
import { Wav2LipMel } from '../../src/audio/front-ends/wav2lip-mel.ts';
import { type AudioChunk, type MotionFrame, neutralMotion, seconds } from '../../src/core/index.ts';
import { wav2lipEngine } from '../../src/engines/wav2lip/index.ts';
import { HeardMovements } from '../../src/pipeline/neural/heard-movements.ts';

const signal = (length: number) =>
  Float32Array.from({ length }, (_, n) => 0.3 * Math.sin(n * n * 1e-6) * Math.sin(n / 40));

async function* chunksOf(samples: Float32Array): AsyncGenerator<AudioChunk> {
  for (let at = 0; at < samples.length; at += 640)
    yield { samples: samples.subarray(at, at + 640), time: seconds(at / 16_000) };
}

/** Movements that come as soon as their sound has, then the rest. */
async function* moveAtOnce(speech: AsyncIterable<AudioChunk>, fps: number): AsyncGenerator<MotionFrame[]> {
  let [heard, given] = [0, 0];
  for await (const { samples } of speech) {
    heard += samples.length;
    while ((given + 1) / fps <= heard / 16_000) yield [neutralMotion(seconds(given++ / fps))];
  }
  while (given < Math.round((heard / 16_000) * fps)) yield [neutralMotion(seconds(given++ / fps))];
  yield [];
}

async function heardAt(samples: Float32Array, fps: number): Promise<Float32Array[]> {
  const heard = new HeardMovements(new Wav2LipMel(), wav2lipEngine.window, fps);
  const windows: Float32Array[] = [];
  for await (const motions of heard.attach(moveAtOnce(heard.listen(chunksOf(samples)), fps)))
    windows.push(...motions.map((motion) => motion.heard));
  return windows;
}

/** All rows at once. */
function rowsOf(samples: Float32Array): Float32Array[] {
  const mel = new Wav2LipMel();
  const rows = [...mel.push({ samples, time: seconds(0) }), ...mel.flush()];
  return rows.map(({ values }) => values);
}

describe('what is heard around a frame', () => {
  test.each([25, 29.97, 50])('are the 16 rows from its time on at %d frames per second', async (fps) => {
    const samples = signal(64_000);
    const rows = rowsOf(samples);
    const windows = await heardAt(samples, fps);
    expect(windows).toHaveLength(Math.round(4 * fps));
    for (const [index, window] of windows.entries()) {
      const first = Math.min(Math.floor((index * 80) / fps), rows.length - 16);
      for (let row = 0; row < 16; row += 1)
        expect(window.subarray(row * 80, (row + 1) * 80)).toEqual(rows[first + row]);
    }
  });

  test('is the last sound again where a speech is shorter than the window', async () => {
    const samples = signal(1600);
    const windows = await heardAt(samples, 25);
    const rows = rowsOf(samples);
    expect(windows).toHaveLength(3);
    expect(windows[0]!.subarray(15 * 80)).toEqual(rows.at(-1));
    expect(windows[0]!.subarray(0, 80)).toEqual(rows[0]);
  });

  test.each(['zeros', 'nearest'] as const)(
    'is %s where a window reaches beyond the speech',
    async (beyond) => {
      const samples = signal(16_000);
      const rows = rowsOf(samples);
      const window = { ...wav2lipEngine.window, rows: 10, first: (index: number) => index * 2 - 4, beyond };
      const heard = new HeardMovements(new Wav2LipMel(), window, 40);
      const windows: Float32Array[] = [];
      for await (const motions of heard.attach(moveAtOnce(heard.listen(chunksOf(samples)), 40)))
        windows.push(...motions.map((motion) => motion.heard));
      expect(windows).toHaveLength(40);
      for (const [index, found] of windows.entries()) {
        for (let row = 0; row < 10; row += 1) {
          const place = index * 2 - 4 + row;
          const nearest = rows[Math.min(Math.max(place, 0), rows.length - 1)]!;
          const outside = place < 0 || place >= rows.length;
          const wanted = outside && beyond === 'zeros' ? new Float32Array(80) : nearest;
          expect(found.subarray(row * 80, (row + 1) * 80), `${index}:${row}`).toEqual(wanted);
        }
      }
    },
  );
});
