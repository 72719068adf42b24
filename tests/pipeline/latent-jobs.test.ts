/** Whole jobs with networks in the places of MuseTalk's and LatentSync's: their signatures, none of their weights. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import type { RenderJob } from '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import { type FakeModel, fakeKserve } from '../engines/onnx/fake-kserve.ts';
import {
  tinyDecoder,
  tinyEncoder,
  tinyLatentSync,
  tinyMuseTalk,
  tinyWhisper,
} from '../engines/onnx/tiny-latents.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg } from '../fixtures/clips.ts';
import { output, probe, speak } from './support/footage.ts';
import { home, speakPhoto as speakWith } from './support/neural.ts';
import { expectTidy } from './support/room.ts';

const speakPhoto = (change: Partial<RenderJob> = {}) => speakWith({ engine: 'musetalk', ...change });

/** Puts networks of a model into a folder, as people export them. */
function write(model: string, unet: Uint8Array): string {
  const folder = join(home, model);
  mkdirSync(folder, { recursive: true });
  const name = model.replaceAll('-', '_');
  writeFileSync(join(folder, `${name}_unet.onnx`), unet);
  if (model !== 'musetalk') writeFileSync(join(folder, `${name}_unet.onnx.data`), new Uint8Array(99));
  writeFileSync(join(folder, `${name}_vae_encoder.onnx`), tinyEncoder(256));
  writeFileSync(join(folder, `${name}_vae_decoder.onnx`), tinyDecoder(256));
  writeFileSync(join(folder, `${name}_whisper_encoder.onnx`), tinyWhisper());
  return folder;
}

describe('a job with MuseTalk', { timeout: 240_000 }, () => {
  test('says what to do while the weights are missing', async () => {
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      hint: expect.stringContaining('loquent models import musetalk <folder> --accept'),
    });
    expectTidy([]);
  });

  test('lets a photo speak, and says how slow a processor is', async () => {
    await new ModelStore().importFrom('musetalk', write('musetalk', tinyMuseTalk()), { accept: true });
    const report = await speakPhoto();
    expect(report).toMatchObject({ frames: 10, width: 128, height: 128 });
    expect(report.engine).toMatchObject({ name: 'musetalk', precision: 'fp16', commercial: 'yes' });
    expect(report.warnings.map(({ code }) => code)).toContain('ENGINE_SLOW');
    expectTidy(['video.mp4']);
  });

  test('hears the same speech and looks at the same face once, unless nothing is to be kept', async () => {
    const cache = join(home, 'cache');
    const before = process.env['LOQUENT_CACHE'];
    process.env['LOQUENT_CACHE'] = cache;
    try {
      const kept = () => readdirSync(join(cache, 'networks')).sort();
      await speakPhoto({ cache: false, force: true });
      expect(existsSync(join(cache, 'networks'))).toBe(false);
      await speakPhoto({ force: true });
      const first = kept();
      // The speech, and the face with and without its mouth, once for all frames in which it is still.
      expect(first.length).toBeGreaterThanOrEqual(3);
      await speakPhoto({ force: true });
      expect(kept()).toEqual(first);
    } finally {
      if (before === undefined) delete process.env['LOQUENT_CACHE'];
      else process.env['LOQUENT_CACHE'] = before;
    }
  });

  test.runIf(hasFfmpeg)('lets a filmed person say something else', async () => {
    const report = await speak({ audio: babbleWav(0.8), engine: 'musetalk' });
    expect(report.footage).toMatchObject({ clip: 0, framesWithoutFace: 0 });
    expect(probe(output()).frames).toBe(report.frames);
  });

  test('runs on a server, without weights here', async () => {
    const model = (name: string, inputs: [string, number[]][], result: [string, number[]]): FakeModel => ({
      name: `musetalk_${name}`,
      inputs: inputs.map(([tensor, shape]) => ({
        name: tensor,
        datatype: tensor === 'timestep' ? 'INT64' : 'FP32',
        shape,
      })),
      outputs: [{ name: result[0], datatype: 'FP32', shape: result[1] }],
      infer(_inputs, [shape]) {
        const size = result[1].map((length) => (length < 0 ? shape![0]! : length));
        return [[size, new Uint8Array(size.reduce((product, length) => product * length, 4))]];
      },
    });
    await using server = await fakeKserve(
      model('whisper', [['mel', [1, 80, 3000]]], ['states', [1, 1500, 5, 384]]),
      model('vae-encoder', [['image', [-1, 3, 256, 256]]], ['moments', [-1, 8, 32, 32]]),
      model('vae-decoder', [['latent', [-1, 4, 32, 32]]], ['image', [-1, 3, 256, 256]]),
      model(
        'unet',
        [
          ['sample', [-1, 8, 32, 32]],
          ['timestep', [1]],
          ['speech', [-1, 50, 384]],
        ],
        ['sample', [-1, 4, 32, 32]],
      ),
    );
    const report = await speakPhoto({ device: server.address });
    expect(report.engine).toMatchObject({ precision: null, device: server.address.slice(7) });
    const asked = server.asked.filter((path) => path.endsWith('/infer')).map((path) => path.split('/')[3]);
    expect(new Set(asked).size).toBe(4);
  });

  test('is refused when a network is another one, and knows no steps', async () => {
    await expect(speakPhoto({ steps: 10 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const folder = write('musetalk', tinyLatentSync(256));
    await new ModelStore().importFrom('musetalk', folder, { accept: true });
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault: 'signature' },
    });
    expectTidy([]);
  });
});

describe('a job with LatentSync', { timeout: 240_000 }, () => {
  test.runIf(hasFfmpeg)('lets a filmed person say something else, at the rate that it learnt', async () => {
    const folder = write('latentsync-15', tinyLatentSync(256));
    await new ModelStore().importFrom('latentsync-15', folder, { accept: true });
    const job = { audio: babbleWav(0.8), engine: 'latentsync', steps: 2 } as const;
    const report = await speak(job);
    expect(report).toMatchObject({ fps: 25, frames: 20 });
    expect(report.engine).toMatchObject({ name: 'latentsync', model: 'latentsync-15' });
    expect(probe(output()).frames).toBe(20);
  });

  test('lets a photo speak', async () => {
    const report = await speakPhoto({ engine: 'latentsync', steps: 2, guidance: 2 });
    expect(report).toMatchObject({ frames: 10, fps: 25 });
  });
});
