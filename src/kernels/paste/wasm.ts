import { LoquentError } from '../../core/basics.ts';
import { compileKernel } from '../webassembly.ts';
import { fixed, type Paste, type PasteOrder, partOf } from './contract.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  pack(...numbers: number[]): void;
  halve(...numbers: number[]): void;
  lay(...numbers: number[]): void;
}

const PAGE = 65_536;

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/paste.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compilePaste(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/paste.wasm', bytes);
}

/**
 * A {@link Paste} in WebAssembly SIMD, equal to the reference. Its memory holds the part of the frame twice, and the square.
 *
 * @param module - See {@link compilePaste}; may be shared by many.
 */
export async function createPaste(module: WebAssembly.Module, order: PasteOrder): Promise<Paste> {
  const { part, from, side, opacity } = order;
  if (part.x % 2 !== 0 || part.width % 2 !== 0)
    throw new LoquentError('INTERNAL', 'The part of a frame that a square is laid over has odd edges.');
  const kernel = (await WebAssembly.instantiate(module, {})).exports as unknown as KernelExports;
  const { memory } = kernel;
  let end = memory.buffer.byteLength;
  const place = (bytes: number): number => {
    const at = end;
    end += (bytes + 15) & ~15;
    return at;
  };
  const square = place(12 * from * from);
  const packed = place(4 * from * from);
  const shares = place(opacity.byteLength);
  const frame = partOf(order);
  const still = place(frame.length);
  const out = place(frame.length);
  const spans = place(part.height * 8);
  memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
  new Uint16Array(memory.buffer, shares, opacity.length).set(opacity);
  const pixels = new Uint8Array(memory.buffer, out, frame.length);
  for (const at of [still, out]) new Uint8Array(memory.buffer, at, frame.length).set(frame);
  new Int32Array(memory.buffer, spans, part.height * 2).set(spansOf(order));
  const floats = new Float32Array(memory.buffer, square, 3 * from * from);
  return {
    pixels,
    lay(planes) {
      floats.set(planes);
      kernel.pack(square, from * from, packed);
      for (let half = from / 2; half >= side; half /= 2) kernel.halve(packed, half, packed);
      kernel.lay(
        packed,
        side,
        shares,
        still,
        part.width,
        part.height,
        spans,
        fixed(order.u),
        fixed(order.v),
        fixed(order.right),
        fixed(order.down),
        out,
      );
    },
  };
}

/** For each row of the part the first column that is seen, and the one behind the last; both even. */
function spansOf({ part: { width, height }, opacity }: PasteOrder): Int32Array {
  const spans = new Int32Array(height * 2);
  for (let row = 0; row < height; row++) {
    const line = opacity.subarray(row * width, (row + 1) * width);
    const first = line.findIndex((share) => share > 0);
    if (first < 0) continue;
    spans[row * 2] = first & ~1;
    spans[row * 2 + 1] = (line.findLastIndex((share) => share > 0) + 2) & ~1;
  }
  return spans;
}
