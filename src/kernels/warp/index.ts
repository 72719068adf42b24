/** Parts of planar pictures moved by a mesh: reference and WASM SIMD. @module */
export * from './contract.ts';
export { createReferenceWarp } from './reference.ts';
export { compileWarp, createWasmWarp } from './wasm.ts';
