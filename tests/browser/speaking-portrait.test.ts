/** A photo that speaks in a page, with a network in the place of Wav2Lip's: the frames that Node would make. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Wav2LipMel } from '../../src/audio/front-ends/wav2lip-mel.ts';
import { encodeAvatar } from '../../src/avatar/file.ts';
import { frameShot } from '../../src/compose/framing.ts';
import {
  type AudioChunk,
  type Avatar,
  type MotionFrame,
  motionSchema,
  parseOptions,
  seconds,
  viewSchema,
} from '../../src/core/index.ts';
import type { NetworkSignature } from '../../src/core/network.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import { LocalHost } from '../../src/engines/onnx/local-host.ts';
import { wav2lipEngine } from '../../src/engines/wav2lip/index.ts';
import { videoFrameToRgba } from '../../src/kernels/colour/index.ts';
import { readManifest } from '../../src/models/catalogue.ts';
import { moveTo } from '../../src/pipeline/move.ts';
import { HeardMovements } from '../../src/pipeline/neural/heard-movements.ts';
import { HearingRepainter } from '../../src/pipeline/neural/hearing-repainter.ts';
import { meshPhoto } from '../../src/pipeline/neural/mesh-photo.ts';
import { repaintPhoto } from '../../src/pipeline/neural/photo-takes.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { StageClock } from '../../src/pipeline/trace.ts';
import { builtAva } from '../avatar/test-faces.ts';
import { webRuntime } from '../engines/onnx/test-runtime.ts';
import { foldingWav2Lip } from '../engines/onnx/tiny-networks.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { Chromium, findChromium, type Page } from './chromium.ts';
import { openSite, type Site } from './package-site.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the test of speaking in a page is skipped.');

const OPTIONS = { size: 192, crop: 'head', fps: 25, seed: 3 } as const;
const SECONDS = 0.6;
const FRAMES = 15;
const file = foldingWav2Lip();
/** The same speech for both. */
const speech = (() => {
  const bytes = babbleWav(SECONDS).slice(44);
  return Float32Array.from(new Int16Array(bytes.buffer), (sample) => sample / 32_768);
})();

/** The frames as Node makes them. */
async function framesOfNode(avatar: Avatar, folder: string): Promise<Buffer[]> {
  const options = parseOptions(motionSchema.extend(viewSchema.shape), OPTIONS);
  const onnx = join(folder, 'wav2lip.onnx');
  writeFileSync(onnx, file);
  const { networks } = await readManifest('wav2lip');
  await using host = new LocalHost({
    runtime: webRuntime,
    device: { kind: 'cpu', index: 0 },
    threads: 1,
    graphs: null,
  });
  const signature = networks['generator'] as NetworkSignature;
  const generator = await host.open({ name: 'wav2lip/generator', path: onnx, signature, identity: null });
  const painter = await wav2lipEngine.load({ generator }, { model: 'wav2lip', seed: options.seed });
  using renderer = await loadRenderer(meshEngine, avatar, options);
  await using repainter = new HearingRepainter(painter);
  const heard = new HeardMovements(new Wav2LipMel(), wav2lipEngine.window, options.fps);
  async function* spoken(): AsyncGenerator<AudioChunk> {
    yield { samples: speech, time: seconds(0) };
  }
  async function* drawMesh(movements: AsyncIterable<readonly MotionFrame[]>) {
    for await (const motions of movements) for (const motion of motions) yield renderer.render(motion, 0);
  }
  const clock = new StageClock();
  const { mouthStyle: style, rig } = avatar;
  const context = { clock, style, limits: rig.limits, pace: 'stream' } as const;
  const movements = heard.attach(moveTo(heard.listen(spoken()), options, context));
  const framing = frameShot(avatar, options.crop, options.size);
  const frames: Buffer[] = [];
  const photo = { avatar, framing, drawMesh };
  for await (const { frame } of repaintPhoto(meshPhoto, photo, repainter, movements, { clock })) {
    const pixels = new Uint8ClampedArray(frame.width * frame.height * 4);
    videoFrameToRgba(frame, pixels);
    frames.push(Buffer.from(pixels.buffer));
  }
  return frames;
}

