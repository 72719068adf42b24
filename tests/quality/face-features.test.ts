/** What the FID is made of, by a network with the signature of Inception-v3 and none of its weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFaceFeatures } from '../../eval/quality/networks.ts';
import '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import { tinyInception } from '../engines/onnx/tiny-networks.ts';

const { signal } = new AbortController();
let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'face-features-test-'));
  process.env['LOQUENT_MODELS'] = join(home, 'models');
});
afterAll(() => {
  delete process.env['LOQUENT_MODELS'];
  rmSync(home, { recursive: true, force: true });
});

/** A picture of one grey with a lighter square of 40 pixels in it, and landmarks at that square's corners. */
function picture(light: number) {
  const [width, height] = [160, 120];
  const data = new Uint8Array(4 * width * height).fill(51);
  for (let y = 30; y < 70; y++)
    for (let x = 60; x < 100; x++) data.fill(light, 4 * (y * width + x), 4 * (y * width + x) + 3);
  return {
    picture: { width, height, data },
    landmarks: Float32Array.from([60, 30, 0, 100, 30, 0, 60, 70, 0, 100, 70, 0]),
  };
}

describe('features of faces', () => {
  test('are refused with what to do while the weights are not here', async () => {
    const missing: string[] = [];
    expect(await openFaceFeatures(missing, signal)).toBeNull();
    expect(missing).toEqual([expect.stringMatching(/^FID of footage: .*loquent models import inception/)]);
  });

  test('are those of a square a quarter larger than the face, from black at -1 to white at 1', async () => {
    writeFileSync(join(home, 'fid_inception_v3.onnx'), tinyInception());
    await new ModelStore().importFrom('inception', home, { accept: true });
    await using features = await openFaceFeatures([], signal);
    const { picture: shown, landmarks } = picture(255);
    const seen = await features!.of(shown, landmarks, signal);
    expect(seen).toHaveLength(2048);
    // The tiny network answers cos(k) times the mean of its input, plus 1: here 0.64 of white, the rest of a dark grey.
    const mean = seen[0]! - 1;
    expect(mean).toBeGreaterThan(0.64 - 0.36 * 0.6 - 0.03);
    expect(mean).toBeLessThan(0.64 - 0.36 * 0.6 + 0.03);
  });
});
