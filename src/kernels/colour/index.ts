/**
 * Colour conversion for video encoders.
 *
 * @module
 */
import { LoquentError } from '../../core/index.ts';
import { platform } from '../../platform/index.ts';
import { i420Length } from './reference.ts';

export { i420Length, rgbaToI420Reference } from './reference.ts';

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

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const bytes = await platform().readAsset('assets/kernels/colour.wasm');
  try {
    return await WebAssembly.compile(new Uint8Array(bytes));
  } catch (cause) {
    throw new LoquentError('SIMD_MISSING', 'This runtime cannot load the colour kernel.', { cause });
  }
}

/**
 * Loads the conversion kernel for frames of one size.
 *
 * @param width - Pixels, even.
 * @param height - Pixels, even.
 * @throws LoquentError `ASSET_MISSING`, `SIMD_MISSING`.
 */
export async function createI420Converter(width: number, height: number): Promise<I420Converter> {
  compiled ??= compile();
  const instance = await WebAssembly.instantiate(await compiled, {});
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
