/** The identity network on the shipped portraits. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../src/platform/node/use.ts';
import { type IdentityNetwork, loadIdentityNetwork } from '../../eval/quality/identity.ts';
import { createFaceAnalyser, type FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import type { Picture } from '../../src/core/index.ts';
import { readImage, scalePicture } from '../../src/media/image.ts';
import { cosineSimilarity } from '../../src/quality/identity.ts';

let analyser: FaceAnalyser;
let network: IdentityNetwork;

beforeAll(async () => {
  [analyser, network] = await Promise.all([createFaceAnalyser(), loadIdentityNetwork()]);
});
afterAll(() => analyser[Symbol.asyncDispose]());

async function embed(picture: Picture): Promise<Float32Array> {
  const [face] = await analyser.findFaces(picture);
  return network.embed(picture, face!);
}

async function portrait(name: string): Promise<Picture> {
  const path = fileURLToPath(new URL(`../../demo/portraits/${name}.png`, import.meta.url));
  const { picture } = await readImage(path);
  return scalePicture(picture, 384, Math.round((384 * picture.height) / picture.width));
}

describe('the identity network', () => {
  it('knows a person again that is darker and smaller, and tells people apart', async () => {
    const [ava, mira, sam] = await Promise.all(['ava', 'mira', 'sam'].map(portrait));
    const dark = { ...ava!, data: ava!.data.map((value, at) => (at % 4 === 3 ? value : 0.75 * value)) };
    const small = await scalePicture(dark, 256, Math.round((256 * dark.height) / dark.width));
    const known = await embed(ava!);
    expect(known).toHaveLength(1024);
    expect(cosineSimilarity(known, await embed(small))).toBeGreaterThan(0.9);
    for (const other of [mira!, sam!]) {
      expect(cosineSimilarity(known, await embed(other))).toBeLessThan(0.75);
    }
  });
});
