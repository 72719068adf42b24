/** Parts of planes for networks, and what they paint back: reference and WASM SIMD. @module */
export type { Patch, PatchPicture, Plane } from './contract.ts';
export { referencePatch } from './reference.ts';
export { compilePatch, createPatch } from './wasm.ts';
