import type { VideoFrame } from '../core/basics.ts';
import {
  compileColour,
  copyVideoFrame,
  createI420Converter,
  type I420Converter,
} from '../kernels/colour/index.ts';
import { platform } from '../platform/index.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Loads the colour conversion for frames of one size.
 *
 * @param width - Pixels, even.
 * @param height - Pixels, even.
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function loadI420Converter(width: number, height: number): Promise<I420Converter> {
  compiled ??= platform().readAsset('assets/kernels/colour.wasm').then(compileColour);
  try {
    return await createI420Converter(await compiled, width, height);
  } catch (error) {
    // A later call may find the file.
    compiled = undefined;
    throw error;
  }
}

/**
 * Writes a frame as planes, one after the other.
 *
 * @param pixels - RGBA, which is converted, or planes.
 */
export function writePlanes(
  pixels: Uint8Array | VideoFrame,
  converter: I420Converter,
  target: Uint8Array,
): void {
  if (pixels instanceof Uint8Array) converter.convert(pixels, target);
  else copyVideoFrame(pixels, target);
}
