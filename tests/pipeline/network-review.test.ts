/** A review by networks with the signatures of SyncNet and SFace, and none of their weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewVideo } from '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import { tinySFace, tinySyncNet } from '../engines/onnx/tiny-networks.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { clipPath, hasFfmpeg, makeClip, movingPortrait } from '../fixtures/clips.ts';

let home = '';
let video = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'network-review-test-'));
  process.env['LOQUENT_MODELS'] = join(home, 'models');
  if (!hasFfmpeg) return;
  writeFileSync(clipPath('babble.wav'), babbleWav(0.64));
  const silent = movingPortrait('silent.mp4', 16);
  video = makeClip('talk.mp4', ['-i', silent, '-i', clipPath('babble.wav'), '-c:v', 'copy']);
});
afterAll(() => {
  delete process.env['LOQUENT_MODELS'];
  rmSync(home, { recursive: true, force: true });
});

describe.runIf(hasFfmpeg)('a review by networks', { timeout: 120_000 }, () => {
  test('says what is missing while the weights are', async () => {
    const { networks, figures } = await reviewVideo(video, { networks: true });
    expect(figures.length).toBeGreaterThan(0);
    expect(networks).toMatchObject({ sync: null, likeness: null, models: [] });
    expect(networks!.missing).toEqual([
      expect.stringContaining('loquent models import syncnet'),
      expect.stringContaining('loquent models pull sface'),
    ]);
  });

  test('tells LSE-D, LSE-C and likeness, and whose weights they come from', async () => {
    const { lips, sound } = tinySyncNet();
    writeFileSync(join(home, 'syncnet_v2_lips.onnx'), lips);
    writeFileSync(join(home, 'syncnet_v2_audio.onnx'), sound);
    writeFileSync(join(home, 'face_recognition_sface_2021dec.onnx'), tinySFace());
    await new ModelStore().importFrom('syncnet', home, { accept: true });
    await new ModelStore().importFrom('sface', home, { accept: true });
    const { networks } = await reviewVideo(video, { networks: true });
    const { sync, likeness, models, missing } = networks!;
    expect(missing).toEqual([]);
    expect(models).toEqual([
      { name: 'syncnet', licence: 'none stated', commercial: 'unclear' },
      { name: 'sface', licence: 'Apache-2.0', commercial: 'yes' },
    ]);
    expect(sync!.distance).toBeGreaterThan(0);
    expect(sync!.confidence).toBeGreaterThanOrEqual(0);
    expect(Math.abs(sync!.lag)).toBeLessThanOrEqual(0.6);
    // One portrait all along: its pixels hardly change.
    expect(likeness!.median).toBeGreaterThan(0.99);
    expect(likeness!.least).toBeLessThanOrEqual(likeness!.median);
  });
});
