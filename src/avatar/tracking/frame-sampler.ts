import { clamp } from '../../core/geometry.ts';
import type { VideoFrame } from '../../core/index.ts';
import type { SampleOptions, SquareSource, TurnedSquare } from '../analysis/picture-sampler.ts';

/** BT.709, limited range, to RGB 0..255. */
const FROM_LUMA = 255 / 219;
const RED_FROM_V = (1.5748 * 255) / 224;
const GREEN_FROM_U = (-0.1873 * 255) / 224;
const GREEN_FROM_V = (-0.4681 * 255) / 224;
const BLUE_FROM_U = (1.8556 * 255) / 224;

/** A part of a plane at a power of two of its size. */
interface Part {
  /** Place of the first element in the whole plane at this size. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** Elements of a row in memory. */
  stride: number;
  data: Uint8Array;
  /** Position of the first element in `data`. */
  start: number;
}

/**
 * Cuts turned squares out of video frames at the size of a network's input, without aliasing: only what a square covers is
 * scaled and turned into RGB, which costs a tenth of converting the whole frame.
 */
export class FrameSampler implements SquareSource {
  #frame: VideoFrame;
  /** Memory for scaled parts, by plane and level; grows to what is needed. */
  readonly #scratch = new Map<string, Uint8Array>();

  /** @param frame - Must not change until {@link FrameSampler.show} is called or sampling ends. */
  constructor(frame: VideoFrame) {
    this.#frame = frame;
  }

  get width(): number {
    return this.#frame.width;
  }

  get height(): number {
    return this.#frame.height;
  }

  /** Goes on with another frame. */
  show(frame: VideoFrame): void {
    this.#frame = frame;
  }

  /** Reads `square` as `side * side * 3` values, row-major RGB, by bilinear interpolation. The caller owns them. */
  sample(square: TurnedSquare, { side, range: [low, high], beyond }: SampleOptions): Float32Array {
    const { width: fullWidth, height: fullHeight } = this.#frame;
    const level = Math.max(0, Math.floor(Math.log2(square.size / side)));
    const luma = this.#part('y', square, level);
    // Chroma has half the size: from the first level on it lies on the same grid as luma.
    const chromaLevel = Math.max(0, level - 1);
    const u = this.#part('u', square, chromaLevel);
    const v = this.#part('v', square, chromaLevel);
    const toChroma = level === 0 ? 0.5 : 1;
    const shrink = 2 ** level;
    const [width, height] = [fullWidth / shrink, fullHeight / shrink];
    const step = square.size / side / shrink;
    const cos = Math.cos(square.angle) * step;
    const sin = Math.sin(square.angle) * step;
    const middle = (side - 1) / 2;
    // Pixel centres lie at .5, array elements at whole numbers.
    const firstX = square.x / shrink - 0.5 - middle * (cos - sin);
    const firstY = square.y / shrink - 0.5 - middle * (sin + cos);
    const gain = (high - low) / 255;
    const repeat = beyond === 'repeat';
    const out = new Float32Array(side * side * 3);
    const reach = (Math.abs(cos) + Math.abs(sin)) * (side / 2);
    const [centreX, centreY] = [square.x / shrink, square.y / shrink];
    if (
      centreX - reach > 2 &&
      centreY - reach > 2 &&
      centreX + reach < width - 2 &&
      centreY + reach < height - 2
    ) {
      sampleInside(out, side, luma, u, v, toChroma, firstX, firstY, cos, sin, low, gain);
      return out;
    }
    for (let row = 0, o = 0; row < side; row++) {
      for (let column = 0; column < side; column++, o += 3) {
        const x = firstX + column * cos - row * sin;
        const y = firstY + column * sin + row * cos;
        if (!repeat && (x <= -1 || y <= -1 || x >= width || y >= height)) {
          out[o] = out[o + 1] = out[o + 2] = low;
          continue;
        }
        const cx = (x + 0.5) * toChroma - 0.5;
        const cy = (y + 0.5) * toChroma - 0.5;
        const l = FROM_LUMA * (bilinear(luma, x, y) - 16);
        const cb = bilinear(u, cx, cy) - 128;
        const cr = bilinear(v, cx, cy) - 128;
        out[o] = low + gain * clamp(l + RED_FROM_V * cr, 0, 255);
        out[o + 1] = low + gain * clamp(l + GREEN_FROM_U * cb + GREEN_FROM_V * cr, 0, 255);
        out[o + 2] = low + gain * clamp(l + BLUE_FROM_U * cb, 0, 255);
      }
    }
    return out;
  }

