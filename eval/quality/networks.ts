/**
 * SyncNet and SFace, for people who have their weights (`loquent models list`).
 *
 * @module
 */
import { reviewVideo } from '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import { findOnnx } from '../../src/pipeline/neural/onnx-place.ts';
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
