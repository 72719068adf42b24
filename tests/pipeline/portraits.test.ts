import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { photoInView, stillMask } from '../../eval/quality/subject.ts';
import { frameShot } from '../../src/compose/framing.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import {
  type Avatar,
  type MotionFrame,
  motionSchema,
  prepareAvatar,
  type Rect,
  readSpeech,
  trackMotion,
  viewSchema,
} from '../../src/index.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { judgeClosures } from '../../src/quality/closure.ts';
import { FlickerMeter } from '../../src/quality/flicker.ts';
import { median, quantile } from '../../src/quality/series.ts';
import { laplacianEnergy } from '../../src/quality/sharpness.ts';
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

/** The face's box in pixels of the frame. */
function faceArea(avatar: Avatar, size: number): Rect {
  const { viewport, width } = frameShot(avatar, 'bust', size);
  const scale = width / viewport.width;
  const { x, y, width: w, height: h } = avatar.face.box;
  return { x: (x - viewport.x) * scale, y: (y - viewport.y) * scale, width: w * scale, height: h * scale };
}

describe('a portrait that speaks', { timeout: 60_000 }, () => {
  it.each(photos)('%s closes its lips in time, opens them, and keeps still around itself', async (photo) => {
    const view = viewSchema.parse({});
    const avatar = await prepareAvatar(photo);
    using renderer = await loadRenderer(meshEngine, avatar, view);
    const flicker = new FlickerMeter(stillMask(avatar, view));
    const gaps = motion.map((moved, index) => {
      flicker.push(renderer.render(moved, index));
      return renderer.lipGap;
    });
    const closures = judgeClosures(gaps, 25, phones);
    expect(closures.bilabialsClosed).toBeGreaterThanOrEqual(0.9);
    expect(closures.silenceClosed).toBeGreaterThanOrEqual(0.95);
    expect(closures.vowelsLost).toBeLessThanOrEqual(0.15);
    expect(flicker.result()?.largest ?? 0).toBe(0);
    const open = gaps.filter((gap) => gap > 0);
    expect(quantile(open, 0.95)).toBeGreaterThan(1.5 * median(open));
  });

  it('keeps the sharpness of a photo that has the pixels', async () => {
    for (const photo of pictures(shipped)) {
      const avatar = await prepareAvatar(photo);
      for (const size of [512, 1024]) {
        const view = viewSchema.parse({ size });
        const area = faceArea(avatar, size);
        const energy = laplacianEnergy(await photoInView(photo, avatar, view), area);
        using renderer = await loadRenderer(meshEngine, avatar, view);
        const ratios = Array.from({ length: 12 }, (_, index) => {
          const frame = renderer.render(motion[5 * index]!, index);
          return laplacianEnergy(frame, area) / energy;
        });
        expect(median(ratios), `${photo} at ${size}`).toBeGreaterThan(0.85);
        expect(median(ratios), `${photo} at ${size}`).toBeLessThan(1.3);
      }
    }
  });
});
