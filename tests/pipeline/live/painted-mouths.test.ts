/** Live sessions whose mouths are painted by networks with the signatures of Wav2Lip and MuseTalk, and none of their weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type LiveEvent,
  type LiveFrame,
  type LiveOptions,
  openLiveSession,
  prepareAvatar,
  readSpeech,
} from '../../../src/index.ts';
import { ModelStore } from '../../../src/models/store.ts';
import { openLiveSessionOn } from '../../../src/pipeline/live/session.ts';
import { tinyDecoder, tinyEncoder, tinyMuseTalk, tinyWhisper } from '../../engines/onnx/tiny-latents.ts';
import { tinyWav2Lip } from '../../engines/onnx/tiny-networks.ts';
import { speechFixture } from '../../fixtures/speech.ts';
import { ManualTime } from './manual-time.ts';

const SIZE = 128;
const photo = new URL('../../../demo/portraits/ava.png', import.meta.url);
let home = '';
/** One and a half seconds of speech, 16 kHz. */
let speech: Float32Array;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'painted-mouths-'));
  process.env['LOQUENT_MODELS'] = join(home, 'models');
  const parts: number[] = [];
  for await (const { samples } of readSpeech(speechFixture().sound)) parts.push(...samples);
  speech = Float32Array.from(parts).subarray(0, 24_000);
}, 60_000);
afterAll(() => {
  delete process.env['LOQUENT_MODELS'];
  rmSync(home, { recursive: true, force: true });
});

