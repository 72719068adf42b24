import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { BLENDSHAPE_INDEX, type PictureCodec, readSpeech } from '../../../src/index.ts';
import { decodeMotion } from '../../../src/motion/motion-packet.ts';
import { speechFixture } from '../../fixtures/speech.ts';
import { loudness, watch } from './watched-session.ts';

const ffmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!ffmpeg) console.log('FFmpeg is not installed: sessions are not tested in two codecs.');

/** Three seconds of speech, 16 kHz. */
let speech: Float32Array;

beforeAll(async () => {
  const parts: number[] = [];
  for await (const chunk of readSpeech(speechFixture().sound)) parts.push(...chunk.samples);
  speech = Float32Array.from(parts).subarray(0, 48_000);
  // The avatar is prepared here, so that no test has to.
  await using _prepared = await watch({}, undefined, false);
}, 120_000);

describe('a live session', () => {
  it('shows a first picture within 60 ms and lives while nobody speaks, with sound that is silent', async () => {
    await using live = await watch();
    await live.play(2);
    expect(live.pictures[0]!.key).toBe(true);
    expect(live.pictures[0]!.time).toBeLessThanOrEqual(0.06);
    const steps = live.pictures.slice(1).map(({ time }, index) => time - live.pictures[index]!.time);
    expect(Math.max(...steps)).toBeCloseTo(0.04, 6);
    expect(Math.min(...steps)).toBeCloseTo(0.04, 6);
    expect(live.sounds.length).toBe(101);
    expect(live.sounds.map(({ time }) => Math.round(time * 1000))).toEqual(
      Array.from({ length: 101 }, (_, index) => index * 20),
    );
    expect(Math.max(...(await loudness(live.sounds)))).toBeLessThan(1e-3);
    // Something moves: pictures that were all alike would hold next to nothing.
    expect(live.pictures.slice(30).reduce((sum, { data }) => sum + data.length, 0)).toBeGreaterThan(500);
    expect(live.session.stats()).toMatchObject({ repeated: 0, failed: 0, rebuilt: 0 });
    expect(Math.abs(live.session.stats().fps - 25)).toBeLessThan(1);
  });

  it.runIf(ffmpeg)('encodes to every codec that is wanted, and counts each picture once', async () => {
    await using live = await watch();
    await live.session.want({ pictures: true, codecs: ['h264', 'vp8'], motion: false });
    await live.play(1);
    const times = (codec: PictureCodec) =>
      live.pictures.filter((picture) => picture.codec === codec).map(({ time }) => time);
    expect(times('h264').length).toBeGreaterThanOrEqual(24);
    // The last one may still be on its way.
    expect(times('vp8').length).toBeGreaterThanOrEqual(times('h264').length - 1);
    expect(times('vp8')).toEqual(times('h264').slice(0, times('vp8').length));
    expect(live.pictures.find(({ codec }) => codec === 'vp8')!.key).toBe(true);
    expect(live.session.stats()).toMatchObject({ pictures: times('h264').length, repeated: 0 });
    await live.session.want({ pictures: true, codecs: ['vp8'], motion: false });
    live.pictures.length = 0;
    await live.play(0.4);
    expect(new Set(live.pictures.map(({ codec }) => codec))).toEqual(new Set(['vp8']));
  });

  it.each([
    ['default', 0.14],
    ['low-latency', 0.04],
  ] as const)('plays speech %s after %d s at most, and reports it exactly', async (profile, delay) => {
    await using live = await watch({ profile });
    await live.play(0.5);
    await live.session.push(speech.subarray(0, 16_000), { utterance: 'hello' });
    live.session.endUtterance();
    await live.play(2);
    const [started, finished] = live.events;
    expect(started).toMatchObject({ v: 1, type: 'speech_started', id: 'hello' });
    expect(finished).toMatchObject({ type: 'speech_finished', id: 'hello', position: 1, interrupted: false });
    const from = started!.type === 'speech_started' ? started!.time : Number.NaN;
    expect(from - 0.5).toBeGreaterThan(0);
    expect(from - 0.5).toBeLessThanOrEqual(delay + 1e-9);
    const levels = await loudness(live.sounds);
    const loud = levels
      .map((level, index) => (level > 0.01 ? index * 0.02 : null))
      .filter((at) => at !== null);
    expect(loud[0]!).toBeGreaterThan(from - 0.021);
    expect(loud.at(-1)!).toBeLessThan(from + 1.03);
  });

  it.each([
    ['default', 0.16],
    ['low-latency', 0.05],
  ] as const)('shows speech of profile %s within %d s whenever it comes', async (profile, delay) => {
    await using live = await watch({ profile });
    await live.play(0.5);
    const delays: number[] = [];
    for (let trial = 0; trial < 8; trial += 1) {
      // Each at another moment between two pictures, and between two ticks.
      await live.play(0.203);
      const said = live.time.now() / 1000;
      await live.session.push(speech.subarray(0, 4_000), { utterance: `${trial}` });
      live.session.endUtterance();
      await live.play(0.5);
      const started = live.events.findLast(({ type }) => type === 'speech_started') as { time: number };
      delays.push(live.pictures.find(({ time }) => time >= started.time - 1e-6)!.time - said);
    }
    expect(Math.max(...delays)).toBeLessThanOrEqual(delay + 1e-6);
    expect(Math.min(...delays)).toBeLessThan(delay - 0.025);
  });

  it.each(['default', 'low-latency'] as const)(
    'plays speech without a gap in profile %s that comes as it is spoken, now and then 20 ms late',
    async (profile) => {
      await using live = await watch({ profile });
      await live.play(0.51);
      for (let at = 0; at < 16_000; at += 640) {
        await live.session.push(speech.subarray(at, at + 640), { utterance: 'a' });
        await live.play(at % 3_200 === 0 ? 0.06 : at % 3_200 === 640 ? 0.02 : 0.04);
      }
      live.session.endUtterance();
      await live.play(0.5);
      expect(live.events.at(-1)).toMatchObject({ type: 'speech_finished', position: 1 });
      // Before there was speech to spare it had to be waited for, once.
      expect(live.session.stats().starved).toBeLessThanOrEqual(0.08);
    },
  );

  it('rests while speech fails to come within an utterance, and goes on with it', async () => {
    await using live = await watch({ blink: 0 });
    const mouths: { readonly time: number; readonly open: number }[] = [];
    live.session.subscribe({
      motion: ({ data, time }) =>
        mouths.push({ time, open: decodeMotion(data)!.weights[BLENDSHAPE_INDEX.jawOpen]! }),
    });
    await live.session.want({ pictures: true, motion: true });
    const words = speech.subarray(12_000, 24_000);
    await live.session.push(words, { utterance: 'a' });
    await live.play(3);
    const [started] = live.events as { time: number }[];
    const widest = (from: number, to: number): number =>
      Math.max(...mouths.filter(({ time }) => time >= from && time < to).map(({ open }) => open));
    expect(widest(0, started!.time + 0.75)).toBeGreaterThan(0.1);
    expect(widest(started!.time + 1.1, 2.9)).toBeLessThan(0.03);
    expect(live.pictures.length).toBeGreaterThan(72);
    await live.session.push(words, { utterance: 'a' });
    live.session.endUtterance();
    await live.play(1.5);
    expect(widest(3.1, 4.4)).toBeGreaterThan(0.1);
    expect(live.events.map(({ type }) => type)).toEqual(['speech_started', 'speech_finished']);
    expect(live.events.at(-1)).toMatchObject({ position: 1.5, interrupted: false });
  });

  it('is silent at once when it is interrupted, and speaks again at once', async () => {
    await using live = await watch();
    void live.session.push(speech, { utterance: 'a' });
    await live.play(1.003);
    const cut = live.session.interrupt();
    await live.session.push(speech.subarray(0, 8_000), { utterance: 'a' });
    await live.session.push(speech.subarray(8_000, 24_000), { utterance: 'b' });
    live.session.endUtterance();
    await live.play(2);
    const at = live.sounds.findIndex(({ time }) => time >= 1) + 1;
    const levels = await loudness(live.sounds);
    expect(Math.max(...levels.slice(at + 1, at + 6))).toBeLessThan(0.003);
    const { utterance, position } = await cut;
    expect(utterance).toBe('a');
    expect(live.events.map((event) => [event.type, 'id' in event && event.id])).toEqual([
      ['speech_started', 'a'],
      ['speech_finished', 'a'],
      ['speech_started', 'b'],
      ['speech_finished', 'b'],
    ]);
    const [begun, finished, again] = live.events as {
      time: number;
      position: number;
      interrupted: boolean;
    }[];
    expect(finished).toMatchObject({ position, interrupted: true });
    expect(begun!.time + position).toBeLessThan(1.04);
    expect(again!.time).toBeLessThan(1.2);
  });

  it('answers an interruption when nobody speaks', async () => {
    await using live = await watch();
    await live.play(0.3);
    const idle = live.session.interrupt();
    await live.play(0.1);
    expect(await idle).toEqual({ utterance: null, position: 0 });
    expect(live.events).toEqual([]);
  });

  it('makes key pictures only when it is asked to', async () => {
    await using live = await watch();
    await live.play(1);
    live.session.requestKeyFrame();
    await live.play(1);
    const keys = live.pictures.filter(({ key }) => key);
    expect(keys.length).toBe(2);
    expect(keys[1]!.time).toBeGreaterThan(1);
    expect(keys[1]!.time).toBeLessThan(1.12);
  });

  it('changes controls at once, and refuses those that make no sense', async () => {
    await using live = await watch();
    await live.play(0.5);
    for (let turn = 0; turn < 1000; turn += 1) live.session.control({ distance: turn % 2 ? 0.8 : 1.25 });
    expect(() => live.session.control({ distance: 7 })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
    const before = live.pictures.length;
    await live.play(0.6);
    const moving = live.pictures.slice(before).reduce((sum, { data }) => sum + data.length, 0);
    await live.play(3);
    const resting = live.pictures.slice(-15).reduce((sum, { data }) => sum + data.length, 0);
    expect(moving).toBeGreaterThan(2 * resting);
  });

  it('survives sound that is none: not a number, far too loud, empty, at a wrong rate', async () => {
    await using live = await watch();
    await live.session.push(new Float32Array(8_000).fill(Number.NaN), { utterance: 'a' });
    await live.session.push(new Float32Array(8_000).fill(1e30), { utterance: 'a' });
    await live.session.push(new Float32Array(0), { utterance: 'a' });
    await expect(live.session.push(speech, { rate: 44_100 as never })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
    live.session.endUtterance('a');
    await live.play(1.5);
    expect(live.events.at(-1)).toMatchObject({ type: 'speech_finished', position: 1 });
    expect(live.session.stats()).toMatchObject({ repeated: 0, failed: 0 });
  });

  it('can be closed at any moment, once, with its reason', async () => {
    const live = await watch();
    void live.session.push(speech, { utterance: 'a' });
    await live.play(0.2);
    const interruption = live.session.interrupt();
    const [first] = await Promise.all([
      live.session.close('idle'),
      live.session.close('shutdown'),
      interruption,
    ]);
    expect(first).toBeUndefined();
    expect(live.events.filter(({ type }) => type === 'closed')).toEqual([
      { v: 1, type: 'closed', reason: 'idle' },
    ]);
    await expect(live.session.push(speech)).rejects.toMatchObject({ code: 'LIVE_CLOSED' });
    await expect(live.session.interrupt()).rejects.toMatchObject({ code: 'LIVE_CLOSED' });
    expect(live.session.stats().time).toBeGreaterThan(0);
  });

  it('gives up opening when it is told to, and refuses impossible options', async () => {
    const controller = new AbortController();
    const opening = watch({ signal: controller.signal } as object);
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(watch({ bitrate: 5 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
