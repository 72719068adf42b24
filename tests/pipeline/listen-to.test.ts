import { beforeAll, describe, expect, test } from 'vitest';
import { BLENDSHAPE_INDEX } from '../../src/core/index.ts';
import { motionSchema, parseOptions } from '../../src/core/options.ts';
import {
  type AudioChunk,
  type MotionFrame,
  type MotionOptions,
  readSpeech,
  seconds,
  trackMotion,
} from '../../src/index.ts';
import { type MoveContext, moveTo } from '../../src/pipeline/move.ts';
import { StageClock } from '../../src/pipeline/trace.ts';
import { speechFixture } from '../fixtures/speech.ts';

const LENGTH = 30;
let speech: Float32Array;

beforeAll(async () => {
  const parts: number[] = [];
  for await (const chunk of readSpeech(speechFixture().sound)) parts.push(...chunk.samples);
  speech = new Float32Array(LENGTH * 16_000);
  for (let at = 0; at < speech.length; at++) speech[at] = parts[at % parts.length];
});

async function* chunks(samples: Float32Array, size = 640): AsyncGenerator<AudioChunk> {
  for (let at = 0; at < samples.length; at += size) {
    yield { samples: samples.subarray(at, at + size), time: seconds(at / 16_000) };
  }
}
const silence = (): Float32Array => new Float32Array(LENGTH * 16_000);
const options: MotionOptions = parseOptions(motionSchema, {});

async function moved(context: Partial<MoveContext>): Promise<MotionFrame[]> {
  const frames: MotionFrame[] = [];
  const whole = { clock: new StageClock(), pace: 'stream', ...context } as const;
  for await (const some of moveTo(chunks(silence()), options, whole)) frames.push(...some);
  return frames;
}
/** How often the head goes down by a degree within a third of a second. */
const nods = (frames: readonly MotionFrame[]): number =>
  frames.filter(({ head }, index) => {
    const before = frames[index - 8]?.head.pitch ?? Number.POSITIVE_INFINITY;
    const earlier = frames[index - 9]?.head.pitch ?? Number.POSITIVE_INFINITY;
    const degree = Math.PI / 180;
    return head.pitch - before > degree && (frames[index - 1]?.head.pitch ?? 0) - earlier <= degree;
  }).length;

describe('who listens', () => {
  test('nods to a recording, keeps the mouth shut, and does the same every time', async () => {
    const alone = await trackMotion(chunks(silence()));
    const listening = await trackMotion(chunks(silence()), { listenTo: chunks(speech) });
    const again = await trackMotion(chunks(silence()), { listenTo: chunks(speech, 1000) });
    expect(listening.frames.length).toBe(LENGTH * 25);
    expect(nods(listening.frames)).toBeGreaterThanOrEqual(nods(alone.frames) + 3);
    expect(again.frames).toEqual(listening.frames);
    expect(listening.frames.every(({ weights }) => weights[BLENDSHAPE_INDEX.jawOpen] === 0)).toBe(true);
  });

  test('goes on when the recording ends early', async () => {
    const frames = await moved({ listenTo: chunks(speech.subarray(0, 5 * 16_000)) });
    expect(frames.length).toBe(LENGTH * 25);
  });

  test('does not wait for a live voice that says nothing', async () => {
    async function* never(): AsyncGenerator<AudioChunk> {
      await new Promise(() => {});
    }
    expect((await moved({ pace: 'live', listenTo: never() })).length).toBe(LENGTH * 25);
  });

  test('nods to a live voice too, as it comes', async () => {
    const live = await moved({ pace: 'live', listenTo: chunks(speech) });
    expect(nods(live)).toBeGreaterThanOrEqual(2);
  });

  test('fails as the sound fails, live or not', async () => {
    for (const pace of ['file', 'stream', 'live'] as const) {
      async function* broken(): AsyncGenerator<AudioChunk> {
        yield* chunks(speech.subarray(0, 16_000));
        throw new Error('The line is dead.');
      }
      await expect(moved({ pace, listenTo: broken() })).rejects.toThrow('The line is dead.');
    }
  });
});
