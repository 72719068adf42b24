/** Scaling and sharpening of RGBA pictures. @module */
export { type AlphaKind, type ResampleSource, resample } from './resample.ts';
export { unsharp } from './unsharp.ts';
