/** A page that draws an avatar itself: the same pictures as the service, pixel by pixel. */
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeAvatar } from '../../src/avatar/file.ts';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  type MotionFrame,
  neutralMotion,
  parseOptions,
  radians,
  seconds,
  viewSchema,
} from '../../src/core/index.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { builtAva } from '../avatar/test-faces.ts';
import { openRoom } from '../server/support/room.ts';
import { Chromium, findChromium, type Page } from './chromium.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the test of drawing in a page is skipped.');

/** A face that speaks, looks aside and turns. */
function moved(): MotionFrame {
  const motion = neutralMotion(seconds(0));
  const set = { jawOpen: 0.5, mouthFunnel: 0.3, mouthSmileLeft: 0.4, eyeBlinkRight: 0.6, browInnerUp: 0.5 };
  for (const [name, weight] of Object.entries(set)) {
    motion.weights[BLENDSHAPE_INDEX[name as keyof typeof set]] = weight;
  }
  const head = { ...motion.head, yaw: radians(0.08), pitch: radians(-0.04), x: 0.01 };
  return { ...motion, head, gaze: { yaw: radians(0.2), pitch: radians(0.05) }, breath: 0.5 };
}

const asText = ({ weights, ...rest }: MotionFrame): string =>
  `{ ...${JSON.stringify(rest)}, weights: Float32Array.from(${JSON.stringify([...weights])}) }`;

describe.skipIf(!path)('a portrait in a page', () => {
  let browser: Chromium;
  let page: Page;
  let avatar: Avatar;

  beforeAll(async () => {
    execFileSync(process.execPath, [
      fileURLToPath(new URL('../../scripts/build-browser.ts', import.meta.url)),
    ]);
    avatar = { ...(await builtAva()), id: 'a'.repeat(64) };
    const room = await openRoom();
    browser = await Chromium.launch(path!);
    page = await browser.open(`${room.server.url}/assets/browser/loquent.js`);
    const bytes = Buffer.from(await encodeAvatar(avatar)).toString('base64');
    await page.evaluate(`(async () => {
      window.loquent = await import('/assets/browser/loquent.js');
      window.bytes = Uint8Array.from(atob('${bytes}'), (letter) => letter.charCodeAt(0));
    })()`);
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  /** Draws in the page; the pixels of the canvas. */
  async function drawn(options: object, ...motions: MotionFrame[]): Promise<Buffer> {
    const pixels = await page.evaluate<string>(`(async () => {
      const portrait = await loquent.openPortrait(bytes, ${JSON.stringify(options)});
      const { width, height } = portrait;
      const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
      for (const motion of [${motions.map(asText)}]) portrait.paint(motion, context);
      const { data } = context.getImageData(0, 0, width, height);
      let text = '';
      for (const byte of data) text += String.fromCharCode(byte);
      return btoa(text);
    })()`);
    return Buffer.from(pixels, 'base64');
  }

  test.each([
    ['the head', { size: 192, crop: 'head' }],
    ['the whole photo before a colour', { size: 256, crop: 'full', background: '#205080' }],
  ])('shows %s exactly as the service does', async (_, options) => {
    using renderer = await loadRenderer(meshEngine, avatar, parseOptions(viewSchema, options));
    const frame = renderer.render(moved(), 0);
    const expected = Buffer.from(frame.data);
    const pixels = await drawn(options, neutralMotion(seconds(0)), moved());
    expect(pixels.length).toBe(expected.length);
    expect(Buffer.compare(pixels, expected)).toBe(0);
  });

  test('moves by itself while nobody speaks, as it is told to', async () => {
    const figures = await page.evaluate<{ blink: number; smile: number; times: number[] }>(`(async () => {
      const idle = new loquent.IdleMovement(await loquent.decodeAvatar(bytes), { fps: 25, seed: 1 });
      idle.control({ emotion: { happy: 1 } });
      const motions = Array.from({ length: 250 }, () => idle.next());
      const most = (index) => Math.max(...motions.map(({ weights }) => weights[index]));
      return {
        blink: most(${BLENDSHAPE_INDEX.eyeBlinkLeft}),
        smile: most(${BLENDSHAPE_INDEX.mouthSmileLeft}),
        times: motions.slice(0, 3).map(({ time }) => time),
      };
    })()`);
    expect(figures.blink).toBeGreaterThan(0.8);
    expect(figures.smile).toBeGreaterThan(0.3);
    expect(figures.times).toEqual([0, 0.04, 0.08]);
  });

  test('a damaged file is refused with its reason', async () => {
    const code = await page.evaluate<string>(`(async () => {
      const broken = bytes.slice();
      broken[broken.length >> 1] ^= 1;
      return loquent.openPortrait(broken).then(() => 'opened', ({ code }) => code);
    })()`);
    expect(code).toBe('AVATAR_CORRUPT');
  });
});
