/**
 * Makes the pictures of `docs/mouth.md` out of the program itself: the mouth of every viseme, the curves of a short
 * sentence, and what the style gains do.
 *
 * `node scripts/mouth-pictures.ts [--out docs/media] [--portrait demo/portraits/ava.png]`
 *
 * @module
 */
import '../src/platform/node/use.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import { frameShot } from '../src/compose/framing.ts';
import { type Avatar, type MotionFrame, type PhoneTrack, seconds } from '../src/core/index.ts';
import { meshEngine } from '../src/engines/mesh/index.ts';
import { createMotion, knowSpeech, lipsClosed, type MotionStageOptions } from '../src/motion/index.ts';
import { lipDistances } from '../src/motion/lip-distances.ts';
import { prepareAvatar } from '../src/pipeline/prepare-avatar.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FPS = 50;

/** Phones one after the other: symbol and length in seconds, a space between. */
function sentence(text: string): PhoneTrack {
  let end = 0;
  const phones = text.split(/\s+/).map((part) => {
    const [symbol, length] = part.split(':');
    const start = end;
    end += Number(length);
    return { start: seconds(start), end: seconds(end), symbol: symbol === '_' ? '' : symbol };
  });
  return { notation: 'ipa', phones };
}

async function move(phones: PhoneTrack, options: MotionStageOptions = {}): Promise<MotionFrame[]> {
  const known = await knowSpeech(phones);
  const motion = createMotion({ fps: FPS, still: true, blink: 0, known, ...options });
  const steps = Array.from({ length: Math.ceil(known.end * 50) }, (_, index) =>
    known.frame(seconds(index / 50)),
  );
  return [...motion.push(steps), ...motion.flush(known.end)];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Mouths of the movements, side by side with what they say below. */
async function drawMouths(
  avatar: Avatar,
  cells: readonly (readonly [label: string, frame: MotionFrame])[],
  columns: number,
  file: string,
): Promise<void> {
  const shot = frameShot(avatar, 'head', 768);
  const scale = shot.width / shot.viewport.width;
  using renderer = await meshEngine.load(avatar, { ...shot, surround: null, oversampling: 2 });
  const { seam, width: mouth } = avatar.mouth;
  const middle = [
    (seam[120] + avatar.region.x - shot.viewport.x) * scale,
    (seam[121] + avatar.region.y - shot.viewport.y) * scale,
  ];
  const half = 0.85 * mouth * scale;
  const cut = {
    left: Math.round(middle[0] - half),
    top: Math.round(middle[1] - 0.7 * half),
    width: Math.round(2 * half),
    height: Math.round(1.7 * half),
  };
  const cell = { width: 176, height: Math.round((176 * cut.height) / cut.width) };
  const labelHeight = 24;
  const tiles: OverlayOptions[] = [];
  for (const [index, [label, frame]] of cells.entries()) {
    const { data, width, height } = renderer.render(frame, index);
    const left = (index % columns) * (cell.width + 4);
    const top = Math.floor(index / columns) * (cell.height + labelHeight);
    const input = await sharp(data, { raw: { width, height, channels: 4 } })
      .extract(cut)
      .resize({ ...cell, fit: 'fill', kernel: 'cubic' })
      .png()
      .toBuffer();
    tiles.push({ input, left, top });
    const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${cell.width}" height="${labelHeight}"><text x="50%" y="17" font-family="sans-serif" font-size="14" text-anchor="middle" fill="#222">${escaped(label)}</text></svg>`;
    tiles.push({ input: Buffer.from(text), left, top: top + cell.height });
  }
  await sharp({
    create: {
      width: columns * (cell.width + 4) - 4,
      height: Math.ceil(cells.length / columns) * (cell.height + labelHeight),
      channels: 3,
      background: '#fff',
    },
  })
    .composite(tiles)
    .webp({ quality: 72 })
    .toFile(file);
}

/** A phone that shows each viseme best, amid schwas, and the moment at which it is seen. */
const SHOWN = 'p f θ t k tʃ s n ɹ a ɛ i ɔ u'.split(' ');

async function drawVisemes(avatar: Avatar, folder: string): Promise<void> {
  const cells: [string, MotionFrame][] = [['rest', (await move(sentence('_:0.6')))[10]]];
  for (const phone of SHOWN) {
    const frames = await move(sentence(`_:0.3 ə:0.12 ${phone}:0.16 ə:0.12 _:0.3`));
    cells.push([phone, frames[Math.round(0.5 * FPS)]]);
  }
  await drawMouths(avatar, cells, 5, join(folder, 'mouth-visemes.webp'));
}

async function drawStyles(avatar: Avatar, folder: string): Promise<void> {
  const cells: [string, MotionFrame][] = [];
  const gains = [0.5, 1, 1.5] as const;
  const shown = [
    ['mouthOpen', 'a'],
    ['mouthWide', 'i'],
    ['mouthRound', 'u'],
  ] as const;
  for (const [option, phone] of shown) {
    for (const gain of gains) {
      const frames = await move(sentence(`_:0.3 ə:0.1 ${phone}:0.3 ə:0.1 _:0.3`), { [option]: gain });
      cells.push([`${option} ${gain}`, frames[Math.round(0.58 * FPS)]]);
    }
  }
  await drawMouths(avatar, cells, 3, join(folder, 'mouth-style.webp'));
}

/** "My boat moves": curves over time, with phones above and lip contacts as bars. */
async function drawCurves(folder: string): Promise<void> {
  const phones = sentence('_:0.35 m:0.09 aɪ:0.2 b:0.08 oʊ:0.19 t:0.08 m:0.09 uː:0.2 v:0.08 z:0.12 _:0.35');
  const frames = await move(phones, { fps: 60 });
  const [width, height, left, top] = [860, 300, 12, 44];
  const end = frames.length / 60;
  const x = (time: number): number => left + (time / end) * (width - 2 * left);
  const y = (value: number): number => height - 26 - value * (height - 26 - top);
  const line = (values: readonly number[], colour: string): string => {
    const points = values.map((value, index) => `${x(index / 60).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2.4"/>`;
  };
  const marks = phones.phones.map(({ start, end: stop, symbol }) => {
    const middle = x((start + stop) / 2).toFixed(1);
    return `<line x1="${x(stop)}" x2="${x(stop)}" y1="${top - 8}" y2="${height - 26}" stroke="#ddd"/><text x="${middle}" y="${top - 14}" text-anchor="middle" font-size="17">${escaped(symbol || '–')}</text>`;
  });
  const contacts = frames
    .map((frame, index) => (lipsClosed(frame) ? x(index / 60) : null))
    .filter((at) => at !== null)
    .map(
      (at) =>
        `<rect x="${at - 3.5}" y="${height - 26}" width="7.4" height="7" fill="#c0392b" fill-opacity="0.75"/>`,
    );
  const distances = frames.map(lipDistances);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>${marks.join('')}${contacts.join('')}
${line(
  distances.map(({ gap }) => gap / 0.14),
  '#1f6feb',
)}
${line(
  distances.map(({ rounding }) => -rounding / 0.14),
  '#d9822b',
)}
${line(
  distances.map(({ spread }) => spread / 0.06),
  '#2f9e44',
)}
<g font-size="13"><text x="${left}" y="16" fill="#1f6feb">distance of the lips</text><text x="${left + 150}" y="16" fill="#d9822b">rounding</text><text x="${left + 230}" y="16" fill="#2f9e44">spreading</text><text x="${left + 316}" y="16" fill="#c0392b">lips exactly closed</text><text x="${width - left}" y="${height - 3}" text-anchor="end" fill="#666">${end.toFixed(1)} s</text></g></svg>`;
  await sharp(Buffer.from(svg)).webp({ quality: 80 }).toFile(join(folder, 'mouth-curves.webp'));
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'docs', 'media') },
    portrait: { type: 'string', default: join(root, 'demo', 'portraits', 'ava.png') },
  },
});
const avatar = await prepareAvatar(values.portrait);
await drawVisemes(avatar, values.out);
await drawStyles(avatar, values.out);
await drawCurves(values.out);
