import { LoquentError } from '../../core/basics.ts';
import { compileKernel } from '../webassembly.ts';
import type { Crop, CropCall, PlanePart } from './contract.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  halve(...numbers: number[]): void;
  sample(...numbers: number[]): void;
}

const PAGE = 65_536;

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/crop.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileCrop(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/crop.wasm', bytes);
}

/**
 * A crop on its own WASM memory of fixed size (memory never grows, so views stay valid).
 *
 * @param module - From {@link compileCrop}; may be shared by many.
 * @param capacity - Bytes for everything that will be allocated.
 * @param largest - Side of the largest square that will be read.
 * @throws RangeError from an allocation beyond the capacity, or when the host refuses the memory.
 */
export async function createWasmCrop(
  module: WebAssembly.Module,
  capacity: number,
  largest: number,
): Promise<Crop> {
  const abort = () => {
    throw new LoquentError('INTERNAL', 'The crop kernel stopped itself.');
  };
  const { exports } = await WebAssembly.instantiate(module, { env: { abort } });
  const kernel = exports as unknown as KernelExports;
  const { memory } = kernel;
  let next = memory.buffer.byteLength;
  const output = largest * largest * 12;
  // One spare page: vector loads of the last samples may not leave the memory.
  memory.grow(Math.ceil((capacity + output) / PAGE) + 1);
  const { buffer } = memory;
  const allocate = (bytes: number): number => {
    const at = next;
    next += (bytes + 15) & ~15;
    if (next > buffer.byteLength - 64) {
      throw new RangeError(`The crop has no room for ${bytes} more bytes of its ${capacity}.`);
    }
    return at;
  };
  const out = allocate(output);
  const placeOf = ({ data, start }: PlanePart): number => data.byteOffset + start;
  return {
    bytes: (length) => new Uint8Array(buffer, allocate(length), length),
    halve(source, target) {
      kernel.halve(placeOf(source), source.stride, source.width, source.height, target.byteOffset);
    },
    sample({ luma, u, v, chroma, width, height, side, x, y, right, down, low, high, black }: CropCall) {
      if (side > largest || side % 4 !== 0)
        throw new RangeError(`The crop was not made for squares of ${side}.`);
      kernel.sample(
        out,
        side,
        placeOf(luma),
        luma.stride,
        luma.width,
        luma.height,
        x - luma.left,
        y - luma.top,
        placeOf(u),
        placeOf(v),
        u.stride,
        u.width,
        u.height,
        (x + 0.5) * chroma - 0.5 - u.left,
        (y + 0.5) * chroma - 0.5 - u.top,
        chroma,
        right,
        down,
        low,
        (high - low) / 255,
        black ? 1 : 0,
        -1 - luma.left,
        -1 - luma.top,
        width - luma.left,
        height - luma.top,
      );
      return new Float32Array(buffer, out, side * side * 3);
    },
  };
}
