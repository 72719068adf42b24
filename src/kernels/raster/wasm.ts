import { LoquentError } from '../../core/basics.ts';
import { compileKernel } from '../webassembly.ts';
import type {
  ClipRect,
  DrawCall,
  GainMap,
  PlacedGains,
  PlacedShape,
  Raster,
  ShadeCall,
  Surface,
} from './contract.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  draw(...numbers: number[]): void;
  shade(...numbers: number[]): void;
  addGains(
    target: number,
    targetWidth: number,
    part: number,
    width: number,
    height: number,
    weight: number,
  ): void;
  accumulate(positions: number, indices: number, deltas: number, count: number, weight: number): void;
  project(
    positions: number,
    screen: number,
    head: number,
    shoulder: number,
    count: number,
    pose: number,
  ): void;
  copyRows(
    target: number,
    source: number,
    rowBytes: number,
    offset: number,
    length: number,
    rows: number,
  ): void;
}

const PAGE = 65_536;

const toQ15 = (value: number): number => Math.round(value * 32_767);

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/raster.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileRaster(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/raster.wasm', bytes);
}

/**
 * A raster on its own WASM memory of fixed size (memory never grows, so views stay valid).
 *
 * @param module - From {@link compileRaster}; may be shared by many rasters.
 * @param capacity - Bytes for everything that will be allocated.
 * @throws RangeError from an allocation beyond the capacity, or when the host refuses the memory.
 */
export async function createWasmRaster(module: WebAssembly.Module, capacity: number): Promise<Raster> {
  const abort = () => {
    throw new LoquentError('INTERNAL', 'The raster kernel stopped itself.');
  };
  const instance = await WebAssembly.instantiate(module, { env: { abort } });
  const kernel = instance.exports as unknown as KernelExports;
  const { memory } = kernel;
  let next = memory.buffer.byteLength;
  // one spare page: vector loads of the last texels may not leave the memory
  memory.grow(Math.ceil(capacity / PAGE) + 1);
  const { buffer } = memory;
  const allocate = (bytes: number): number => {
    const at = next;
    next += (bytes + 15) & ~15;
    if (next > buffer.byteLength - 16) {
      throw new RangeError(`The raster has no room for ${bytes} more bytes of its ${capacity}.`);
    }
    return at;
  };
  return {
    floats: (length) => new Float32Array(buffer, allocate(length * 4), length),
    indices: (length) => new Uint16Array(buffer, allocate(length * 2), length),
    bytes: (length) => new Uint8Array(buffer, allocate(length), length),
    gains: (length) => new Int16Array(buffer, allocate(length * 2), length),
    accumulate: (positions: Float32Array, { indices, deltas }: PlacedShape, weight: number) =>
      kernel.accumulate(positions.byteOffset, indices.byteOffset, deltas.byteOffset, indices.length, weight),
    project: (positions, screen, headWeight, shoulderWeight, pose) =>
      kernel.project(
        positions.byteOffset,
        screen.byteOffset,
        headWeight.byteOffset,
        shoulderWeight.byteOffset,
        headWeight.length,
        pose.byteOffset,
      ),
    draw: ({ mesh, first, count, texture, target, clip, alpha, cull }: DrawCall) =>
      kernel.draw(
        mesh.triangles.byteOffset + first * 6,
        count,
        mesh.screen.byteOffset,
        mesh.uv.byteOffset,
        texture.data.byteOffset,
        texture.width,
        texture.height,
        target.data.byteOffset,
        target.width,
        clip.left,
        clip.top,
        clip.right,
        clip.bottom,
        alpha ? 1 : 0,
        cull ? 1 : 0,
      ),
    addGains: (target: GainMap, part: PlacedGains, weight: number) =>
      kernel.addGains(
        target.data.byteOffset + (part.y * target.width + part.x) * 2,
        target.width,
        part.data.byteOffset,
        part.width,
        part.height,
        toQ15(weight),
      ),
    shade: ({ mesh, first, count, gains, tint, target, clip }: ShadeCall) =>
      kernel.shade(
        mesh.triangles.byteOffset + first * 6,
        count,
        mesh.screen.byteOffset,
        mesh.uv.byteOffset,
        gains.data.byteOffset,
        gains.width,
        gains.height,
        target.data.byteOffset,
        target.width,
        clip.left,
        clip.top,
        clip.right,
        clip.bottom,
        toQ15(tint[0]),
        toQ15(tint[1]),
        toQ15(tint[2]),
      ),
    copy: (source: Surface, target: Surface, clip: ClipRect) => {
      const rowBytes = source.width * 4;
      const from = clip.top * rowBytes;
      kernel.copyRows(
        target.data.byteOffset + from,
        source.data.byteOffset + from,
        rowBytes,
        clip.left * 4,
        (clip.right - clip.left) * 4,
        clip.bottom - clip.top,
      );
    },
  };
}
