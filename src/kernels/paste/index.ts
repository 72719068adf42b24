/** Squares that are laid over a still frame, turned and scaled: reference and WASM SIMD. @module */
export type { Paste, PasteOrder } from './contract.ts';
export { createReferencePaste } from './reference.ts';
export { compilePaste, createPaste } from './wasm.ts';
