import type { VideoFrame } from '../../core/basics.ts';
import { type Crop, compileCrop, createWasmCrop, type PlanePart } from '../../kernels/crop/index.ts';
import { platform } from '../../platform/index.ts';
import type { SampleOptions, SquareSource, TurnedSquare } from '../analysis/picture-sampler.ts';

/** Side of the largest square that a network takes. */
const LARGEST_INPUT = 256;

type PlaneName = 'y' | 'u' | 'v';
const PLANES = ['y', 'u', 'v'] as const;

/** A plane in the memory of the crop. */
interface Plane {
  readonly width: number;
  readonly height: number;
  /** Full size, half, a quarter...; the halves are allocated when needed. */
  readonly levels: Uint8Array[];
  /** Rows of the frame that are there already. */
  first: number;
  end: number;
}

/**
 * Cuts turned squares out of video frames at the size of a network's input, without aliasing: only what a square covers is
 * scaled and turned into RGB, which costs a tenth of converting the whole frame.
 */
export class FrameSampler implements SquareSource {
  readonly width: number;
  readonly height: number;
  readonly #crop: Crop;
  readonly #planes: Readonly<Record<PlaneName, Plane>>;
  #frame: VideoFrame;

  private constructor(crop: Crop, frame: VideoFrame) {
    const { width, height } = frame;
    this.width = width;
    this.height = height;
    this.#crop = crop;
    this.#frame = frame;
    const plane = (unit: number): Plane => {
      const [columns, rows] = [width / unit, height / unit];
      return { width: columns, height: rows, levels: [crop.bytes(columns * rows)], first: 0, end: 0 };
    };
    this.#planes = { y: plane(1), u: plane(2), v: plane(2) };
  }

  /**
   * @param frame - Must not change until {@link FrameSampler.show} is called or sampling ends.
   * @param largest - Side of the largest square that will be read; default: that of the networks.
   * @throws LoquentError `ASSET_*`, `SIMD_MISSING`.
   */
  static async create(frame: VideoFrame, largest: number = LARGEST_INPUT): Promise<FrameSampler> {
    const module = await compileCrop(await platform().readAsset('assets/kernels/crop.wasm'));
    // A third more for the smaller sizes of each plane, and what rounds up.
    const capacity = 2.1 * frame.width * frame.height + 65_536;
    return new FrameSampler(await createWasmCrop(module, capacity, largest), frame);
  }

  /** Goes on with another frame of the same size. */
  show(frame: VideoFrame): void {
    this.#frame = frame;
    for (const name of PLANES) this.#planes[name].end = this.#planes[name].first = 0;
  }

  /** Reads `square` by bilinear interpolation. */
  sample(square: TurnedSquare, { side, range: [low, high], beyond }: SampleOptions): Float32Array {
    const level = Math.max(0, Math.floor(Math.log2(square.size / side)));
    // Chroma has half the size: from the first level on it lies on the same grid as luma.
    const chromaLevel = Math.max(0, level - 1);
    const shrink = 2 ** level;
    const step = square.size / side / shrink;
    const right = Math.cos(square.angle) * step;
    const down = Math.sin(square.angle) * step;
    const middle = (side - 1) / 2;
    return this.#crop.sample({
      luma: this.#part('y', square, level),
      u: this.#part('u', square, chromaLevel),
      v: this.#part('v', square, chromaLevel),
      chroma: level === 0 ? 0.5 : 1,
      width: this.width / shrink,
      height: this.height / shrink,
      side,
      // Pixel centres lie at .5, elements at whole numbers.
      x: square.x / shrink - 0.5 - middle * (right - down),
      y: square.y / shrink - 0.5 - middle * (down + right),
      right,
      down,
      low,
      high,
      black: beyond === 'black',
    });
  }

  /** What `square` covers of a plane, `level` times halved. */
  #part(name: PlaneName, square: TurnedSquare, level: number): PlanePart {
    const plane = this.#planes[name];
    const unit = name === 'y' ? 1 : 2;
    const { width, height } = plane;
    const block = 2 ** level;
    const reach = ((Math.abs(Math.cos(square.angle)) + Math.abs(Math.sin(square.angle))) * square.size) / 2;
    // One element more on each side for interpolation, in whole blocks; at least one block where all lies outside.
    const begin = (centre: number, length: number): number =>
      Math.floor(Math.min(Math.max((centre - reach) / unit / block - 2, 0), length / block - 1));
    const end = (centre: number, length: number, from: number): number =>
      Math.max(from + 1, Math.floor(Math.min((centre + reach) / unit / block + 3, length / block)));
    const left = Math.max(0, begin(square.x, width));
    const top = Math.max(0, begin(square.y, height));
    let part: PlanePart = {
      left: left * block,
      top: top * block,
      width: Math.min(width - left * block, (end(square.x, width, left) - left) * block),
      height: Math.min(height - top * block, (end(square.y, height, top) - top) * block),
      stride: width,
      data: plane.levels[0]!,
      start: top * block * width + left * block,
    };
    this.#fetch(name, part.top, part.top + part.height);
    for (let step = 1; step <= level && part.width > 1 && part.height > 1; step++)
      part = this.#halve(plane, part, step);
    return part;
  }

  /** Copies rows of the frame that are not there yet. */
  #fetch(name: PlaneName, first: number, end: number): void {
    const plane = this.#planes[name];
    const copy = (from: number, to: number): void => {
      const { width } = plane;
      if (from < to) plane.levels[0]!.set(this.#frame[name].subarray(from * width, to * width), from * width);
    };
    if (plane.end === plane.first) plane.first = plane.end = first;
    copy(first, plane.first);
    copy(plane.end, end);
    plane.first = Math.min(plane.first, first);
    plane.end = Math.max(plane.end, end);
  }

  #halve(plane: Plane, part: PlanePart, level: number): PlanePart {
    const size = (plane.width >> level) * (plane.height >> level);
    plane.levels[level] ??= this.#crop.bytes(size);
    const data = plane.levels[level];
    this.#crop.halve(part, data);
    const [width, height] = [part.width >> 1, part.height >> 1];
    return { left: part.left >> 1, top: part.top >> 1, width, height, stride: width, data, start: 0 };
  }
}
