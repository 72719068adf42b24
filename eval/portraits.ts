/**
 * `npm run -s eval -- [--out folder] [--size 512] [photo ...]`: judges whole results on portraits.
 *
 * Each photo speaks the recording with known phones of `tests/fixtures/phones`; the program prints one JSON line per
 * photo (lip closures against the phones, background, sharpness) and, with `--out`, writes two PNG sheets for the eye:
 * twenty-four consecutive mouths at the loudest second and twelve whole frames. Without photos it takes the shipped
 * portraits and, if `LOQUENT_TEST_MEDIA` is set, those in its `portraits` folder.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { frameShot } from '../src/compose/framing.ts';
import { meshEngine } from '../src/engines/mesh/index.ts';
import {
  type Avatar,
  asLoquentError,
  type MotionFrame,
  motionSchema,
  neutralMotion,
  type Picture,
  prepareAvatar,
  type Rect,
  readSpeech,
  seconds,
  trackMotion,
  viewSchema,
} from '../src/index.ts';
import { loadRenderer } from '../src/pipeline/talk.ts';
import { judgeClosures, type PhoneSpan } from '../src/quality/closure.ts';
import { meanAbsoluteDifference } from '../src/quality/difference.ts';
import { laplacianEnergy } from '../src/quality/sharpness.ts';

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
const media = process.env['LOQUENT_TEST_MEDIA'];
const photos =
  positionals.length > 0
    ? positionals
    : [...photosIn(join(root, 'demo/portraits')), ...(media ? photosIn(join(media, 'portraits')) : [])];
if (values.out) mkdirSync(values.out, { recursive: true });

const { sound, phones } = fixture();
const { frames } = await trackMotion(readSpeech(sound), motionSchema.parse({}));
for (const photo of photos) {
  try {
    const avatar = await prepareAvatar(photo);
    const result = await judge(avatar, frames, basename(photo, extname(photo)));
    process.stdout.write(`${JSON.stringify({ photo: basename(photo), ...result })}\n`);
  } catch (error) {
    process.stdout.write(
      `${JSON.stringify({ photo: basename(photo), error: asLoquentError(error).toJSON() })}\n`,
    );
  }
}

/** The shipped recording with known phones. */
function fixture(): { sound: string; phones: PhoneSpan[] } {
  const folder = join(root, 'tests/fixtures/phones');
  const name = readdirSync(folder).find((file) => file.endsWith('.json'))!;
  const read = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const spans = (read.phones ?? read) as [number, number, string][];
  const sound = readdirSync(folder).find(
    (file) => file !== name && file.startsWith(basename(name, '.json')),
  )!;
  return {
    sound: join(folder, sound),
    phones: spans.map(([start, end, phone]) => ({ start: start / 1000, end: end / 1000, phone })),
  };
}

async function judge(avatar: Avatar, motion: readonly MotionFrame[], name: string) {
  const view = viewSchema.parse({ size: Number(values.size), crop: values.crop });
  using renderer = await loadRenderer(meshEngine, avatar, view);
  const still = copy(renderer.render(neutralMotion(seconds(0)), 0));
  const { viewport } = frameShot(avatar, view.crop, view.size);
  const scale = renderer.width / viewport.width;
  const face = toFrame(avatar.face.box, viewport, scale);
  const outside = backgroundMask(avatar, viewport, scale, renderer.width, renderer.height);
  const photoEnergy = laplacianEnergy(await photoInView(avatar, viewport, renderer), face);

  const gaps: number[] = [];
  const sharpness: number[] = [];
  let background = 0;
  const loudest = loudestFrame(motion);
  const mouths: Picture[] = [];
  const wholes: Picture[] = [];
  for (const [index, frame] of motion.entries()) {
    const drawn = renderer.render(frame, index);
    gaps.push(renderer.lipGap);
    if (index % 5 === 0) {
      sharpness.push(laplacianEnergy(drawn, face) / photoEnergy);
      background = Math.max(background, meanAbsoluteDifference(drawn, still, outside));
    }
    if (index >= loudest - 12 && index < loudest + 12) mouths.push(copy(drawn));
    if (index % Math.ceil(motion.length / 12) === 0) wholes.push(copy(drawn));
  }
  if (values.out) {
    const mouth = toFrame(mouthBox(avatar), viewport, scale);
    await sheet(mouths, mouth, 6, 320, join(values.out, `${name}-mouths.png`));
    await sheet(
      wholes,
      { x: 0, y: 0, width: renderer.width, height: renderer.height },
      4,
      480,
      join(values.out, `${name}-frames.png`),
    );
  }
  sharpness.sort((a, b) => a - b);
  const openings = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  return {
    ...judgeClosures(gaps, 25, phones),
    backgroundDifference: Number(background.toFixed(3)),
    sharpness: Number(sharpness[sharpness.length >> 1]!.toFixed(3)),
    gapP50: openings[openings.length >> 1],
    gapP95: openings[Math.floor(openings.length * 0.95)],
    warnings: avatar.warnings.map((warning) => warning.code),
  };
}

