import { LoquentError } from '../core/basics.ts';

/** Smallest modules that use each feature: one function `() => v128` around the instruction in question. */
const SIMD = moduleOf([0x41, 0, 0xfd, 0x0f]); // i32.const 0, i8x16.splat
const RELAXED_SIMD = moduleOf([0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0xfd, 0x80, 0x02]); // ..., i8x16.relaxed_swizzle

/** A WebAssembly module with one function of type `() => v128` and the given body. */
function moduleOf(body: readonly number[]): Uint8Array<ArrayBuffer> {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b];
  const functions = [3, 2, 1, 0];
  const code = [10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b];
  return new Uint8Array([...header, ...types, ...functions, ...code]);
}

/** Whether this JavaScript engine has WebAssembly SIMD, which every kernel needs. */
export function hasSimd(): boolean {
  return WebAssembly.validate(SIMD);
}

/** Whether this JavaScript engine has relaxed SIMD, which makes face analysis a little faster. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_SIMD);
}

/**
 * Compiles a kernel.
 *
 * @param name - Path of the file for the message, `assets/kernels/...`.
 * @param bytes - Its content.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export async function compileKernel(name: string, bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw hasSimd()
      ? new LoquentError('ASSET_CORRUPT', `The shipped file "${name}" cannot be compiled.`, { cause })
      : new LoquentError('SIMD_MISSING', 'This JavaScript engine has no WebAssembly SIMD.', { cause });
  }
}
