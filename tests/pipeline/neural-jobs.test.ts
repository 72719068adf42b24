/** Whole jobs with a network in the place of Wav2Lip's: its signature, none of its weights. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RenderJob } from '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import { fakeKserve } from '../engines/onnx/fake-kserve.ts';
import { tinyWav2Lip } from '../engines/onnx/tiny-networks.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg } from '../fixtures/clips.ts';
import { output, probe, speak } from './support/footage.ts';
import { home, models, speakPhoto as speakWith } from './support/neural.ts';
import { expectTidy } from './support/room.ts';

const speakPhoto = (change: Partial<RenderJob> = {}) => speakWith({ engine: 'wav2lip', ...change });

beforeAll(() => {
  writeFileSync(join(home, 'wav2lip.onnx'), tinyWav2Lip());
});

describe('a job with Wav2Lip', { timeout: 240_000 }, () => {
  test('says what to do while the weights are missing', async () => {
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      hint: expect.stringContaining('loquent models pull wav2lip-gan --accept'),
    });
    expectTidy([]);
  });

  test('takes the engine that is named for that case, and says so', async () => {
    await expect(speakPhoto({ fallback: 'wav2lip' })).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    await expect(speakPhoto({ fallback: 'mesh,nobody' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const report = await speakPhoto({ audio: babbleWav(0.12), fallback: 'mesh' });
    expect(report).toMatchObject({ frames: 3, engine: null });
    expect(report.warnings).toContainEqual({
      code: 'ENGINE_FALLBACK',
      message: expect.stringMatching(/^"embedded" takes the place of "wav2lip": .*not on this machine/),
    });
    expectTidy(['video.mp4']);
    rmSync(output());
  });

  test('lets a photo speak, and says whose weights it used', async () => {
    await new ModelStore().importFrom('wav2lip', home, { accept: true });
    const report = await speakPhoto({ engine: 'mesh+wav2lip' });
    expect(report).toMatchObject({ frames: 10, width: 128, height: 128, footage: null });
    expect(report.engine).toEqual({
      name: 'mesh+wav2lip',
      model: 'wav2lip',
      precision: 'fp32',
      device: 'cpu',
      licence: 'LicenseRef-Wav2Lip',
      commercial: 'no',
    });
    expect(report.warnings.map(({ code }) => code)).toContain('MODEL_NON_COMMERCIAL');
    expectTidy(['video.mp4']);
  });

  test.runIf(hasFfmpeg)('lets a filmed person say something else, as long as the speech', async () => {
    const report = await speak({ audio: babbleWav(1.6), engine: 'wav2lip' });
    expect(report.footage).toMatchObject({ clip: 0, framesWithoutFace: 0 });
    expect(report.footage!.transitions.length).toBeGreaterThan(0);
    expect(probe(output()).frames).toBe(40);
    expect(report.engine!.name).toBe('wav2lip');
  });

  test('runs on a server, without weights here', async () => {
    await using server = await fakeKserve({
      name: 'wav2lip_generator',
      inputs: [
        { name: 'source', datatype: 'FP32', shape: [-1, 1, 80, 16] },
        { name: 'target', datatype: 'FP32', shape: [-1, 6, 96, 96] },
      ],
      outputs: [{ name: 'output', datatype: 'FP32', shape: [-1, 3, 96, 96] }],
      infer([, faces], [, shape]) {
        const count = shape![0]!;
        const values = new Float32Array(faces!.slice().buffer);
        const area = 3 * 96 * 96;
        const mouths = new Float32Array(count * area);
        for (let face = 0; face < count; face += 1)
          mouths.set(values.subarray((2 * face + 1) * area, (2 * face + 2) * area), face * area);
        return [[[count, 3, 96, 96], new Uint8Array(mouths.buffer)]];
      },
    });
    const report = await speakPhoto({ device: server.address });
    expect(report.engine).toMatchObject({ precision: null, device: server.address.slice(7) });
    expect(server.asked.filter((path) => path.endsWith('/infer'))).not.toEqual([]);
  });

  test('is refused where it cannot be done, before anything is written', async () => {
    if (hasFfmpeg) {
      await expect(speak({ audio: babbleWav(0.4), engine: 'mesh+wav2lip' })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        hint: expect.stringContaining('--engine wav2lip'),
      });
    }
    await expect(speakPhoto({ background: 'transparent', output: output('x.webm') })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
    await expect(speakPhoto({ device: 'gpu' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(speakPhoto({ precision: 'fp16' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(speakPhoto({ precision: 'int8' })).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    expectTidy([]);
  });

  test('is refused when the weights have changed', async () => {
    writeFileSync(join(models, 'wav2lip', 'wav2lip_96.onnx'), tinyWav2Lip({ opset: 12 }));
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault: 'checksum' },
    });
  });
});
