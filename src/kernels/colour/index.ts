/**
 * Colour conversion for video encoders.
 *
 * @module
 */
import { compileKernel } from '../webassembly.ts';
import { i420Length } from './reference.ts';

export { premultiplyAlpha, straightenAlpha } from './alpha.ts';
export { i420Length, rgbaToI420Reference } from './reference.ts';
export { copyVideoFrame, videoFrameOf, videoFrameToRgba } from './video-frame.ts';

interface ColourExports {
  readonly memory: WebAssembly.Memory;
  rgbaToI420(source: number, target: number, width: number, height: number): void;
}

/** Converts frames of one size from RGBA to I420 (BT.709, limited range). Holds `5.5 * width * height` bytes. */
export interface I420Converter {
  /**
   * Converts one frame.
   *
   * @param rgba - `width * height * 4` bytes; only read.
   * @param target - Receives `width * height * 3 / 2` bytes: Y, Cb, Cr.
   */
  convert(rgba: Uint8Array, target: Uint8Array): void;
}

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/colour.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileColour(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/colour.wasm', bytes);
}

/**
 * A converter on its own WASM memory.
 *
 * @param module - From {@link compileColour}; may be shared by many converters.
 * @param width - Pixels, even.
 * @param height - Pixels, even.
 */
export async function createI420Converter(
  module: WebAssembly.Module,
  width: number,
  height: number,
): Promise<I420Converter> {
  const instance = await WebAssembly.instantiate(module, {});
  const kernel = instance.exports as unknown as ColourExports;
  const sourceLength = width * height * 4;
  const missing = sourceLength + i420Length(width, height) - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65_536));
  const source = new Uint8Array(kernel.memory.buffer, 0, sourceLength);
  const result = new Uint8Array(kernel.memory.buffer, sourceLength, i420Length(width, height));
  return {
    convert(rgba, target) {
      source.set(rgba);
      kernel.rgbaToI420(0, sourceLength, width, height);
      target.set(result);
    },
  };
}
