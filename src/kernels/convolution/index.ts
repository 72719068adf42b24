/** Streaming convolution over time: reference and WASM SIMD. @module */
export {
  type ConvolutionLayer,
  type ConvolutionShape,
  parameterCount,
  type StreamingConvolution,
} from './contract.ts';
export { createReferenceConvolutions } from './reference.ts';
export { compileConvolution, createConvolutions } from './wasm.ts';
