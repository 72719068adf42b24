import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/index.ts';
import { renderFile } from '../../src/index.ts';
import { readVideoFrames } from '../../src/media/video-frames.ts';
import { speechFixture } from '../fixtures/speech.ts';

const image = new URL('../../demo/portraits/sam.png', import.meta.url);
const { sound } = speechFixture();
const filters = spawnSync('ffmpeg', ['-hide_banner', '-filters'], { encoding: 'utf8' }).stdout ?? '';
const draws = / ass /.test(filters);
if (!draws) console.log('This machine has no FFmpeg with libass: captions are not drawn in these tests.');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loquent-test, [it's]: "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const job = { image, audio: sound, size: 128, fps: 5, preset: 'fast', still: true } as const;
const captions = [{ text: 'MMMMMMMM', start: 0.4, end: 10 }];

/** Share of white pixels in the lower third of the first and the fourth frame. */
async function whiteness(path: string): Promise<number[]> {
  const shares: number[] = [];
  for await (const { width, height, data } of readVideoFrames(path, { from: seconds(0), count: 4 })) {
    const from = Math.floor((height * 2) / 3) * width * 4;
    let white = 0;
    for (let at = from; at < data.length; at += 4)
      if (data[at]! + data[at + 1]! + data[at + 2]! > 720) white += 1;
    shares.push(white / ((data.length - from) / 4));
  }
  return [shares[0]!, shares[3]!];
}

describe('captions in the pictures', { timeout: 120_000 }, () => {
  it.skipIf(!draws)('stand there from their time on, whatever the folders are called', async () => {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    try {
      await renderFile({ ...job, output: join(folder, 'plain.mp4') });
      await renderFile({ ...job, captions, output: join(folder, 'shown.mp4') });
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
    const [plain, shown] = [
      await whiteness(join(folder, 'plain.mp4')),
      await whiteness(join(folder, 'shown.mp4')),
    ];
    expect(shown[0]).toBeCloseTo(plain[0]!, 2);
    expect(shown[1]! - plain[1]!).toBeGreaterThan(0.005);
    expect((await readdir(folder)).toSorted()).toEqual(['plain.mp4', 'shown.mp4']);
  });

  it.each([
    ['embedded', 'a.mp4'],
    ['auto', 'frames/'],
  ] as const)('are refused by the encoder %s for %s, with what is missing', async (encoder, name) => {
    const refused = renderFile({ ...job, captions, encoder, output: join(folder, name) });
    await expect(refused).rejects.toMatchObject({
      code: 'ENCODER_MISSING',
      message: expect.stringContaining('captions'),
      hint: expect.stringContaining('libass'),
    });
  });

  it('that are no captions are refused before any work', async () => {
    const refused = renderFile({
      ...job,
      captions: new TextEncoder().encode('Hello'),
      output: join(folder, 'b.mp4'),
    });
    await expect(refused).rejects.toMatchObject({ code: 'CAPTIONS_INVALID' });
  });
});
