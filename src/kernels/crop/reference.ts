import { clamp } from '../../core/basics.ts';
import type { Crop, CropCall, PlanePart } from './contract.ts';

/** BT.709, limited range, to RGB 0..255. */
export const COLOURS = {
  luma: 255 / 219,
  redFromV: (1.5748 * 255) / 224,
  greenFromU: (-0.1873 * 255) / 224,
  greenFromV: (-0.4681 * 255) / 224,
  blueFromU: (1.8556 * 255) / 224,
} as const;

/** The kernel in TypeScript, for comparison and for squares of any size. */
export function createReferenceCrop(): Crop {
  return { bytes: (length) => new Uint8Array(length), halve, sample };
}

function halve({ data, stride, start, width, height }: PlanePart, target: Uint8Array): void {
  const [columns, rows] = [width >> 1, height >> 1];
  for (let y = 0, o = 0, row = start; y < rows; y++, row += 2 * stride) {
    for (let x = 0, i = row; x < columns; x++, i += 2, o++) {
      target[o] = (data[i]! + data[i + 1]! + data[i + stride]! + data[i + stride + 1]! + 2) >> 2;
    }
  }
}

function sample(call: CropCall): Float32Array {
  const { luma, u, v, chroma, width, height, side, x: firstX, y: firstY, right, down, low, high } = call;
  const gain = (high - low) / 255;
  const out = new Float32Array(side * side * 3);
  for (let row = 0, o = 0; row < side; row++) {
    for (let column = 0; column < side; column++, o += 3) {
      const x = firstX + column * right - row * down;
      const y = firstY + column * down + row * right;
      if (call.black && (x <= -1 || y <= -1 || x >= width || y >= height)) {
        out[o] = out[o + 1] = out[o + 2] = low;
        continue;
      }
      const cx = (x + 0.5) * chroma - 0.5;
      const cy = (y + 0.5) * chroma - 0.5;
      const l = COLOURS.luma * (bilinear(luma, x, y) - 16);
      const cb = bilinear(u, cx, cy) - 128;
      const cr = bilinear(v, cx, cy) - 128;
      out[o] = low + gain * clamp(l + COLOURS.redFromV * cr, 0, 255);
      out[o + 1] = low + gain * clamp(l + COLOURS.greenFromU * cb + COLOURS.greenFromV * cr, 0, 255);
      out[o + 2] = low + gain * clamp(l + COLOURS.blueFromU * cb, 0, 255);
    }
  }
  return out;
}

/** The plane at a place; beyond the part its border again. */
function bilinear(
  { left, top, width, height, stride, data, start }: PlanePart,
  x: number,
  y: number,
): number {
  const floorX = Math.floor(x);
  const floorY = Math.floor(y);
  const x0 = clamp(floorX - left, 0, width - 1);
  const x1 = clamp(floorX - left + 1, 0, width - 1);
  const upper = start + clamp(floorY - top, 0, height - 1) * stride;
  const lower = start + clamp(floorY - top + 1, 0, height - 1) * stride;
  const share = x - floorX;
  const ab = data[upper + x0]! + (data[upper + x1]! - data[upper + x0]!) * share;
  const cd = data[lower + x0]! + (data[lower + x1]! - data[lower + x0]!) * share;
  return ab + (cd - ab) * (y - floorY);
}
