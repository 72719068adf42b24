/**
 * What the neural engines need on this machine: models and runtimes. Used by `loquent models` and `loquent engines`.
 *
 * @module
 */
import './platform/node/use.ts';

export { KNOWN_MODELS } from './models/catalogue.ts';
export type { Precision } from './models/manifest.ts';
export { ModelStore, type StoredModel } from './models/store.ts';
export { inspectEngines } from './pipeline/neural/engine-states.ts';
export { installOnnx } from './pipeline/neural/onnx-place.ts';
