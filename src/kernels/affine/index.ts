/** Planes through affine maps: reference and WASM SIMD. @module */
export * from './contract.ts';
export { referenceAffine } from './reference.ts';
export { compileAffine, createAffine } from './wasm.ts';
