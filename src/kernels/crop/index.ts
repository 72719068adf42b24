/** Turned squares out of planar pictures, as networks take them: reference and WASM SIMD. @module */
export * from './contract.ts';
export { createReferenceCrop } from './reference.ts';
export { compileCrop, createWasmCrop } from './wasm.ts';
