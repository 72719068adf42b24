/**
 * Makes the picture of `docs/background.md` out of the program itself: portraits before different backgrounds.
 *
 * `node scripts/background-pictures.ts [--out docs/media/background.webp]`
 *
 * @module
 */
import '../src/platform/node/use.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import { neutralMotion, parseOptions, seconds, viewSchema } from '../src/core/index.ts';
import { meshEngine } from '../src/engines/mesh/index.ts';
import { prepareAvatar } from '../src/pipeline/prepare-avatar.ts';
import { loadRenderer, makeBackground } from '../src/pipeline/renderer.ts';

const SIDE = 300;
const LABEL = 26;

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'docs/media/background.webp') } },
});

const svg = (width: number, height: number, content: string): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`);

/** A room with a window, for the picture that stands behind. */
const room = svg(
  960,
  720,
  `<defs><linearGradient id="wall" x2="1" y2="1"><stop stop-color="#6d7f8f"/><stop offset="1" stop-color="#39424d"/></linearGradient>
  <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#bfe0f5"/><stop offset="1" stop-color="#f7e6cf"/></linearGradient></defs>
  <rect width="960" height="720" fill="url(#wall)"/><rect x="90" y="70" width="300" height="430" fill="#e9e4da"/>
  <rect x="108" y="88" width="264" height="394" fill="url(#sky)"/><path d="M108 400q80-70 140-20t124-30v132H108Z" fill="#7d9a77"/>
  <path d="M232 88h16v394h-16ZM108 270h264v14H108Z" fill="#e9e4da"/><rect y="610" width="960" height="110" fill="#2b2a2c"/>
  <rect x="640" y="150" width="240" height="16" fill="#c8a27a"/><rect x="660" y="80" width="34" height="70" fill="#a5493d"/>
  <rect x="700" y="95" width="26" height="55" fill="#3f6d7d"/><rect x="732" y="86" width="40" height="64" fill="#d3b25f"/>
  <circle cx="830" cy="122" r="28" fill="#5f8a5f"/>`,
);

/** Grey squares, which stand for transparency. */
async function checkerboard(): Promise<Buffer> {
  const squares = svg(
    SIDE,
    SIDE,
    `<defs><pattern id="p" width="24" height="24" patternUnits="userSpaceOnUse"><rect width="24" height="24" fill="#fff"/>
    <path d="M0 0h12v12H0ZM12 12h12v12H12Z" fill="#d0d0d0"/></pattern></defs><rect width="100%" height="100%" fill="url(#p)"/>`,
  );
  return sharp(squares).png().toBuffer();
}

const folder = await mkdtemp(join(tmpdir(), 'loquent-pictures-'));
try {
  const picture = join(folder, 'room.png');
  await writeFile(picture, await sharp(room).png().toBuffer());
  const backgrounds = [
    ['keep', 'keep'],
    ['blur', 'blur:0.5'],
    ['#f4f1ea', '#f4f1ea'],
    ['room.png', picture],
    ['transparent', 'transparent'],
  ] as const;
  const tiles: OverlayOptions[] = [];
  const behind = await checkerboard();
  for (const [row, name] of ['ava', 'sam'].entries()) {
    const avatar = await prepareAvatar(join(root, 'demo/portraits', `${name}.png`));
    const options = parseOptions(viewSchema, { size: SIDE, preset: 'best' });
    using renderer = await loadRenderer(meshEngine, avatar, options);
    for (const [column, [, background]] of backgrounds.entries()) {
      renderer.setBackdrop(await makeBackground(renderer, avatar, background));
      const { data, width, height } = renderer.render(neutralMotion(seconds(0)), 0);
      const frame = await sharp(data, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer();
      const left = column * (SIDE + 4);
      const top = row * (SIDE + 4);
      if (background === 'transparent') tiles.push({ input: behind, left, top });
      tiles.push({ input: frame, left, top });
    }
  }
  for (const [column, [label]] of backgrounds.entries()) {
    const text = `<text x="50%" y="18" text-anchor="middle" font-family="monospace" font-size="15" fill="#444">${label}</text>`;
    tiles.push({ input: svg(SIDE, LABEL, text), left: column * (SIDE + 4), top: 2 * (SIDE + 4) });
  }
  const width = backgrounds.length * (SIDE + 4) - 4;
  const height = 2 * (SIDE + 4) + LABEL;
  await sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite(tiles)
    .webp({ quality: 82 })
    .toFile(values.out);
} finally {
  await rm(folder, { recursive: true, force: true });
}
