/** Textured triangles, sparse displacement and head movement: reference and WASM SIMD. @module */
export * from './contract.ts';
export { createReferenceRaster, projectPoint } from './reference.ts';
export { compileRaster, createWasmRaster } from './wasm.ts';