describe.skipIf(!path)('a photo that speaks in a page', () => {
  let folder = '';
  let site: Site;
  let browser: Chromium;
  let page: Page;
  let avatar: Avatar;
  const settings = JSON.stringify({
    ...OPTIONS,
    runtime: '/onnx/',
    device: 'cpu',
    model: {
      name: 'wav2lip',
      url: '/wav2lip.onnx',
      sha256: createHash('sha256').update(file).digest('hex'),
      accept: true,
    },
  });

  beforeAll(async () => {
    execFileSync(process.execPath, [
      fileURLToPath(new URL('../../scripts/build-browser.ts', import.meta.url)),
    ]);
    folder = mkdtempSync(join(tmpdir(), 'loquent-page-test-'));
    avatar = { ...(await builtAva()), id: 'a'.repeat(64) };
    site = await openSite(false);
    site.files.set('/wav2lip.onnx', file);
    site.files.set('/ava.avatar', await encodeAvatar(avatar));
    site.files.set('/speech', new Uint8Array(speech.buffer));
    browser = await Chromium.launch(path!);
    page = await browser.open(site.address);
    await page.evaluate(`(async () => {
      const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      window.loquent = await import('/assets/browser/loquent.js');
      window.avatar = await bytes('/ava.avatar');
      window.speech = new Float32Array((await bytes('/speech')).buffer);
    })()`);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('looks as Node draws it, to one step of a colour', async () => {
    const expected = await framesOfNode(avatar, folder);
    expect(expected).toHaveLength(FRAMES);
    const { report, size, frames } = await page.evaluate<{
      report: object;
      size: number[];
      frames: { time: number; pixels: string }[];
    }>(`(async () => {
      await using portrait = await loquent.openSpeakingPortrait(avatar, ${settings});
      const frames = [];
      for await (const { time, data } of portrait.speak(speech)) {
        let text = '';
        for (const byte of data) text += String.fromCharCode(byte);
        frames.push({ time, pixels: btoa(text) });
      }
      const { report, width, height } = portrait;
      return { report, size: [width, height], frames };
    })()`);
    expect(report).toEqual({
      model: 'wav2lip',
      device: 'cpu',
      threads: 1,
      licence: 'LicenseRef-Wav2Lip',
      commercial: 'no',
    });
    expect(size[0]! * size[1]! * 4).toBe(expected[0]!.length);
    expect(frames.map(({ time }) => time)).toEqual(expected.map((_, index) => index / 25));
    const farthest = frames.map(({ pixels }, index) => {
      const shown = Buffer.from(pixels, 'base64');
      return expected[index]!.reduce((most, value, at) => Math.max(most, Math.abs(value - shown[at]!)), 0);
    });
    expect(Math.max(...farthest)).toBeLessThanOrEqual(1);
    // The mouth is painted by what is heard.
    expect(Buffer.compare(expected[2]!, expected[12]!)).not.toBe(0);
  });

  test('can be told to stop, and speaks again', async () => {
    const found = await page.evaluate<[string, number]>(`(async () => {
      await using portrait = await loquent.openSpeakingPortrait(avatar, ${settings});
      const stop = new AbortController();
      const speak = async (signal) => {
        let count = 0;
        for await (const frame of portrait.speak(speech, signal)) if (++count === 3 && signal) stop.abort();
        return count;
      };
      return [await speak(stop.signal).catch(({ code }) => code), await speak()];
    })()`);
    expect(found).toEqual(['CANCELLED', FRAMES]);
  });

  test.each([
    ['another model', { model: { name: 'musetalk', url: '/', sha256: '', accept: true } }],
    ['nothing behind the person', { background: 'transparent' }],
    ['a size that is none', { size: -1 }],
  ])('refuses %s before anything is downloaded', async (_, change) => {
    const before = site.asked.length;
    const code = await page.evaluate<string>(`loquent
      .openSpeakingPortrait(avatar, { ...${settings}, ...${JSON.stringify(change)} })
      .then(() => 'opened', ({ code }) => code)`);
    expect(code).toBe('OPTION_INVALID');
    expect(site.asked.slice(before)).toEqual([]);
  });
});
