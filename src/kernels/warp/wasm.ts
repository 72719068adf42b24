import { LoquentError } from '../../core/basics.ts';
import { compileKernel } from '../webassembly.ts';
import type { Warp } from './contract.ts';
import { cubicWeights } from './cubic.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  warp(...numbers: number[]): void;
}

const PAGE = 65_536;

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/warp.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileWarp(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/warp.wasm', bytes);
}

/**
 * A warp on its own WASM memory of fixed size (memory never grows, so views stay valid).
 *
 * @param module - From {@link compileWarp}; may be shared by many warps.
 * @param capacity - Bytes for everything that will be allocated.
 * @throws RangeError from an allocation beyond the capacity, or when the host refuses the memory.
 */
export async function createWasmWarp(module: WebAssembly.Module, capacity: number): Promise<Warp> {
  const abort = () => {
    throw new LoquentError('INTERNAL', 'The warp kernel stopped itself.');
  };
  const instance = await WebAssembly.instantiate(module, { env: { abort } });
  const kernel = instance.exports as unknown as KernelExports;
  const { memory } = kernel;
  let next = memory.buffer.byteLength;
  const table = cubicWeights();
  // one spare page: vector loads of the last pixels may not leave the memory
  memory.grow(Math.ceil((capacity + table.byteLength) / PAGE) + 1);
  const { buffer } = memory;
  const allocate = (bytes: number): number => {
    const at = next;
    next += (bytes + 15) & ~15;
    if (next > buffer.byteLength - 16) {
      throw new RangeError(`The warp has no room for ${bytes} more bytes of its ${capacity}.`);
    }
    return at;
  };
  const weights = new Int16Array(buffer, allocate(table.byteLength), table.length);
  weights.set(table);
  return {
    floats: (length) => new Float32Array(buffer, allocate(length * 4), length),
    indices: (length) => new Uint16Array(buffer, allocate(length * 2), length),
    bytes: (length) => new Uint8Array(buffer, allocate(length), length),
    warp: ({ mesh, source, target, scale, clip }) => {
      const [from, to] = [source.data[0]!.byteOffset, target.data[0]!.byteOffset];
      kernel.warp(
        mesh.triangles.byteOffset,
        mesh.triangles.length / 3,
        mesh.to.byteOffset,
        mesh.from.byteOffset,
        scale,
        weights.byteOffset,
        from,
        source.width,
        source.height,
        to,
        target.width,
        source.data.length > 1 ? source.data[1]!.byteOffset - from : 0,
        source.data.length > 1 ? target.data[1]!.byteOffset - to : 0,
        clip.left,
        clip.top,
        clip.right,
        clip.bottom,
      );
    },
  };
}
