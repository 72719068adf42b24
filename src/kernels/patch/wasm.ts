import { compileKernel } from '../webassembly.ts';
import type { Patch, Plane } from './contract.ts';
import { NOTHING, planLaying, rangeOf, type Taps, tapsOf } from './taps.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  scaleDown(...numbers: number[]): void;
  scaleAcross(...numbers: number[]): void;
  blend(...numbers: number[]): void;
}

const PAGE = 65_536;

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/patch.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compilePatch(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/patch.wasm', bytes);
}

/**
 * A {@link Patch} in WebAssembly SIMD, within rounding of the reference. Only the part that is read or painted lies in its memory,
 * which grows to the largest of them.
 *
 * @param module - See {@link compilePatch}.
 */
export async function createPatch(module: WebAssembly.Module): Promise<Patch> {
  const kernel = (await WebAssembly.instantiate(module, {})).exports as unknown as KernelExports;
  const room = new Room(kernel.memory);
  /** Scales rows of floats. @returns Address of the wider or narrower rows. */
  const scaleAcross = (
    source: number,
    width: number,
    rows: number,
    taps: Taps,
    start: number,
    outStride: number,
  ): number => {
    const out = room.take(rows * outStride * 4);
    const { first, weights } = room.put(taps, start);
    const count = taps.first.length;
    kernel.scaleAcross(source, width, first, weights, taps.count, rows, count, out, outStride);
    return out;
  };
  return {
    read(plane, area, side, target) {
      const across = tapsOf(plane.width, area.x, area.width, side, 'linear');
      const down = tapsOf(plane.height, area.y, area.height, side, 'linear');
      const [left, right] = rangeOf(across);
      const [top, bottom] = rangeOf(down);
      room.clear();
      const stride = (right - left + 7) & ~7;
      const source = room.take((bottom - top) * stride);
      copyIn(plane, left, top, right - left, room.bytes(source, (bottom - top) * stride), stride);
      const low = room.take(side * stride * 4);
      const { first, weights } = room.put(down, top);
      kernel.scaleDown(source, stride, first, weights, down.count, side, stride, low);
      const result = scaleAcross(low, stride, side, across, left, side);
      target.set(room.floats(result, side * side));
    },
    lay(plane, area, picture) {
      const plan = planLaying(plane, area, picture);
      if (!plan) return;
      const { side } = picture;
      const { left, top, width, height } = plan;
      const stride = (width + 3) & ~3;
      room.clear();
      /** Puts the rows that are needed at the width of the plane. */
      const widen = (values: Float32Array, across: Taps, [from, to]: readonly [number, number]): number => {
        const rows = room.take((to - from) * side * 4);
        room.floats(rows, (to - from) * side).set(values.subarray(from * side, to * side));
        return scaleAcross(rows, side, to - from, across, 0, stride);
      };
      const rows = rangeOf(plan.down);
      const maskRows = rangeOf(plan.maskDown);
      const wide = widen(picture.values, plan.across, rows);
      const wideMask = widen(picture.mask, plan.maskAcross, maskRows);
      const down = room.put(plan.down, rows[0]);
      const maskDown = room.put(plan.maskDown, maskRows[0]);
      const at = room.take(height * stride);
      copyIn(plane, left, top, width, room.bytes(at, height * stride), stride);
      kernel.blend(
        wide,
        down.first,
        down.weights,
        plan.down.count,
        wideMask,
        maskDown.first,
        maskDown.weights,
        plan.maskDown.count,
        height,
        stride,
        NOTHING,
        at,
      );
      copyOut(room.bytes(at, height * stride), stride, width, plane, left, top);
    },
  };
}

function copyIn(
  { data, width }: Plane,
  left: number,
  top: number,
  columns: number,
  target: Uint8Array,
  stride: number,
): void {
  for (let to = 0, from = top * width + left; to < target.length; to += stride, from += width)
    target.set(data.subarray(from, from + columns), to);
}

function copyOut(
  source: Uint8Array,
  stride: number,
  columns: number,
  { data, width }: Plane,
  left: number,
  top: number,
): void {
  for (let from = 0, to = top * width + left; from < source.length; from += stride, to += width)
    data.set(source.subarray(from, from + columns), to);
}

/** The kernel's memory. Growing it ends all views, so they are made when they are used. */
class Room {
  readonly #memory: WebAssembly.Memory;
  readonly #begin: number;
  #end: number;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#begin = memory.buffer.byteLength;
    this.#end = this.#begin;
  }

  /** Forgets everything. */
  clear(): void {
    this.#end = this.#begin;
  }

  /** Address of so many bytes, whatever is in them. */
  take(length: number): number {
    const at = this.#end;
    this.#end += (length + 15) & ~15;
    // Vector loads of the last elements may not leave the memory.
    const missing = this.#end + 64 - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** Puts taps, counted from element `start`. */
  put({ first, weights }: Taps, start: number): { readonly first: number; readonly weights: number } {
    const place = { first: this.take(first.byteLength), weights: this.take(weights.byteLength) };
    const starts = new Int32Array(this.#memory.buffer, place.first, first.length);
    for (let index = 0; index < first.length; index++) starts[index] = first[index]! - start;
    this.floats(place.weights, weights.length).set(weights);
    return place;
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }
}
