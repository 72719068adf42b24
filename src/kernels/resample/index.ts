/** Scaling and sharpening of RGBA pictures. @module */
export type { AlphaKind, Resample, ResampleSource } from './contract.ts';
export { resampleReference } from './reference.ts';
export { unsharp } from './unsharp.ts';
export { compileResample, createResample } from './wasm.ts';
