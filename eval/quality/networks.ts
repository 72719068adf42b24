/**
 * SyncNet, SFace and Inception-v3, for people who have their weights (`loquent models list`).
 *
 * @module
 */
import { PictureSampler } from '../../src/avatar/analysis/picture-sampler.ts';
import { asLoquentError, type Picture } from '../../src/core/index.ts';
import { runAll } from '../../src/engines/latents/batches.ts';
import { reviewVideo } from '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import { findOnnx } from '../../src/pipeline/neural/onnx-place.ts';
import { openNetworks } from '../../src/pipeline/neural/open-networks.ts';
import type { SomeFigures } from './measures.ts';

const MODELS = ['syncnet', 'sface'] as const;

/** Whether any of them can be asked here. @param missing - Receives why not, and what to do. */
export async function findMeasuringNetworks(missing: string[]): Promise<boolean> {
  if (!(await findOnnx())) {
    missing.push('LSE and SFace: the ONNX Runtime is not installed (`loquent engines install onnx`)');
    return false;
  }
  const store = new ModelStore();
  const states = await Promise.all(MODELS.map((name) => store.look(name)));
  for (const { manifest, ready } of states) {
    if (ready.length === 0)
      missing.push(
        `${manifest.title}: its weights are not here (\`loquent models import ${manifest.name} <folder> --accept\`)`,
      );
  }
  return states.some(({ ready }) => ready.length > 0);
}

/** Asks those that are here. */
export async function askNetworks(video: string, signal: AbortSignal): Promise<SomeFigures> {
  const { networks } = await reviewVideo(video, { networks: true, signal });
  return {
    lseD: networks?.sync?.distance ?? null,
    lseC: networks?.sync?.confidence ?? null,
    sface: networks?.likeness?.least ?? null,
  };
}

/** What Inception-v3 sees in faces: the FID compares sets of it. Disposing frees the network. */
export interface FaceFeatures extends AsyncDisposable {
  /**
   * Looks at one face.
   *
   * @param landmarks - x, y, z in pixels of the picture.
   * @returns 2048 numbers.
   */
  of(picture: Picture, landmarks: Float32Array, signal: AbortSignal): Promise<Float32Array>;
}

/** Side of the pictures that Inception-v3 takes, and side of the square around a face, in larger sides of its landmarks' box. */
const SIDE = 299;
const AROUND = 1.25;

/** Opens Inception-v3; `null` if it is not here. @param missing - Receives why not, and what to do. */
export async function openFaceFeatures(missing: string[], signal: AbortSignal): Promise<FaceFeatures | null> {
  try {
    const { host, networks } = await openNetworks(['inception'], { device: 'cpu' }, signal);
    const network = networks['features']!;
    return {
      of(picture, landmarks, until) {
        const options = { side: SIDE, range: [-1, 1], beyond: 'repeat' } as const;
        const pixels = new PictureSampler(picture).sample({ ...squareAround(landmarks), angle: 0 }, options);
        const area = SIDE * SIDE;
        const data = Float32Array.from(pixels, (_, at) => pixels[(at % area) * 3 + Math.floor(at / area)]!);
        return runAll(network, { picture: { shape: [3, SIDE, SIDE], data } }, 'features', 1, until);
      },
      [Symbol.asyncDispose]: async () => host[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    const error = asLoquentError(thrown);
    if (error.code !== 'MODEL_MISSING' && error.code !== 'ENGINE_MISSING') throw error;
    missing.push(`FID of footage: ${error.message} ${error.hint}`);
    return null;
  }
}

function squareAround(landmarks: Float32Array): { x: number; y: number; size: number } {
  const [left, right, top, bottom] = [0, 1].flatMap((axis) => {
    const values = landmarks.filter((_, at) => at % 3 === axis);
    return [Math.min(...values), Math.max(...values)];
  }) as [number, number, number, number];
  const size = AROUND * Math.max(right - left, bottom - top);
  return { x: (left + right) / 2, y: (top + bottom) / 2, size };
}
