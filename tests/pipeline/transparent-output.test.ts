import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { prepareAvatar, renderFile } from '../../src/index.ts';
import { failure, inputFile, outputs, portrait, refusal, speech } from './support/room.ts';

const hasVp9 = String(spawnSync('ffmpeg', ['-hide_banner', '-encoders']).stdout ?? '').includes('libvpx-vp9');
if (!hasVp9) console.log('FFmpeg has no VP9: transparent WebM is not tested.');

const job = (output: string) => ({ image: portrait, audio: speech, output, size: 128 }) as const;

/** Expects a person on nothing. */
function expectPerson(rgba: Uint8Array, width: number): void {
  const alpha = (x: number, y: number) =>
    rgba[(Math.round(y * width) * width + Math.round(x * width)) * 4 + 3]!;
  for (const [x, y] of [
    [0.02, 0.02],
    [0.97, 0.02],
    [0.02, 0.3],
  ] as const)
    expect(alpha(x, y)).toBeLessThan(3);
  for (const [x, y] of [
    [0.5, 0.35],
    [0.45, 0.5],
    [0.5, 0.9],
  ] as const)
    expect(alpha(x, y)).toBeGreaterThan(252);
  const soft = rgba.filter((value, at) => at % 4 === 3 && value > 20 && value < 235).length;
  expect(soft).toBeGreaterThan(40);
}

describe('a transparent background', { timeout: 120_000 }, () => {
  it('comes out as pictures with alpha and the sound', async () => {
    const report = await renderFile({
      ...job(join(outputs, 'frames', '%04d.png')),
      background: 'transparent',
    });
    const names = (await readdir(join(outputs, 'frames'))).toSorted();
    expect(names).toHaveLength(report.frames + 1);
    expect(names.slice(0, 2)).toEqual(['0000.png', '0001.png']);
    expect(names.at(-1)).toBe('sound.wav');
    expect(await readdir(outputs)).toEqual(['frames']);
    const { data, info } = await sharp(join(outputs, 'frames', names[5]!))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(4);
    expectPerson(data, info.width);
  });

  it.skipIf(!hasVp9)('comes out as WebM with alpha', async () => {
    const output = join(outputs, 'a.webm');
    const report = await renderFile({ ...job(output), background: 'transparent' });
    expect(report.encoder).toBe('ffmpeg libvpx-vp9');
    const raw = spawnSync(
      'ffmpeg',
      ['-v', 'error', '-c:v', 'libvpx-vp9', '-i', output, '-f', 'rawvideo', '-pix_fmt', 'rgba', '-'],
      { maxBuffer: 1 << 28 },
    ).stdout;
    expect(raw.length).toBe(report.frames * 128 * 128 * 4);
    expectPerson(raw.subarray(5 * 128 * 128 * 4, 6 * 128 * 128 * 4), 128);
  });

  it('is refused for MP4 before any work', async () => {
    const error = await refusal({ background: 'transparent' });
    expect(error).toMatchObject({ code: 'OUTPUT_UNSUPPORTED', exitCode: 2 });
    expect(error.hint).toContain('.webm');
  });

  it('leaves no folder when it is cancelled', async () => {
    const controller = new AbortController();
    const work = renderFile({
      ...job(join(outputs, 'frames/')),
      background: 'transparent',
      signal: controller.signal,
      onProgress: ({ frames }) => frames > 2 && controller.abort(),
    });
    expect((await failure(work)).code).toBe('CANCELLED');
  });
});

describe('the whole picture', { timeout: 120_000 }, () => {
  it('without its background shows head and body, and nothing in the corners', async () => {
    const output = join(outputs, 'frames/');
    const report = await renderFile({
      ...job(output),
      background: 'transparent',
      crop: 'full',
      size: 192,
      fps: 5,
      still: true,
    });
    const { data, info } = await sharp(join(outputs, 'frames', '00001.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([report.width, report.height]);
    const alpha = (x: number, y: number) =>
      data[(Math.round(y * info.height) * info.width + Math.round(x * info.width)) * 4 + 3]!;
    expect(Math.max(alpha(0.01, 0.01), alpha(0.98, 0.01))).toBeLessThan(3);
    // Along the body down to the picture's lower edge, across the border of the part that moves.
    for (let y = 0.5; y < 0.995; y += 0.01) expect(alpha(0.5, y), `height ${y}`).toBe(255);
  });
});

describe('another background', { timeout: 120_000 }, () => {
  it('that is a picture which cannot be read is refused, and nothing is left', async () => {
    expect((await refusal({ background: 'no-such-picture.png' })).code).toBe('INPUT_NOT_FOUND');
    const text = await inputFile('text.png', 'no picture');
    expect((await refusal({ background: text })).code).toBe('IMAGE_UNSUPPORTED');
  });

  it('that is missing is noticed before anything else is read', async () => {
    const text = await inputFile('portrait.png', 'no picture');
    const error = await refusal({ image: text, audio: text, background: 'no-such-picture.png' });
    expect(error.code).toBe('INPUT_NOT_FOUND');
    expect(error.message).toContain('no-such-picture.png');
  });

  it('needs a person who could be cut out', async () => {
    const avatar = await prepareAvatar(portrait);
    const uncut = { ...avatar, layers: { ...avatar.layers, matted: false } };
    const error = await refusal({ avatar: uncut, background: 'white' });
    expect(error).toMatchObject({ code: 'PERSON_INSEPARABLE', exitCode: 3 });
  });

  it('that is not understood is refused with what is possible', async () => {
    const error = await refusal({ background: 'blurry' });
    expect(error).toMatchObject({ code: 'OPTION_INVALID', exitCode: 2 });
    expect(error.message).toMatch(/keep, blur/);
  });
});
