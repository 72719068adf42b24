import { beforeAll, describe, expect, test } from 'vitest';
import { Wav2LipMel } from '../../../src/audio/front-ends/wav2lip-mel.ts';
import { type Avatar, liveSchema, neutralMotion, parseOptions, seconds } from '../../../src/core/index.ts';
import type { HearingShot } from '../../../src/engines/hearing-engine.ts';
import { wav2lipEngine } from '../../../src/engines/wav2lip/index.ts';
import { prepareAvatar } from '../../../src/index.ts';
import { i420Length, videoFrameOf } from '../../../src/kernels/colour/index.ts';
import { type LoadedPainter, MouthPainter } from '../../../src/pipeline/live/mouth-painter.ts';
import { HeardMovements } from '../../../src/pipeline/neural/heard-movements.ts';

let avatar: Avatar;
beforeAll(async () => {
  avatar = await prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
}, 60_000);

const sound = Float32Array.from(
  { length: 80_000 },
  (_, n) => 0.3 * Math.sin(n * n * 1e-6) * Math.sin(n / 40),
);
const frame = videoFrameOf(new Uint8Array(i420Length(64, 64)), 64, 64);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A painter of which every shot is noted. */
async function painter(repaint: (shots: readonly HearingShot[]) => Promise<void>) {
  const told: string[] = [];
  let loads = 0;
  const load = async (): Promise<LoadedPainter> => {
    loads += 1;
    if (loads > 2) throw new Error('No longer there.');
    return { renderer: { batch: 2, repaint }, extractor: new Wav2LipMel(), async [Symbol.asyncDispose]() {} };
  };
  const painter = await MouthPainter.open({
    engine: wav2lipEngine,
    avatar,
    options: parseOptions(liveSchema, { engine: 'wav2lip' }),
    load,
    outlet: {
      painted: (count) => told.push(`painted ${count}`),
      rebuilt: ({ message }) => told.push(`rebuilt: ${message}`),
      gaveUp: ({ message }) => told.push(`gave up: ${message}`),
    },
  });
  return { painter, told };
}

/** What a file's frames hear, whose mouths are as far ahead of the sound as those of a session: half a frame. */
async function offline(): Promise<Float32Array[]> {
  const heard = new HeardMovements(new Wav2LipMel(), wav2lipEngine.window, 50);
  const moved = heard.attach(
    (async function* () {
      for await (const { time, samples } of heard.listen([{ samples: sound, time: seconds(0) }] as never))
        yield Array.from({ length: (samples.length / 16_000) * 50 }, (_, n) =>
          neutralMotion(seconds(time + n / 50)),
        );
    })(),
  );
  const windows: Float32Array[] = [];
  for await (const motions of moved) windows.push(...motions.map(({ heard }) => heard));
  return windows;
}

describe('what paints the mouths of a session', () => {
  test('hears what the engine hears in a file, whether it paints all the time or now and then', async () => {
    const expected = await offline();
    const seen: HearingShot[] = [];
    const { painter: live, told } = await painter(async (shots) => void seen.push(...shots));
    const asked: number[] = [];
    for (let index = 0; index < 125; index += 1) {
      live.hear({ samples: sound.subarray(index * 640, (index + 1) * 640), time: seconds(index / 25) });
      // A movement comes some pictures after its sound; nobody speaks for two seconds.
      const moved = index - 5;
      if (moved >= 0 && (moved < 20 || moved > 70)) {
        asked.push(moved);
        live.paint(neutralMotion(seconds(moved / 25)), frame);
      }
      await turn();
    }
    expect(seen.length).toBeGreaterThan(60);
    for (const [index, { heard }] of seen.entries()) expect(heard).toEqual(expected[asked[index]! * 2 + 1]);
    expect(new Set(told)).toEqual(new Set(['painted 1']));
    expect(live.lookAhead).toBeCloseTo(15 / 80 + 401 / 16_000 + 0.02, 6);
  });

  test('paints several pictures at once when they wait, and none that was dropped', async () => {
    const groups: number[] = [];
    const { painter: live } = await painter(async (shots) => void groups.push(shots.length));
    const paintings = Array.from({ length: 5 }, (_, index) =>
      live.paint(neutralMotion(seconds(index / 25)), frame),
    );
    paintings[1]!.drop();
    expect(groups).toEqual([]);
    live.hear({ samples: sound, time: seconds(0) });
    await turn();
    expect(groups).toEqual([2, 2]);
    expect(paintings.map(({ outcome }) => outcome)).toEqual([
      'painted',
      'waiting',
      'painted',
      'painted',
      'painted',
    ]);
  });

  test('loads the networks anew after three failures, once they fail again gives them up, and says so', async () => {
    const { painter: live, told } = await painter(async () => {
      throw new Error('Out of order.');
    });
    const outcomes: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      live.hear({ samples: sound.subarray(index * 640, (index + 1) * 640), time: seconds(index / 25) });
      const painting = index < 5 ? null : live.paint(neutralMotion(seconds((index - 5) / 25)), frame);
      await turn();
      if (painting) outcomes.push(painting.outcome);
    }
    expect(told).toEqual([
      expect.stringMatching(/^rebuilt: .*Out of order/),
      expect.stringMatching(/^gave up: /),
    ]);
    expect(live.works).toBe(false);
    expect(outcomes.slice(-10)).toEqual(new Array(10).fill('failed'));
  });
});
