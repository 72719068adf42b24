import { clamp } from '../core/basics.ts';

/** Blurring happens on a picture scaled down so far that the radius becomes about this many pixels. */
const WORKING_RADIUS = 6;
/** Box filters one after the other: three look round. */
const PASSES = 3;

/** Sums of light (red, green, blue) and of what is known, four values per pixel. */
interface LightField {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * Puts a picture out of focus as a lens does: light is averaged, not its gamma-coded values, so that lamps grow instead
 * of fading. Transparent parts give no light and are filled by their surroundings.
 *
 * @param source - Premultiplied RGBA; only read.
 * @param radius - How far the light of a point spreads, pixels.
 * @returns RGBA of the same size, opaque.
 */
export function defocus(source: Uint8Array, width: number, height: number, radius: number): Uint8Array {
  const factor = Math.max(1, Math.round(radius / WORKING_RADIUS));
  let field = gatherLight(source, width, height, factor);
  const reach = Math.max(1, Math.round(radius / factor / PASSES));
  for (let pass = 0; pass < PASSES; pass += 1) field = transposedMean(transposedMean(field, reach), reach);
  return develop(field, factor, width, height);
}

/** Averages blocks of `factor` x `factor` pixels. */
function gatherLight(source: Uint8Array, width: number, height: number, factor: number): LightField {
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const data = new Float32Array(columns * rows * 4);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.floor(y / factor) * columns;
    for (let x = 0; x < width; x += 1, at += 4) {
      const alpha = source[at + 3]!;
      if (alpha === 0) continue;
      const to = (row + Math.floor(x / factor)) * 4;
      for (let k = 0; k < 3; k += 1) data[to + k]! += source[at + k]! ** 2 / alpha;
      data[to + 3]! += alpha;
    }
  }
  return { width: columns, height: rows, data };
}

/** Mean along the rows over `2 * reach + 1` pixels, cut at the border; rows become columns. */
function transposedMean({ width, height, data }: LightField, reach: number): LightField {
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    const start = y * width * 4;
    for (let k = 0; k < 4; k += 1) {
      let sum = 0;
      for (let x = 0; x < Math.min(reach, width); x += 1) sum += data[start + x * 4 + k]!;
      for (let x = 0; x < width; x += 1) {
        const entering = x + reach;
        const leaving = x - reach - 1;
        if (entering < width) sum += data[start + entering * 4 + k]!;
        if (leaving >= 0) sum -= data[start + leaving * 4 + k]!;
        const count = Math.min(entering, width - 1) - Math.max(leaving, -1);
        out[(x * height + y) * 4 + k] = Math.max(0, sum) / count;
      }
    }
  }
  return { width: height, height: width, data: out };
}

/** Light back to sRGB values (gamma 2), scaled up to the frame. */
function develop({ width, height, data }: LightField, factor: number, toWidth: number, toHeight: number) {
  const out = new Uint8Array(toWidth * toHeight * 4);
  const light = new Float32Array(4);
  for (let y = 0, at = 0; y < toHeight; y += 1) {
    const row = clamp((y + 0.5) / factor - 0.5, 0, height - 1);
    const top = Math.floor(row);
    const t = row - top;
    const below = Math.min(height - 1, top + 1);
    for (let x = 0; x < toWidth; x += 1, at += 4) {
      const column = clamp((x + 0.5) / factor - 0.5, 0, width - 1);
      const left = Math.floor(column);
      const s = column - left;
      const right = Math.min(width - 1, left + 1);
      const [a, b] = [(top * width + left) * 4, (top * width + right) * 4];
      const [c, d] = [(below * width + left) * 4, (below * width + right) * 4];
      for (let k = 0; k < 4; k += 1) {
        const above = data[a + k]! + (data[b + k]! - data[a + k]!) * s;
        const under = data[c + k]! + (data[d + k]! - data[c + k]!) * s;
        light[k] = above + (under - above) * t;
      }
      const known = Math.max(light[3]!, 1e-6);
      for (let k = 0; k < 3; k += 1) out[at + k] = Math.min(255, 255 * Math.sqrt(light[k]! / known) + 0.5);
      out[at + 3] = 255;
    }
  }
  return out;
}
