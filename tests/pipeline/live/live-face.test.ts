import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  LIVE_PROFILES,
  type LiveProfile,
  liveSchema,
  type MotionFrame,
  parseOptions,
  prepareAvatar,
  readSpeech,
  seconds,
} from '../../../src/index.ts';
import { AudioResampler } from '../../../src/kernels/resample-audio/index.ts';
import { Hush } from '../../../src/pipeline/live/hush.ts';
import { LiveFace } from '../../../src/pipeline/live/live-face.ts';
import { SoundBatch } from '../../../src/pipeline/live/sound-batch.ts';
import { speechFixture } from '../../fixtures/speech.ts';

const BLOCK = 480;
let avatar: Avatar;
/** Speech, 48 kHz. */
let speech: Float32Array;

beforeAll(async () => {
  avatar = await prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
  const parts: number[] = [];
  for await (const { samples } of readSpeech(speechFixture().sound)) parts.push(...samples);
  speech = new AudioResampler(16_000, 48_000, 1).push(Float32Array.from(parts));
}, 60_000);

const face = (profile: LiveProfile = 'default', fps = 25) =>
  LiveFace.create(avatar, parseOptions(liveSchema, { profile, fps, blink: 0 }));

/** How far the mouth is from rest in each frame. */
const openness = ({ weights }: MotionFrame): number =>
  weights[BLENDSHAPE_INDEX.jawOpen]! +
  weights[BLENDSHAPE_INDEX.mouthPucker]! +
  weights[BLENDSHAPE_INDEX.mouthFunnel]!;

describe('a face that hears live speech', () => {
  it.each(LIVE_PROFILES)('has every movement of profile %s ready when it is shown', async (profile) => {
    const live = await face(profile);
    for (let at = 0; at + BLOCK <= 48_000 * 2; at += BLOCK) {
      for (const { time } of live.hear(speech.subarray(at, at + BLOCK))) {
        // A session hears whole blocks of 10 ms.
        const shown = (at + BLOCK) / 48_000 - Math.ceil(live.lookAhead * 100) / 100;
        expect(shown).toBeLessThanOrEqual(time + live.lag + 1e-9);
      }
    }
    expect(live.lookAhead).toBeLessThanOrEqual((profile === 'default' ? 0.14 : 0.04) + 1e-9);
  });

  it.each([
    ['default', 25],
    ['low-latency', 25],
    ['default', 10],
    ['low-latency', 12],
    ['default', 30],
    ['low-latency', 60],
  ] as const)(
    'moves in time when %s hears in batches, one for each of %d pictures a second',
    async (profile, fps) => {
      const live = await face(profile, fps);
      const batch = new SoundBatch(fps, seconds(live.lag + live.lookAhead));
      let movements = 0;
      let batches = 0;
      for (let at = 0; at + BLOCK <= 48_000 * 2; at += BLOCK) {
        const samples = batch.push(speech.subarray(at, at + BLOCK));
        if (!samples) continue;
        batches += 1;
        for (const { time } of live.hear(samples)) {
          movements += 1;
          const shown = (at + BLOCK) / 48_000 - Math.ceil(live.lookAhead * 100 - 1e-6) / 100;
          expect(shown).toBeLessThanOrEqual(time + live.lag + 0.01);
        }
      }
      expect(batches).toBeLessThanOrEqual(movements);
      expect(movements).toBeGreaterThan(1.6 * fps);
    },
  );

  it('brings the mouth to rest within 50 ms when speech is taken back, without a jump, and opens it again', async () => {
    const live = await face();
    const frames: MotionFrame[] = [];
    let hushed = false;
    const from = 1.2;
    for (let at = 0; at + BLOCK <= 48_000 * 3; at += BLOCK) {
      const heard = at / 48_000;
      if (!hushed && heard - live.lookAhead >= from) {
        hushed = true;
        live.hush.begin(seconds(from - live.lag), seconds(heard));
      }
      frames.push(...live.hear(speech.subarray(at, at + BLOCK)));
    }
    const shown = frames.map((frame) => ({ at: frame.time + live.lag, open: openness(frame) }));
    const between = (start: number, end: number) =>
      shown.filter(({ at }) => at >= start - 1e-9 && at < end).map(({ open }) => open);
    expect(Math.max(...between(from - 0.3, from))).toBeGreaterThan(0.1);
    expect(Math.max(...between(from + 0.05, from + live.lookAhead))).toBe(0);
    expect(Math.max(...between(from + 0.3, 3))).toBeGreaterThan(0.1);
  });

  it('never jumps, however often speech is taken back', () => {
    const hush = new Hush();
    const shown: number[] = [];
    for (let step = 0; step < 500; step += 1) {
      if (step % 37 === 20) hush.begin(seconds(step / 200), seconds(step / 200 + 0.03 * (step % 5)));
      shown.push(hush.voiced(seconds(step / 200)));
    }
    expect(Math.max(...shown.slice(1).map((value, index) => Math.abs(value - shown[index]!)))).toBeLessThan(
      0.2,
    );
    expect(Math.min(...shown)).toBe(0);
    expect(shown.at(-1)).toBe(1);
  });

  it('depends on the sound alone, not on how it is cut', async () => {
    const [fine, coarse] = [await face(), await face()];
    const a: MotionFrame[] = [];
    for (let at = 0; at < 96_000; at += BLOCK) a.push(...fine.hear(speech.subarray(at, at + BLOCK)));
    const b = [...coarse.hear(speech.subarray(0, 96_000))];
    expect(b.length).toBe(a.length);
    expect(b.map(openness)).toEqual(a.map(openness));
  });
});