  /** What `square` covers of a plane, `level` times halved. */
  #part(plane: 'y' | 'u' | 'v', square: TurnedSquare, level: number): Part {
    const unit = plane === 'y' ? 1 : 2;
    const width = this.#frame.width / unit;
    const height = this.#frame.height / unit;
    const block = 2 ** level;
    const reach = ((Math.abs(Math.cos(square.angle)) + Math.abs(Math.sin(square.angle))) * square.size) / 2;
    // One element more on each side for interpolation, in whole blocks; at least one block where all lies outside.
    const begin = (centre: number, length: number): number =>
      Math.floor(Math.min(Math.max((centre - reach) / unit / block - 2, 0), length / block - 1));
    const end = (centre: number, length: number, from: number): number =>
      Math.max(from + 1, Math.floor(Math.min((centre + reach) / unit / block + 3, length / block)));
    const left = Math.max(0, begin(square.x, width));
    const top = Math.max(0, begin(square.y, height));
    const part: Part = {
      left: left * block,
      top: top * block,
      width: Math.min(width - left * block, (end(square.x, width, left) - left) * block),
      height: Math.min(height - top * block, (end(square.y, height, top) - top) * block),
      stride: width,
      data: this.#frame[plane],
      start: top * block * width + left * block,
    };
    for (let step = 1; step <= level && part.width > 1 && part.height > 1; step++) {
      this.#halve(part, `${plane}${step}`);
    }
    return part;
  }

  /** Half the size, each element the mean of four. */
  #halve(part: Part, name: string): void {
    const width = part.width >> 1;
    const height = part.height >> 1;
    let out = this.#scratch.get(name);
    if (!out || out.length < width * height) {
      out = new Uint8Array(width * height);
      this.#scratch.set(name, out);
    }
    const { data, stride } = part;
    for (let y = 0, o = 0, row = part.start; y < height; y++, row += 2 * stride) {
      for (let x = 0, i = row; x < width; x++, i += 2, o++) {
        out[o] = (data[i]! + data[i + 1]! + data[i + stride]! + data[i + stride + 1]! + 2) >> 2;
      }
    }
    part.left >>= 1;
    part.top >>= 1;
    part.width = width;
    part.height = height;
    part.stride = width;
    part.data = out;
    part.start = 0;
  }
}

/** The usual case, in which nothing lies beyond the picture: a tenth of a frame's time is spent here. */
function sampleInside(
  out: Float32Array,
  side: number,
  luma: Part,
  u: Part,
  v: Part,
  toChroma: number,
  firstX: number,
  firstY: number,
  cos: number,
  sin: number,
  low: number,
  gain: number,
): void {
  const { data: lumaData, stride: lumaStride } = luma;
  const { data: uData, stride: chromaStride } = u;
  const { data: vData } = v;
  const lumaStart = luma.start - luma.top * lumaStride - luma.left;
  const uStart = u.start - u.top * chromaStride - u.left;
  const vStart = v.start - v.top * chromaStride - v.left;
  for (let row = 0, o = 0; row < side; row++) {
    let x = firstX - row * sin;
    let y = firstY + row * cos;
    for (let column = 0; column < side; column++, o += 3, x += cos, y += sin) {
      // Positions are above 0, so that cutting the fraction off is rounding down.
      const x0 = x | 0;
      const y0 = y | 0;
      const fx = x - x0;
      const i = lumaStart + y0 * lumaStride + x0;
      const a = lumaData[i]!;
      const c = lumaData[i + lumaStride]!;
      const ab = a + (lumaData[i + 1]! - a) * fx;
      const cd = c + (lumaData[i + lumaStride + 1]! - c) * fx;
      const l = FROM_LUMA * (ab + (cd - ab) * (y - y0) - 16);
      const cx = (x + 0.5) * toChroma - 0.5;
      const cy = (y + 0.5) * toChroma - 0.5;
      const cx0 = cx | 0;
      const cy0 = cy | 0;
      const cfx = cx - cx0;
      const cfy = cy - cy0;
      const place = cy0 * chromaStride + cx0;
      const j = uStart + place;
      const ua = uData[j]!;
      const uc = uData[j + chromaStride]!;
      const uab = ua + (uData[j + 1]! - ua) * cfx;
      const ucd = uc + (uData[j + chromaStride + 1]! - uc) * cfx;
      const cb = uab + (ucd - uab) * cfy - 128;
      const k = vStart + place;
      const va = vData[k]!;
      const vc = vData[k + chromaStride]!;
      const vab = va + (vData[k + 1]! - va) * cfx;
      const vcd = vc + (vData[k + chromaStride + 1]! - vc) * cfx;
      const cr = vab + (vcd - vab) * cfy - 128;
      const r = l + RED_FROM_V * cr;
      const g = l + GREEN_FROM_U * cb + GREEN_FROM_V * cr;
      const b = l + BLUE_FROM_U * cb;
      out[o] = low + gain * (r < 0 ? 0 : r > 255 ? 255 : r);
      out[o + 1] = low + gain * (g < 0 ? 0 : g > 255 ? 255 : g);
      out[o + 2] = low + gain * (b < 0 ? 0 : b > 255 ? 255 : b);
    }
  }
}

/** The plane at a place; beyond the part its border again. */
function bilinear({ left, top, width, height, stride, data, start }: Part, x: number, y: number): number {
  const floorX = Math.floor(x);
  const floorY = Math.floor(y);
  const fx = x - floorX;
  const fy = y - floorY;
  let x0 = floorX - left;
  let y0 = floorY - top;
  let x1 = x0 + 1;
  let y1 = y0 + 1;
  if (x0 < 0) x0 = 0;
  else if (x0 >= width) x0 = width - 1;
  if (x1 < 0) x1 = 0;
  else if (x1 >= width) x1 = width - 1;
  if (y0 < 0) y0 = 0;
  else if (y0 >= height) y0 = height - 1;
  if (y1 < 0) y1 = 0;
  else if (y1 >= height) y1 = height - 1;
  const upper = start + y0 * stride;
  const lower = start + y1 * stride;
  const a = data[upper + x0]!;
  const c = data[lower + x0]!;
  const ab = a + (data[upper + x1]! - a) * fx;
  return ab + (c + (data[lower + x1]! - c) * fx - ab) * fy;
}
