/**
 * `npm run -s eval -- [--out folder] [--size 512] [--crop bust] [photo ...]`: judges whole results on portraits.
 *
 * Each photo speaks the recording with known phones of `tests/fixtures/phones`; the program prints one JSON line per
 * photo (lip closures against the phones, background, sharpness) and, with `--out`, writes two PNG sheets for the eye:
 * twenty-four consecutive mouths at the widest second and twelve whole frames. Without photos it takes the shipped
 * portraits and, if `LOQUENT_TEST_MEDIA` is set, those in its `portraits` folder.
 *
 * @module
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { frameShot } from '../src/compose/framing.ts';
import {
  type Avatar,
  asLoquentError,
  BLENDSHAPE_INDEX,
  type MotionFrame,
  motionSchema,
  type Picture,
  prepareAvatar,
  type Rect,
  readSpeech,
  trackMotion,
  viewSchema,
} from '../src/index.ts';
import { speechFixture } from '../tests/fixtures/speech.ts';
import { copyPicture, judgePortrait, toFrame } from './portrait-judge.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    size: { type: 'string', default: '512' },
    crop: { type: 'string', default: 'bust' },
  },
});
const root = new URL('..', import.meta.url).pathname;
const photosIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /\.(png|jpe?g|webp)$/i.test(name))
    .map((name) => join(folder, name));
const media = process.env.LOQUENT_TEST_MEDIA;
const photos =
  positionals.length > 0
    ? positionals
    : [...photosIn(join(root, 'demo/portraits')), ...(media ? photosIn(join(media, 'portraits')) : [])];
if (values.out) mkdirSync(values.out, { recursive: true });

const view = viewSchema.parse({ size: Number(values.size), crop: values.crop });
const { sound, phones } = speechFixture();
const { frames: motion } = await trackMotion(readSpeech(sound), motionSchema.parse({}));
const widest = widestFrame(motion);
for (const path of photos) {
  const photo = basename(path);
  try {
    const avatar = await prepareAvatar(path);
    const mouths: Picture[] = [];
    const wholes: Picture[] = [];
    const report = await judgePortrait(avatar, motion, phones, view, (frame) => {
      if (!values.out) return;
      if (Math.abs(frame.index - widest + 0.5) < 12) mouths.push(copyPicture(frame));
      if (frame.index % Math.ceil(motion.length / 12) === 0) wholes.push(copyPicture(frame));
    });
    if (values.out)
      await writeSheets(avatar, mouths, wholes, join(values.out, basename(path, extname(path))));
    const warnings = avatar.warnings.map((warning) => warning.code);
    process.stdout.write(`${JSON.stringify({ photo, ...report, warnings })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ photo, error: asLoquentError(error).toJSON() })}\n`);
  }
}

async function writeSheets(
  avatar: Avatar,
  mouths: readonly Picture[],
  wholes: readonly Picture[],
  path: string,
): Promise<void> {
  const { viewport } = frameShot(avatar, view.crop, view.size);
  const { width, height } = wholes[0]!;
  await sheet(mouths, toFrame(mouthBox(avatar), viewport, width), 6, 320, `${path}-mouths.png`);
  await sheet(wholes, { x: 0, y: 0, width, height }, 4, 480, `${path}-frames.png`);
}

function mouthBox(avatar: Avatar): Rect {
  const { seam, width } = avatar.mouth;
  const x = avatar.region.x + seam[40 * 3]!;
  const y = avatar.region.y + seam[40 * 3 + 1]!;
  return { x: x - width * 1.1, y: y - width * 0.9, width: width * 2.2, height: width * 2 };
}

/** Middle of the second in which the jaw is open the most. */
function widestFrame(frames: readonly MotionFrame[]): number {
  let best = 0;
  let at = 12;
  for (let i = 12; i + 12 < frames.length; i++) {
    const second = frames.slice(i - 12, i + 12);
    const sum = second.reduce((total, frame) => total + frame.weights[BLENDSHAPE_INDEX.jawOpen]!, 0);
    if (sum > best) [best, at] = [sum, i];
  }
  return at;
}

async function sheet(
  pictures: readonly Picture[],
  area: Rect,
  columns: number,
  cell: number,
  path: string,
): Promise<void> {
  const box = {
    left: Math.max(0, Math.round(area.x)),
    top: Math.max(0, Math.round(area.y)),
    width: Math.round(area.width),
    height: Math.round(area.height),
  };
  const high = Math.round((cell * box.height) / box.width);
  const tiles = await Promise.all(
    pictures.map(async (picture, i) => ({
      input: await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } })
        .extract({
          ...box,
          width: Math.min(box.width, picture.width - box.left),
          height: Math.min(box.height, picture.height - box.top),
        })
        .resize(cell, high, { fit: 'fill' })
        .png()
        .toBuffer(),
      left: (i % columns) * cell,
      top: Math.floor(i / columns) * high,
    })),
  );
  const rows = Math.ceil(pictures.length / columns);
  const image = sharp({
    create: { width: columns * cell, height: rows * high, channels: 3, background: '#000' },
  });
  writeFileSync(path, await image.composite(tiles).png().toBuffer());
}