/** Puts networks in the places of published ones. */
async function install(model: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  rmSync(join(home, 'models'), { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(home, `${name}.onnx`), bytes);
  await new ModelStore().importFrom(model, home, { accept: true });
}

/** A session of which everything that is drawn and happens is kept. */
async function open(options: Partial<LiveOptions>, fault = '') {
  const time = new ManualTime();
  const worker = new URL(`./painting-worker.ts?fault=${fault}`, import.meta.url);
  const session = await openLiveSessionOn({ time, worker }, await prepareAvatar(photo), {
    ...{ size: SIZE, still: true, blink: 0, preset: 'fast' },
    ...options,
  });
  const frames: LiveFrame[] = [];
  const events: LiveEvent[] = [];
  session.subscribe({
    frame: (frame) => frames.push(frame),
    event: (event) => events.push(event),
  });
  const outputs = { pictures: false, motion: false, frames: true };
  await session.want(outputs);
  session.start();
  return {
    ...{ session, frames, events },
    async play(length: number): Promise<void> {
      for (let tick = 0; tick < length * 100; tick += 1) {
        time.advance(10);
        // The answer says that the thread has done everything that it was told before.
        await session.want(outputs);
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** How much two frames differ in some rows: the mean of their differences. */
function difference(a: LiveFrame, b: LiveFrame, from: number, to: number): number {
  let sum = 0;
  for (let at = from * SIZE * 4; at < to * SIZE * 4; at += 1) sum += Math.abs(a.data[at]! - b.data[at]!);
  return sum / ((to - from) * SIZE * 4);
}

/** Plays silence, one and a half seconds of speech, and silence. */
async function speak(
  live: Awaited<ReturnType<typeof open>>,
  length = 3,
  words: Float32Array = speech,
): Promise<void> {
  await live.play(0.3);
  const utterance = `${live.session.stats().time}`;
  void live.session.push(words, { utterance });
  live.session.endUtterance(utterance);
  await live.play(length);
}

const told = (events: readonly LiveEvent[], type: LiveEvent['type']) =>
  events.filter((event) => event.type === type);

describe('a live session with Wav2Lip', { timeout: 120_000 }, () => {
  test('says what to do while the weights are missing, and which engines can speak live', async () => {
    await expect(open({ engine: 'wav2lip' })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      hint: expect.stringContaining('loquent models pull wav2lip-gan --accept'),
    });
    await expect(openLiveSession(await prepareAvatar(photo), { engine: 'latentsync' })).rejects.toMatchObject(
      {
        code: 'OPTION_INVALID',
        hint: expect.stringContaining('wav2lip'),
      },
    );
  });

  test('paints the mouth while somebody speaks and nothing else, in time with the sound', async () => {
    await install('wav2lip', { wav2lip: tinyWav2Lip() });
    await using painted = await open({ engine: 'mesh+wav2lip' });
    await using moved = await open({});
    for (const live of [painted, moved]) await speak(live);
    const { mouth, lookAhead, repeated } = painted.session.stats();
    expect(mouth).toMatchObject({ engine: 'wav2lip', painting: true, late: 0, failed: 0 });
    expect(mouth!.painted).toBeGreaterThan(20);
    expect(repeated).toBe(0);
    expect(moved.session.stats().mouth).toBeNull();
    // The window of Wav2Lip, and the time to paint; the sound waits for both.
    expect(lookAhead).toBeCloseTo(moved.session.stats().lookAhead + 0.2, 5);
    expect(told(painted.events, 'warning').map((event) => event.type === 'warning' && event.code)).toContain(
      'MODEL_NON_COMMERCIAL',
    );
    expect(painted.frames.map(({ time }) => time)).toEqual(moved.frames.map(({ time }) => time));
    const heads = painted.frames.map((frame, index) => difference(frame, moved.frames[index]!, 0, 60));
    const mouths = painted.frames.map((frame, index) => difference(frame, moved.frames[index]!, 60, SIZE));
    // Colours go through planes; nothing else happens to the upper half.
    expect(Math.max(...heads) - Math.min(...heads)).toBeLessThan(0.01);
    expect(Math.max(...mouths)).toBeGreaterThan(mouths[0]! + 1);
    expect(mouths.at(-1)).toBeCloseTo(mouths[0]!, 2);
    const steps = mouths.map((value, index) => Math.abs(value - (mouths[index - 1] ?? value)));
    expect(Math.max(...steps)).toBeLessThan(0.8 * Math.max(...mouths));
  });

  test('moves the mouth as without it where it is late, gives it up for a while, and tries again', async () => {
    await using live = await open({ engine: 'wav2lip' }, 'slow');
    await live.play(0.3);
    for (let time = 0; time < 30; time += 1.5) {
      void live.session.push(speech, { utterance: `${time}` });
      await live.play(1.5);
    }
    const { mouth, repeated } = live.session.stats();
    expect(told(live.events, 'mouth_changed')).toMatchObject([
      { painted: false, reason: 'late' },
      { painted: true, reason: 'recovered' },
      { painted: false, reason: 'late' },
    ]);
    expect(mouth!.late).toBeGreaterThan(6);
    expect(mouth!.late).toBeLessThan(40);
    expect(mouth).toMatchObject({ painting: false, failed: 0 });
    expect(repeated).toBe(0);
  });

  test('silences a painted mouth with the sound', async () => {
    await using live = await open({ engine: 'wav2lip' });
    await speak(live, 1.3);
    const rest = live.frames[0]!;
    expect(difference(live.frames.at(-1)!, rest, 60, SIZE)).toBeGreaterThan(1);
    const { mouth, time } = live.session.stats();
    const interruption = live.session.interrupt();
    await live.play(1);
    await interruption;
    for (const frame of live.frames) {
      if (frame.time > time + 0.1) expect(difference(frame, rest, 60, SIZE)).toBeLessThan(0.2);
    }
    expect(live.session.stats().mouth!.painted).toBeLessThanOrEqual(mouth!.painted + 1);
    expect(live.session.stats().mouth!.late).toBe(0);
  });

  test('goes on without a network that gives no numbers, after loading it anew', async () => {
    await install('wav2lip', { wav2lip: tinyWav2Lip({ broken: true }) });
    await using live = await open({ engine: 'wav2lip' });
    await speak(live, 12);
    await speak(live);
    const { mouth, repeated, rebuilt } = live.session.stats();
    expect(mouth).toMatchObject({ painting: false, painted: 0 });
    expect(mouth!.failed).toBeGreaterThan(3);
    expect(rebuilt).toBeGreaterThan(0);
    expect(repeated).toBe(0);
    expect(told(live.events, 'mouth_changed')).toMatchObject([
      { painted: false, reason: 'failed' },
      { painted: true, reason: 'recovered' },
      { painted: false, reason: 'failed' },
    ]);
    expect(JSON.stringify(told(live.events, 'warning'))).toContain('ENGINE_FAILED');
  });
});

describe('a live session with MuseTalk', { timeout: 120_000 }, () => {
  test('paints the mouth after what Whisper hears of the last seconds', async () => {
    await install('musetalk', {
      musetalk_unet: tinyMuseTalk(),
      musetalk_vae_encoder: tinyEncoder(256),
      musetalk_vae_decoder: tinyDecoder(256),
      musetalk_whisper_encoder: tinyWhisper(),
    });
    await using live = await open({ engine: 'musetalk' });
    await speak(live, 2, speech.subarray(8000));
    const { mouth, repeated } = live.session.stats();
    expect(mouth).toMatchObject({ engine: 'musetalk', painting: true, failed: 0 });
    // The drawing thread waits for all but the last three.
    expect(mouth!.late).toBeLessThanOrEqual(3);
    expect(mouth!.painted).toBeGreaterThan(15);
    expect(repeated).toBe(0);
    const mouths = live.frames.map((frame) => difference(frame, live.frames[0]!, 60, SIZE));
    expect(Math.max(...mouths)).toBeGreaterThan(0.3);
    expect(mouths.at(-1)).toBeLessThan(0.1);
    const warnings = told(live.events, 'warning').map((event) => event.type === 'warning' && event.code);
    expect(warnings).toEqual(['ENGINE_SLOW']);
  });
});
