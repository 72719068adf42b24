import { LoquentError } from '../core/index.ts';
import { platform } from '../platform/index.ts';
import { type ModelManifest, parseManifest } from './manifest.ts';

/** The published models that Loquent knows; each has a manifest in `models/neural`. None of them is shipped. */
export const KNOWN_MODELS = [
  'wav2lip',
  'wav2lip-gan',
  'musetalk',
  'liveportrait',
  'ditto',
  'latentsync',
  'latentsync-15',
  'gfpgan',
  'syncnet',
  'sface',
  'inception',
] as const;

/** The manifest of a model. @throws LoquentError `MODEL_UNKNOWN`, `ASSET_MISSING`, `ASSET_CORRUPT`. */
export async function readManifest(name: string): Promise<ModelManifest> {
  if (!(KNOWN_MODELS as readonly string[]).includes(name)) {
    const message = `There is no model "${name}"; known are ${KNOWN_MODELS.join(', ')}.`;
    throw new LoquentError('MODEL_UNKNOWN', message);
  }
  const path = `models/neural/${name}.json`;
  return parseManifest(new TextDecoder().decode(await platform().readAsset(path)), path);
}

/** The manifests of all models. */
export function readCatalogue(): Promise<ModelManifest[]> {
  return Promise.all(KNOWN_MODELS.map(readManifest));
}
