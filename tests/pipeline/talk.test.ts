import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AudioChunk,
  type Avatar,
  type Frame,
  LoquentError,
  prepareAvatar,
  readSpeech,
  seconds,
  talk,
} from '../../src/index.ts';
import { speechFixture } from '../fixtures/speech.ts';

let avatar: Avatar;
let speech: Float32Array;

beforeAll(async () => {
  avatar = await prepareAvatar(new URL('../../demo/portraits/ava.png', import.meta.url));
  const parts: number[] = [];
  for await (const chunk of readSpeech(speechFixture().sound)) parts.push(...chunk.samples);
  speech = Float32Array.from(parts);
}, 60_000);

afterAll(() => {
  speech = new Float32Array(0);
});

/** The first `length` samples of the fixture in chunks of `size` samples. */
async function* chunks(length: number, size: number): AsyncGenerator<AudioChunk> {
  for (let at = 0; at < length; at += size) {
    yield { samples: speech.subarray(at, Math.min(length, at + size)), time: seconds(at / 16_000) };
  }
}

/** A cheap fingerprint of every frame. */
async function fingerprints(frames: AsyncIterable<Frame>): Promise<number[]> {
  const result: number[] = [];
  for await (const frame of frames) {
    let hash = 2166136261;
    for (let i = 0; i < frame.data.length; i += 16) hash = Math.imul(hash ^ frame.data[i]!, 16777619);
    result.push(hash);
  }
  return result;
}

describe('talk', () => {
  it('gives round(duration x fps) frames for any length, and one for none at all', async () => {
    for (const [length, fps] of [
      [0, 25],
      [1, 25],
      [16_000, 25],
      [16_319, 25],
      [16_321, 25],
      [20_011, 30],
    ] as const) {
      const frames = await fingerprints(talk(avatar, chunks(length, 640), { size: 64, fps }));
      expect(frames.length, `${length} samples at ${fps}`).toBe(
        Math.max(1, Math.round((length / 16_000) * fps)),
      );
    }
  });

  it('draws the same pixels however the sound is cut into chunks', async () => {
    const whole = await fingerprints(talk(avatar, chunks(32_000, 32_000), { size: 96 }));
    const pieces = await fingerprints(talk(avatar, chunks(32_000, 333), { size: 96 }));
    expect(pieces).toEqual(whole);
    expect(new Set(whole).size).toBeGreaterThan(20);
  });

  it('counts frames from 0 and stamps them on the media clock', async () => {
    let expected = 0;
    for await (const frame of talk(avatar, chunks(16_000, 640), { size: 64, fps: 50 })) {
      expect(frame.index).toBe(expected);
      expect(frame.time).toBeCloseTo(expected / 50, 9);
      expected += 1;
    }
    expect(expected).toBe(50);
  });

  it('starts before the sound has ended: it needs no more than a second of it', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<AudioChunk> {
      for (;;) {
        asked += 1;
        yield { samples: speech.subarray(0, 640), time: seconds((asked - 1) * 0.04) };
      }
    }
    for await (const frame of talk(avatar, endless(), { size: 64 })) if (frame.index === 2) break;
    expect(asked).toBeLessThan(25);
  });

  it('stops with CANCELLED when its signal is aborted', async () => {
    const controller = new AbortController();
    const run = async () => {
      for await (const frame of talk(avatar, chunks(64_000, 640), { size: 64, signal: controller.signal })) {
        if (frame.index === 3) controller.abort();
      }
    };
    await expect(run()).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('refuses unknown and impossible options by name', () => {
    const run = (options: object) => () => talk(avatar, chunks(0, 1), options);
    expect(run({ sise: 512 })).toThrow(LoquentError);
    expect(run({ size: 5 })).toThrow(/size/);
    expect(run({ mouth: 3 })).toThrow(/mouth/);
  });

  it('shows head, bust and the whole picture', async () => {
    for (const [crop, width, height] of [
      ['head', 128, 128],
      ['bust', 128, 128],
      ['full', 1024, 1024],
    ] as const) {
      const options = crop === 'full' ? { crop } : { crop, size: 128 };
      for await (const frame of talk(avatar, chunks(640, 640), options)) {
        expect([frame.width, frame.height]).toEqual([width, height]);
      }
    }
  });
});

describe('an avatar with a mouth style of its own', () => {
  it('moves its mouth in that style', async () => {
    const styled = (open: number): Avatar => ({
      ...avatar,
      mouthStyle: { open, wide: 1, round: 1, closure: 1 },
    });
    const draw = (one: Avatar) =>
      fingerprints(talk(one, chunks(16_000, 640), { size: 64, still: true, blink: 0 }));
    const ordinary = await draw(avatar);
    expect(await draw(styled(1))).toEqual(ordinary);
    expect(await draw(styled(0.3))).not.toEqual(ordinary);
    expect(
      await fingerprints(
        talk(avatar, chunks(16_000, 640), { size: 64, still: true, blink: 0, mouthOpen: 0.3 }),
      ),
    ).toEqual(await draw(styled(0.3)));
  });
});

describe('a live stream', () => {
  /** Longest time between a frame and the end of the sound that had to be given before it came out, seconds. */
  const longestDelay = async (live: boolean | 'low-latency'): Promise<number> => {
    let given = 0;
    async function* microphone(): AsyncGenerator<AudioChunk> {
      for await (const chunk of chunks(48_000, 320)) {
        given = chunk.time + chunk.samples.length / 16_000;
        yield chunk;
      }
      given = Number.NaN;
    }
    let longest = 0;
    for await (const frame of talk(avatar, microphone(), { size: 64, live })) {
      if (given > 0) longest = Math.max(longest, given - frame.time);
    }
    return longest;
  };

  it('shows a frame less than 0.2 s after its sound, and a chunk of 20 ms', async () => {
    const live = await longestDelay(true);
    expect(live).toBeLessThanOrEqual(0.2 + 0.02 + 1e-9);
    expect(await longestDelay(false)).toBeGreaterThan(live + 0.1);
    expect(await longestDelay('low-latency')).toBeLessThanOrEqual(live - 0.08);
  });
});
