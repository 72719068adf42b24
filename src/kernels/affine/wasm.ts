import { compileKernel } from '../webassembly.ts';
import { type AffineMap, type AffinePlane, type AffineSampler, samplesOf } from './contract.ts';
import { referenceAffine } from './reference.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  sample(...numbers: number[]): void;
}

const PAGE = 65_536;
/** Neighbours of a place before and behind it. */
const BEFORE = 1;
const BEHIND = 2;

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/affine.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileAffine(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/affine.wasm', bytes);
}

/**
 * An {@link AffineSampler} in WebAssembly SIMD, within rounding of the reference, which shrinks in its place. Only the part of a plane
 * that is looked at lies in its memory, with a border, which grows to the largest of them.
 *
 * @param module - See {@link compileAffine}.
 */
export async function createAffine(module: WebAssembly.Module): Promise<AffineSampler> {
  const { memory, sample } = (await WebAssembly.instantiate(module, {})).exports as unknown as KernelExports;
  const begin = memory.buffer.byteLength;
  return {
    sample(plane, map, result, width, height, between) {
      if (samplesOf(map) > 1 || width === 0 || height === 0) {
        referenceAffine.sample(plane, map, result, width, height, between);
        return;
      }
      const part = partOf(map, width, height);
      const end = begin + part.width * part.height * 4;
      const missing = end + width * height * 4 - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      copyPart(plane, part, new Float32Array(memory.buffer, begin, part.width * part.height));
      const { xx, xy, x0, yx, yy, y0 } = map;
      // From the middle of the part's first element to the middle of the result's.
      const x = x0 + 0.5 * (xx + xy) - 0.5 - part.left;
      const y = y0 + 0.5 * (yx + yy) - 0.5 - part.top;
      sample(begin, part.width, x, y, xx, yx, xy, yy, between === 'curves' ? 1 : 0, end, width, height);
      result.set(new Float32Array(memory.buffer, end, width * height));
    },
  };
}

/** Elements of a plane, and beyond it. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Everything that a result looks at. */
function partOf({ xx, xy, x0, yx, yy, y0 }: AffineMap, width: number, height: number): Part {
  const rangeOf = (start: number, across: number, down: number): readonly [number, number] => {
    const corners = [0, across * width, down * height, across * width + down * height];
    const [low, high] = [Math.min(...corners), Math.max(...corners)];
    return [Math.floor(start + low - 0.5) - BEFORE, Math.floor(start + high - 0.5) + BEHIND];
  };
  const [left, right] = rangeOf(x0, xx, xy);
  const [top, bottom] = rangeOf(y0, yx, yy);
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Copies a part of a plane; what lies beyond it repeats its border. */
function copyPart({ data, width, height }: AffinePlane, part: Part, target: Float32Array): void {
  const inside = (place: number, length: number): number => Math.min(length, Math.max(0, place));
  const [first, end] = [inside(part.left, width), inside(part.left + part.width, width)];
  for (let row = 0; row < part.height; row++) {
    const start = Math.min(height - 1, Math.max(0, part.top + row)) * width;
    const line = target.subarray(row * part.width, (row + 1) * part.width);
    if (first < end) line.set(data.subarray(start + first, start + end), first - part.left);
    line.fill(data[start]!, 0, inside(-part.left, part.width));
    line.fill(data[start + width - 1]!, inside(width - part.left, part.width));
  }
}
