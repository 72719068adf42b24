/** Whole jobs with networks in the place of those that draw heads: their signatures, none of their weights. */
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { RenderJob } from '../../src/index.ts';
import { fakeKserve } from '../engines/onnx/fake-kserve.ts';
import { tinyDitto, tinyLivePortrait } from '../engines/onnx/tiny-portrait.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg } from '../fixtures/clips.ts';
import { clip, output } from './support/footage.ts';
import { bring, speakPhoto as speakWith } from './support/neural.ts';
import { expectTidy } from './support/room.ts';

const speakPhoto = (change: Partial<RenderJob> = {}) =>
  speakWith({ engine: 'liveportrait', audio: babbleWav(0.2), ...change });

describe('a job with LivePortrait', { timeout: 240_000 }, () => {
  test('says what to do while the weights are missing', async () => {
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      hint: expect.stringContaining('loquent models pull liveportrait --accept'),
    });
    expectTidy([]);
  });

  test('lets a photo speak, and says whose weights it used', async () => {
    await bring(tinyLivePortrait(), 'liveportrait');
    const report = await speakPhoto();
    expect(report).toMatchObject({ frames: 5, width: 128, height: 128, footage: null });
    expect(report.engine).toEqual({
      name: 'liveportrait',
      model: 'liveportrait',
      precision: 'fp32',
      device: 'cpu',
      licence: 'MIT',
      commercial: 'yes',
    });
    expectTidy(['video.mp4']);
  });

  test('is refused where it cannot be done', async () => {
    for (const background of ['transparent', 'blur', '#00ff00'])
      await expect(speakPhoto({ background, output: output('x.webm') })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
      });
    expectTidy([]);
    if (hasFfmpeg)
      await expect(speakPhoto({ image: clip })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        message: expect.stringContaining('draws photos'),
      });
  });

  test('is refused with networks that are others, or give no numbers', async () => {
    const networks = tinyLivePortrait();
    await bring({ ...networks, lips: networks['eyes']! }, 'liveportrait');
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault: 'signature' },
    });
    await bring(tinyLivePortrait({ nodes: broken }), 'liveportrait');
    await expect(speakPhoto()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    expectTidy([]);
  });

  test('runs on a server, without weights here', async () => {
    const model = (
      role: string,
      inputs: Readonly<Record<string, readonly number[]>>,
      outputs: Readonly<Record<string, readonly number[]>>,
    ) => ({
      name: `liveportrait_${role}`,
      inputs: Object.entries(inputs).map(([name, shape]) => ({ name, datatype: 'FP32', shape })),
      outputs: Object.entries(outputs).map(([name, shape]) => ({ name, datatype: 'FP32', shape })),
      infer: () =>
        Object.values(outputs).map((shape): [readonly number[], Uint8Array] => {
          const count = shape.reduce((product, size) => product * size, 1);
          return [shape, new Uint8Array(new Float32Array(count).fill(0.5).buffer)];
        }),
    });
    const image = [1, 3, 256, 256];
    const volume = [1, 32, 16, 64, 64];
    const points = [1, 21, 3];
    const bins = [1, 66];
    await using server = await fakeKserve(
      model('appearance', { image }, { volume }),
      model(
        'motion',
        { image },
        {
          pitch: bins,
          yaw: bins,
          roll: bins,
          t: [1, 3],
          exp: [1, 63],
          scale: [1, 1],
          kp: [1, 63],
        },
      ),
      model('warping', { volume, kp_source: points, kp_driving: points }, { out: [1, 3, 512, 512] }),
      model('stitching', { both: [1, 126] }, { delta: [1, 65] }),
      model('eyes', { both: [1, 66] }, { delta: [1, 63] }),
      model('lips', { both: [1, 65] }, { delta: [1, 63] }),
    );
    const report = await speakPhoto({ audio: babbleWav(0.1), device: server.address });
    expect(report.engine).toMatchObject({ precision: null, device: server.address.slice(7) });
    const drawn = server.asked.filter((path) => path === '/v2/models/liveportrait_warping/infer');
    expect(drawn).toHaveLength(report.frames);
  });
});

describe('a job with Ditto', { timeout: 240_000 }, () => {
  test('lets a photo speak by a motion of its own, with what is asked for', async () => {
    await bring(tinyDitto(), 'ditto');
    const controls = [{ time: 0.08, emotion: { happy: 0.8 }, gaze: { theta: 10, phi: 0 } }];
    const report = await speakPhoto({ engine: 'ditto', controls, seed: 7 });
    expect(report).toMatchObject({ frames: 5, width: 128, height: 128 });
    expect(report.engine).toMatchObject({
      name: 'ditto',
      model: 'ditto',
      licence: 'Apache-2.0',
      commercial: 'yes',
    });
  });

  test('moves the head that the mesh draws, before any background', async () => {
    const report = await speakPhoto({ engine: 'ditto+mesh', background: '#203040' });
    expect(report).toMatchObject({ frames: 5, engine: { name: 'ditto+mesh', model: 'ditto' } });
    expectTidy(['video.mp4']);
  });

  test('moves the head that the mesh draws, online, before nothing', async () => {
    const pictures = output('frames');
    const job = { engine: 'ditto+mesh', online: true, background: 'transparent' } as const;
    await speakPhoto({ ...job, output: join(pictures, '%02d.png') });
    const { data, info } = await sharp(join(pictures, '03.png')).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(4);
    const alpha = (x: number, y: number) => data[(y * info.width + x) * 4 + 3];
    expect([alpha(2, 2), alpha(info.width - 3, 2)]).toEqual([0, 0]);
    expect(alpha(info.width >> 1, info.height >> 1)).toBe(255);
  });

  test('is refused at another rate, and where it cannot be done', async () => {
    await expect(speakPhoto({ engine: 'ditto', fps: 30 })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('25 frames per second'),
    });
    await expect(speakPhoto({ engine: 'ditto', background: 'blur' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
    await expect(speakPhoto({ engine: 'liveportrait', online: true })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      hint: expect.stringContaining('--online'),
    });
    expectTidy([]);
  });
});

/** An appearance of roots of negative numbers. */
const broken = [
  {
    op: 'AveragePool',
    inputs: ['img'],
    outputs: ['small'],
    attributes: { kernel_shape: [4, 4], strides: [4, 4] },
  },
  { op: 'Reshape', inputs: ['small', 'shape'], outputs: ['flat'] },
  { op: 'Neg', inputs: ['flat'], outputs: ['below'] },
  { op: 'Sqrt', inputs: ['below'], outputs: ['none'] },
  { op: 'Pad', inputs: ['none', 'pads', 'zero'], outputs: ['output'] },
];
