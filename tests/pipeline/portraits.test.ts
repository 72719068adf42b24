import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgePortrait } from '../../eval/portrait-judge.ts';
import {
  type MotionFrame,
  motionSchema,
  prepareAvatar,
  readSpeech,
  trackMotion,
  viewSchema,
} from '../../src/index.ts';
import { speechFixture } from '../fixtures/speech.ts';

const { sound, phones } = speechFixture();
const shipped = new URL('../../demo/portraits/', import.meta.url).pathname;
const media = process.env.LOQUENT_TEST_MEDIA;
const pictures = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /\.(png|jpe?g)$/.test(name) && !name.startsWith('no-'))
    .map((name) => join(folder, name));
const photos = [...pictures(shipped), ...(media ? pictures(join(media, 'portraits')) : [])];
if (!media) console.log('LOQUENT_TEST_MEDIA is not set: only the shipped portraits are judged.');

let motion: readonly MotionFrame[];

beforeAll(async () => {
  motion = (await trackMotion(readSpeech(sound), motionSchema.parse({}))).frames;
});

describe('a portrait that speaks', { timeout: 60_000 }, () => {
  it.each(photos)('%s closes its lips in time, opens them, and keeps still around itself', async (photo) => {
    const report = await judgePortrait(await prepareAvatar(photo), motion, phones, viewSchema.parse({}));
    expect(report.bilabialsClosed).toBeGreaterThanOrEqual(0.9);
    expect(report.silenceClosed).toBeGreaterThanOrEqual(0.95);
    expect(report.vowelsLost).toBeLessThanOrEqual(0.15);
    expect(report.backgroundDifference).toBeLessThan(1);
    expect(report.gapP95).toBeGreaterThan(report.gapP50 * 1.5);
  });

  it('keeps the sharpness of a photo that has the pixels', async () => {
    for (const photo of pictures(shipped)) {
      const avatar = await prepareAvatar(photo);
      for (const size of [512, 1024]) {
        const { sharpness } = await judgePortrait(
          avatar,
          motion.slice(0, 60),
          phones,
          viewSchema.parse({ size }),
        );
        expect(sharpness, `${photo} at ${size}`).toBeGreaterThan(0.85);
        expect(sharpness, `${photo} at ${size}`).toBeLessThan(1.3);
      }
    }
  });
});
