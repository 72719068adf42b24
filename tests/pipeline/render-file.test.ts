import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAvatar, type Progress, prepareAvatar, renderFile, saveAvatar } from '../../src/index.ts';
import { speechFixture } from '../fixtures/speech.ts';

const portrait = new URL('../../demo/portraits/sam.png', import.meta.url);
const { sound } = speechFixture();
let folder: string;
let cache: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loquent-test-'));
  cache = process.env.LOQUENT_CACHE;
  process.env.LOQUENT_CACHE = join(folder, 'cache');
});

afterEach(async () => {
  if (cache === undefined) delete process.env.LOQUENT_CACHE;
  else process.env.LOQUENT_CACHE = cache;
  await rm(folder, { recursive: true, force: true });
});

/** Everything in the folder but the cache. */
const left = async () => (await readdir(folder)).filter((name) => name !== 'cache');

async function tracks(path: string) {
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(await readFile(path)) });
  const video = (await input.getPrimaryVideoTrack())!;
  const audio = (await input.getPrimaryAudioTrack())!;
  const facts = {
    videoEnd: await video.computeDuration(),
    audioEnd: await audio.computeDuration(),
    videoStart: await video.getFirstTimestamp(),
    packets: (await video.computePacketStats()).packetCount,
  };
  input[Symbol.dispose]?.();
  return facts;
}

/** What is encoded, without what the file says about itself. */
async function packets(path: string) {
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(await readFile(path)) });
  const hashes: string[] = [];
  for (const track of await input.getTracks()) {
    for await (const { data } of new EncodedPacketSink(track).packets())
      hashes.push(createHash('sha256').update(data).digest('hex'));
  }
  input[Symbol.dispose]?.();
  return hashes;
}

describe('renderFile', { timeout: 120_000 }, () => {
  for (const encoder of ['auto', 'embedded'] as const) {
    it(`makes a video exactly as long as the speech with the ${encoder} encoder`, async () => {
      const output = join(folder, 'out.mp4');
      const report = await renderFile({ image: portrait, audio: sound, output, size: 128, encoder });
      const facts = await tracks(output);
      expect(facts.packets).toBe(report.frames);
      expect(Math.abs(facts.videoEnd - facts.audioEnd)).toBeLessThan(0.045);
      expect(facts.videoEnd).toBeCloseTo(report.duration, 2);
      expect(facts.videoStart).toBe(0);
      expect(await left()).toEqual(['out.mp4']);
    });
  }

  it('makes the same pictures and sound with one thread and with three', async () => {
    const job = { image: portrait, audio: sound, size: 64, encoder: 'embedded' } as const;
    const made = async (threads: number) => {
      const output = join(folder, `${threads}.mp4`);
      expect((await renderFile({ ...job, output, threads })).threads).toBe(threads);
      return packets(output);
    };
    expect(await made(3)).toEqual(await made(1));
  });

  it('prepares a photo once and knows it the next time', async () => {
    const job = { image: portrait, audio: sound, size: 64 };
    const first = await renderFile({ ...job, output: join(folder, 'a.mp4') });
    const second = await renderFile({ ...job, output: join(folder, 'b.mp4') });
    expect([first.avatarCached, second.avatarCached]).toEqual([false, true]);
  });

  it('rebuilds a damaged cache entry and says so', async () => {
    const job = { image: portrait, audio: sound, size: 64 };
    await renderFile({ ...job, output: join(folder, 'a.mp4') });
    const entries = await readdir(join(folder, 'cache'), { recursive: true, withFileTypes: true });
    const entry = entries.find((file) => file.isFile() && file.name.includes('.'))!;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 0xff;
    await writeFile(path, bytes);
    const again = await renderFile({ ...job, output: join(folder, 'b.mp4') });
    expect(again.avatarCached).toBe(false);
    expect(again.warnings.map((warning) => warning.code)).toContain('CACHE_CORRUPT');
  });

  it('takes an avatar file in place of a photo, whatever its name', async () => {
    const avatar = await prepareAvatar(portrait);
    await saveAvatar(avatar, join(folder, 'sam.avatar'));
    expect((await loadAvatar(join(folder, 'sam.avatar'))).id).toBe(avatar.id);
    await writeFile(join(folder, 'renamed.png'), await readFile(join(folder, 'sam.avatar')));
    const output = join(folder, 'out.mp4');
    const report = await renderFile({ image: join(folder, 'renamed.png'), audio: sound, output, size: 64 });
    expect(report.avatarCached).toBe(true);
  });

  it('tells its progress, which never falls and ends at 1', async () => {
    const events: Progress[] = [];
    await renderFile({
      image: portrait,
      audio: sound,
      output: join(folder, 'out.mp4'),
      size: 64,
      onProgress: (event) => void events.push(event),
    });
    const done = events.map((event) => event.done);
    expect([...done].sort((a, b) => a - b)).toEqual(done);
    expect(done.at(-1)).toBe(1);
    expect(events.map((event) => event.stage)).toContain('avatar');
    expect(events.at(-1)!.frames).toBe(events.at(-1)!.totalFrames);
  });

  it('leaves nothing behind when it is cancelled in the middle', async () => {
    const controller = new AbortController();
    const run = renderFile({
      image: portrait,
      audio: sound,
      output: join(folder, 'out.mp4'),
      size: 64,
      signal: controller.signal,
      onProgress: (event) => event.frames > 20 && controller.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await left()).toEqual([]);
  });

  it('refuses to replace a file unless it is told to, before any work', async () => {
    const output = join(folder, 'out.mp4');
    await writeFile(output, 'mine');
    await expect(renderFile({ image: portrait, audio: sound, output })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    });
    expect(await readFile(output, 'utf8')).toBe('mine');
    await renderFile({ image: portrait, audio: sound, output, size: 64, force: true });
    expect((await readFile(output)).length).toBeGreaterThan(1000);
  });

  it('keeps the old file when a forced job fails', async () => {
    const output = join(folder, 'out.mp4');
    await writeFile(output, 'mine');
    const audio = join(folder, 'noise.wav');
    await writeFile(audio, 'this is no sound');
    await expect(renderFile({ image: portrait, audio, output, force: true })).rejects.toThrow();
    expect(await readFile(output, 'utf8')).toBe('mine');
  });

  it('wants exactly one of photo and avatar', async () => {
    const output = join(folder, 'out.mp4');
    await expect(renderFile({ audio: sound, output })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
