import { type AffineSampler, samplesOf } from './contract.ts';

/** {@link AffineSampler} in plain TypeScript: what the kernel is compared with. */
export const referenceAffine: AffineSampler = {
  sample({ data, width: stride, height: rows }, map, result, width, height, between) {
    const { xx, xy, x0, yx, yy, y0 } = map;
    const count = samplesOf(map);
    const sampleAt = count === 1 && between === 'curves' ? curved : straight;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let down = 0; down < count; down++) {
          const v = row + (down + 0.5) / count;
          for (let across = 0; across < count; across++) {
            const u = column + (across + 0.5) / count;
            sum += sampleAt(data, stride, rows, xx * u + xy * v + x0, yx * u + yy * v + y0);
          }
        }
        result[row * width + column] = sum / (count * count);
      }
    }
  },
};

/** The plane at a place, along straight lines between its elements. */
function straight(
  plane: Uint8Array | Float32Array,
  stride: number,
  rows: number,
  x: number,
  y: number,
): number {
  const across = Math.min(stride - 1, Math.max(0, x - 0.5));
  const down = Math.min(rows - 1, Math.max(0, y - 0.5));
  const left = Math.floor(across);
  const top = Math.floor(down);
  const right = Math.min(stride - 1, left + 1);
  const upper = top * stride;
  const lower = Math.min(rows - 1, top + 1) * stride;
  const s = across - left;
  const t = down - top;
  const above = plane[upper + left]! * (1 - s) + plane[upper + right]! * s;
  const below = plane[lower + left]! * (1 - s) + plane[lower + right]! * s;
  return above * (1 - t) + below * t;
}

/** The plane at a place, along curves through the four nearest elements of four rows. */
function curved(
  plane: Uint8Array | Float32Array,
  stride: number,
  rows: number,
  x: number,
  y: number,
): number {
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  const s = x - 0.5 - left;
  const t = y - 0.5 - top;
  const c0 = clamp(left - 1, stride);
  const c1 = clamp(left, stride);
  const c2 = clamp(left + 1, stride);
  const c3 = clamp(left + 2, stride);
  const r0 = clamp(top - 1, rows) * stride;
  const r1 = clamp(top, rows) * stride;
  const r2 = clamp(top + 1, rows) * stride;
  const r3 = clamp(top + 2, rows) * stride;
  return curve(
    curve(plane[r0 + c0]!, plane[r0 + c1]!, plane[r0 + c2]!, plane[r0 + c3]!, s),
    curve(plane[r1 + c0]!, plane[r1 + c1]!, plane[r1 + c2]!, plane[r1 + c3]!, s),
    curve(plane[r2 + c0]!, plane[r2 + c1]!, plane[r2 + c2]!, plane[r2 + c3]!, s),
    curve(plane[r3 + c0]!, plane[r3 + c1]!, plane[r3 + c2]!, plane[r3 + c3]!, s),
    t,
  );
}

/** Catmull and Rom's curve through four values, at a share of the way from the second to the third. */
function curve(a: number, b: number, c: number, d: number, share: number): number {
  const slope = c - a;
  const bend = 2 * a - 5 * b + 4 * c - d;
  return b + 0.5 * share * (slope + share * (bend + share * (3 * (b - c) + d - a)));
}

function clamp(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}
