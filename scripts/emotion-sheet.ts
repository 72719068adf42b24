/**
 * Makes the picture of `docs/controls.md`: every emotion at three intensities, and while speaking.
 *
 * `node scripts/emotion-sheet.ts [--out docs/media/emotions.webp] [--size pixels] [portrait]`
 *
 * @module
 */
import '../src/platform/node/use.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import { frameShot } from '../src/compose/framing.ts';
import { EMOTIONS, type Emotion, type MotionFrame, type PhoneTrack, seconds } from '../src/core/index.ts';
import { meshEngine } from '../src/engines/mesh/index.ts';
import { prepareAvatar } from '../src/pipeline/prepare-avatar.ts';
import { trackPhones } from '../src/pipeline/track-motion.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One row of the sheet: how strongly, and while the mouth does what. */
const ROWS = [
  { label: '0.35', intensity: 0.35, phone: '' },
  { label: '0.65', intensity: 0.65, phone: '' },
  { label: '1', intensity: 1, phone: '' },
  { label: '0.65, “ah”', intensity: 0.65, phone: 'a' },
] as const;
const SHOWN = EMOTIONS.filter((name) => name !== 'neutral');
const LABEL_HEIGHT = 24;
const LABEL_WIDTH = 84;
const GAP = 4;

/** Two seconds of silence, then one phone or more silence: the frame in the middle of it. */
async function frameOf(emotion: Emotion, intensity: number, phone: string): Promise<MotionFrame> {
  const phones: PhoneTrack = {
    notation: 'ipa',
    phones: [
      { start: seconds(0), end: seconds(2), symbol: '' },
      { start: seconds(2), end: seconds(2.3), symbol: phone },
      { start: seconds(2.3), end: seconds(3), symbol: '' },
    ],
  };
  const natural = { head: 0, blink: 0, gazeAmount: 0, fps: 50 } as const;
  const { frames } = await trackPhones(phones, { ...natural, emotion: { [emotion]: intensity } });
  return frames[108];
}

function label(text: string, width: number, height: number): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text x="50%" y="50%" dy="5" font-family="sans-serif" font-size="14" text-anchor="middle" fill="#222">${text}</text></svg>`,
  );
}

const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'docs', 'media', 'emotions.webp') },
    size: { type: 'string', default: '140' },
  },
  allowPositionals: true,
});
const avatar = await prepareAvatar(positionals[0] ?? join(root, 'demo', 'portraits', 'ava.png'));
const cell = { width: Number(values.size), height: Math.round(1.1 * Number(values.size)) };
const shot = frameShot(avatar, 'head', 4 * cell.width);
using renderer = await meshEngine.load(avatar, { ...shot, surround: null, oversampling: 2 });
const scale = shot.width / shot.viewport.width;
const { box } = avatar.face;
const side = 1.12 * box.width;
const cut = {
  left: Math.round((box.x + box.width / 2 - side / 2 - shot.viewport.x) * scale),
  top: Math.round((box.y + box.height / 2 - 0.56 * side - shot.viewport.y) * scale),
  width: Math.round(side * scale),
  height: Math.round(1.1 * side * scale),
};

const tiles: OverlayOptions[] = [];
for (const [row, { label: text, intensity, phone }] of ROWS.entries()) {
  const top = LABEL_HEIGHT + row * (cell.height + GAP);
  tiles.push({ input: label(text, LABEL_WIDTH, cell.height), left: 0, top });
  for (const [column, emotion] of SHOWN.entries()) {
    const { data, width, height } = renderer.render(await frameOf(emotion, intensity, phone), 0);
    const input = await sharp(data, { raw: { width, height, channels: 4 } })
      .extract(cut)
      .resize({ ...cell, fit: 'fill' })
      .png()
      .toBuffer();
    const left = LABEL_WIDTH + column * (cell.width + GAP);
    tiles.push({ input, left, top });
    if (row === 0) tiles.push({ input: label(emotion, cell.width, LABEL_HEIGHT), left, top: 0 });
  }
}
await sharp({
  create: {
    width: LABEL_WIDTH + SHOWN.length * (cell.width + GAP) - GAP,
    height: LABEL_HEIGHT + ROWS.length * (cell.height + GAP) - GAP,
    channels: 3,
    background: '#fff',
  },
})
  .composite(tiles)
  .webp({ quality: 78 })
  .toFile(values.out);
