import { compileKernel } from '../webassembly.ts';
import type { Resample } from './contract.ts';
import { makeFilter } from './filters.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  scaleRow(source: number, first: number, weights: number, taps: number, count: number, out: number): void;
  blendRows(rows: number, weights: number, taps: number, count: number, out: number, opaque: boolean): void;
}

const PAGE = 65_536;

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/resample.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileResample(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/resample.wasm', bytes);
}

/**
 * A {@link Resample} in WebAssembly SIMD, within one unit of the reference. Only rows lie in its memory, never whole
 * pictures; it is freed with the function.
 *
 * @param module - See {@link compileResample}.
 */
export async function createResample(module: WebAssembly.Module): Promise<Resample> {
  const kernel = (await WebAssembly.instantiate(module, {})).exports as unknown as KernelExports;
  return (source, region, width, height, alpha = 'opaque', detail) => {
    const horizontal = makeFilter(source.width, region.x, region.width, width, detail);
    const vertical = makeFilter(source.height, region.y, region.height, height, detail);
    const left = Math.max(0, -horizontal.first[0]!);
    const right = Math.max(0, horizontal.first[width - 1]! + horizontal.taps - source.width);

    const rowBytes = width * 16;
    const slots = vertical.taps + 1;
    const lengths = {
      source: (left + source.width + right) * 4,
      first: width * 4,
      weights: horizontal.weights.byteLength,
      shares: vertical.taps * 4,
      rows: vertical.taps * 4,
      ring: slots * rowBytes,
      out: width * 4,
    };
    const at = layOut(kernel.memory, lengths);
    const { buffer } = kernel.memory;
    const row = new Uint8Array(buffer, at.source, lengths.source);
    const pixels = new Uint32Array(buffer, at.source, lengths.source / 4);
    new Int32Array(buffer, at.first, width).set(horizontal.first.map((column) => column + left));
    new Float32Array(buffer, at.weights, horizontal.weights.length).set(horizontal.weights);
    const shares = new Float32Array(buffer, at.shares, vertical.taps);
    const rows = new Uint32Array(buffer, at.rows, vertical.taps);

    // each source row is scaled once and kept for as long as output rows need it
    const held = new Int32Array(slots).fill(-1);
    const scaledRow = (y: number): number => {
      const slot = y % slots;
      const address = at.ring + slot * rowBytes;
      if (held[slot] === y) return address;
      held[slot] = y;
      const start = y * source.width * 4;
      row.set(source.data.subarray(start, start + source.width * 4), left * 4);
      pixels.fill(pixels[left]!, 0, left);
      pixels.fill(pixels[left + source.width - 1]!, left + source.width);
      kernel.scaleRow(at.source, at.first, at.weights, horizontal.taps, width, address);
      return address;
    };

    const result = new Uint8Array(width * height * 4);
    const out = new Uint8Array(buffer, at.out, lengths.out);
    const { taps, first, weights } = vertical;
    for (let y = 0; y < height; y++) {
      for (let tap = 0; tap < taps; tap++) {
        rows[tap] = scaledRow(Math.min(source.height - 1, Math.max(0, first[y]! + tap)));
        shares[tap] = weights[y * taps + tap]!;
      }
      kernel.blendRows(at.rows, at.shares, taps, width, at.out, alpha === 'opaque');
      result.set(out, y * width * 4);
    }
    return result;
  };
}

/** Places parts of the given lengths (bytes) one after the other, and makes the memory large enough. */
function layOut<Part extends string>(
  memory: WebAssembly.Memory,
  lengths: Record<Part, number>,
): Record<Part, number> {
  let end = 0;
  const at = {} as Record<Part, number>;
  for (const part of Object.keys(lengths) as Part[]) {
    at[part] = end;
    end += Math.ceil(lengths[part] / 16) * 16;
  }
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return at;
}