function copy({ width, height, data }: Picture): Picture {
  return { width, height, data: data.slice() };
}

function toFrame(rect: Rect, viewport: Rect, scale: number): Rect {
  return {
    x: (rect.x - viewport.x) * scale,
    y: (rect.y - viewport.y) * scale,
    width: rect.width * scale,
    height: rect.height * scale,
  };
}

function mouthBox(avatar: Avatar): Rect {
  const { seam, width } = avatar.mouth;
  const x = avatar.region.x + seam[40 * 3]!;
  const y = avatar.region.y + seam[40 * 3 + 1]!;
  return { x: x - width * 1.1, y: y - width * 0.9, width: width * 2.2, height: width * 2 };
}

function loudestFrame(motion: readonly MotionFrame[]): number {
  let best = 0;
  let at = 12;
  for (let i = 12; i + 12 < motion.length; i++) {
    const sum = motion.slice(i - 12, i + 12).reduce((total, frame) => total + frame.weights[24]!, 0);
    if (sum > best) [best, at] = [sum, i];
  }
  return at;
}

/** Frame pixels that lie farther than 0.06 face heights from the person. */
function backgroundMask(
  avatar: Avatar,
  viewport: Rect,
  scale: number,
  width: number,
  height: number,
): Uint8Array {
  const { region, layers } = avatar;
  const reach = Math.round(avatar.face.height * 0.06);
  const mask = new Uint8Array(width * height);
  const person = (x: number, y: number) => {
    const px = Math.round(x - region.x);
    const py = Math.round(y - region.y);
    if (px < 0 || py < 0 || px >= region.width || py >= region.height) return false;
    return layers.foreground[(py * region.width + px) * 4 + 3]! > 3;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = viewport.x + (x + 0.5) / scale;
      const v = viewport.y + (y + 0.5) / scale;
      let near = false;
      for (let j = -1; j <= 1 && !near; j++)
        for (let i = -1; i <= 1 && !near; i++) near = person(u + i * reach, v + j * reach);
      mask[y * width + x] = near ? 0 : 1;
    }
  }
  return mask;
}

/** The photo itself at the video's size, from the layers. */
async function photoInView(
  avatar: Avatar,
  viewport: Rect,
  size: { width: number; height: number },
): Promise<Picture> {
  const { region, layers } = avatar;
  const photo = layers.background.slice();
  for (let i = 0; i < photo.length; i += 4) {
    const rest = 255 - layers.foreground[i + 3]!;
    for (let c = 0; c < 3; c++) photo[i + c] = layers.foreground[i + c]! + (photo[i + c]! * rest) / 255;
  }
  const left = Math.max(0, viewport.x - region.x);
  const top = Math.max(0, viewport.y - region.y);
  const { data } = await sharp(photo, { raw: { width: region.width, height: region.height, channels: 4 } })
    .extract({
      left,
      top,
      width: Math.min(region.width - left, viewport.width),
      height: Math.min(region.height - top, viewport.height),
    })
    .resize(size.width, size.height, { fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ...size, data: new Uint8Array(data) };
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
