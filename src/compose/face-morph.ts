/** Faces of two frames brought to the same place, so that nothing is seen double while one dissolves into the other. @module */
import { clamp, type Size, smoothstep, type TrackedFace, type VideoFrame } from '../core/basics.ts';
import { compileWarp, createWasmWarp, type Planes, type Warp } from '../kernels/warp/index.ts';
import { platform } from '../platform/index.ts';

/** Columns and rows of the mesh over the head. */
const CELLS = 20;
/** How far around the face's middle it moves wholly, and where nothing moves any more, face heights. */
const WHOLE = 0.7;
const BEYOND = 1.4;
/** Over this distance from the edges of the frame the movement begins, face heights. */
const MARGIN = 0.4;
/** How far around a landmark its own movement counts beside that of the head as a whole, face heights. */
const OWN = 0.14;
/** Weight of the head as a whole there. */
const COMMON = 0.6;
const FOREHEAD = 10;
const CHIN = 152;

/** Moves faces towards each other. */
export class FaceMorph {
  readonly #size: Size;
  readonly #warp: Warp;
  readonly #points: readonly number[];
  readonly #triangles: Uint16Array;
  readonly #from: Float32Array;
  readonly #to: Float32Array;
  readonly #source: VideoFrame;
  readonly #target: VideoFrame;
  /** What the head as a whole does: x and y out of 1, x, y. */
  readonly #common = new Float64Array(6);

  private constructor(size: Size, points: readonly number[], warp: Warp) {
    const { width, height } = size;
    this.#size = size;
    this.#warp = warp;
    this.#points = points;
    this.#triangles = warp.indices(CELLS * CELLS * 6);
    this.#from = warp.floats((CELLS + 1) ** 2 * 2);
    this.#to = warp.floats((CELLS + 1) ** 2 * 2);
    const frame = (): VideoFrame => ({
      width,
      height,
      y: warp.bytes(width * height),
      u: warp.bytes((width * height) / 4),
      v: warp.bytes((width * height) / 4),
    });
    this.#source = frame();
    this.#target = frame();
    let at = 0;
    for (let row = 0; row < CELLS; row++) {
      for (let column = 0; column < CELLS; column++) {
        const corner = row * (CELLS + 1) + column;
        const below = corner + CELLS + 1;
        for (const vertex of [corner, corner + 1, below, below, corner + 1, below + 1])
          this.#triangles[at++] = vertex;
      }
    }
  }

  /**
   * Makes one.
   *
   * @param size - Of the frames.
   * @param points - Numbers of the landmarks that keep their places in the head whatever the face does: four or more, not
   *   on one line.
   */
  static async load(size: Size, points: Iterable<number>): Promise<FaceMorph> {
    const module = await compileWarp(await platform().readAsset('assets/kernels/warp.wasm'));
    const warp = await createWasmWarp(module, 3 * size.width * size.height + 16 * 1024);
    return new FaceMorph(size, [...points], warp);
  }

  /**
   * Moves the face of `one` by `weight` of the way towards that of `other`, and that of `other` the rest of the way towards it:
   * then both lie on each other. What is far from the face, and the edges of the frame, stay where they are.
   *
   * @param one - Changed, like `other`.
   * @param weight - 0..1.
   */
  align(
    one: VideoFrame,
    oneFace: TrackedFace,
    other: VideoFrame,
    otherFace: TrackedFace,
    weight: number,
  ): void {
    this.#move(one, oneFace.landmarks, otherFace.landmarks, weight);
    this.#move(other, otherFace.landmarks, oneFace.landmarks, 1 - weight);
  }

  #move(frame: VideoFrame, here: Float32Array, there: Float32Array, share: number): void {
    if (!this.#fit(here, there)) return;
    const { width, height } = this.#size;
    const [x, y] = [0, 1].map((k) => (here[FOREHEAD * 3 + k]! + here[CHIN * 3 + k]!) / 2) as [number, number];
    const unit = Math.hypot(
      here[FOREHEAD * 3]! - here[CHIN * 3]!,
      here[FOREHEAD * 3 + 1]! - here[CHIN * 3 + 1]!,
    );
    const even = (value: number, most: number) => clamp(2 * Math.round(value / 2), 0, most);
    const [left, right] = [even(x - BEYOND * unit, width), even(x + BEYOND * unit, width)];
    const [top, bottom] = [even(y - BEYOND * unit, height), even(y + BEYOND * unit, height)];
    if (right <= left || bottom <= top) return;
    const from = this.#from;
    const to = this.#to;
    for (let row = 0; row <= CELLS; row++) {
      for (let column = 0; column <= CELLS; column++) {
        const at = (row * (CELLS + 1) + column) * 2;
        const px = left + ((right - left) * column) / CELLS;
        const py = top + ((bottom - top) * row) / CELLS;
        from[at] = to[at] = px;
        from[at + 1] = to[at + 1] = py;
        const away = Math.hypot(px - x, py - y) / unit;
        const margin = Math.min(px - left, right - px, py - top, bottom - py) / (MARGIN * unit);
        const near = smoothstep(margin) * (1 - smoothstep((away - WHOLE) / (BEYOND - WHOLE)));
        if (near > 0) this.#displace(here, there, to, at, OWN * unit, share * near);
      }
    }
    this.#draw(frame, left, top, right, bottom);
  }

  /** Adds a share of the movement at a vertex: what the landmarks around it do, beside the head as a whole. */
  #displace(
    here: Float32Array,
    there: Float32Array,
    to: Float32Array,
    at: number,
    reach: number,
    share: number,
  ): void {
    const c = this.#common;
    const [px, py] = [to[at]!, to[at + 1]!];
    let total = COMMON;
    let dx = 0;
    let dy = 0;
    for (let n = 0; n < this.#points.length; n++) {
      const i = this.#points[n]! * 3;
      const [x, y] = [here[i]!, here[i + 1]!];
      const weight = Math.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * reach * reach));
      if (weight < 1e-3) continue;
      total += weight;
      dx += weight * (there[i]! - (c[0]! + c[1]! * x + c[2]! * y));
      dy += weight * (there[i + 1]! - (c[3]! + c[4]! * x + c[5]! * y));
    }
    to[at] = px + share * (c[0]! + c[1]! * px + c[2]! * py - px + dx / total);
    to[at + 1] = py + share * (c[3]! + c[4]! * px + c[5]! * py - py + dy / total);
  }

  /** Finds the affine map that the head as a whole makes, by least squares. */
  #fit(here: Float32Array, there: Float32Array): boolean {
    const points = this.#points;
    let [mx, my, tx, ty] = [0, 0, 0, 0];
    for (const point of points) {
      mx += here[point * 3]! / points.length;
      my += here[point * 3 + 1]! / points.length;
      tx += there[point * 3]! / points.length;
      ty += there[point * 3 + 1]! / points.length;
    }
    let [xx, xy, yy, xX, yX, xY, yY] = [0, 0, 0, 0, 0, 0, 0];
    for (const point of points) {
      const [x, y] = [here[point * 3]! - mx, here[point * 3 + 1]! - my];
      const [X, Y] = [there[point * 3]! - tx, there[point * 3 + 1]! - ty];
      xx += x * x;
      xy += x * y;
      yy += y * y;
      xX += x * X;
      yX += y * X;
      xY += x * Y;
      yY += y * Y;
    }
    const determinant = xx * yy - xy * xy;
    if (!(determinant > 1e-6 * (xx + yy) ** 2)) return false;
    const c = this.#common;
    c[1] = (xX * yy - yX * xy) / determinant;
    c[2] = (yX * xx - xX * xy) / determinant;
    c[4] = (xY * yy - yY * xy) / determinant;
    c[5] = (yY * xx - xY * xy) / determinant;
    c[0] = tx - c[1] * mx - c[2] * my;
    c[3] = ty - c[4] * mx - c[5] * my;
    return true;
  }

  #draw(frame: VideoFrame, left: number, top: number, right: number, bottom: number): void {
    const mesh = { triangles: this.#triangles, to: this.#to, from: this.#from };
    for (const planes of [['y'], ['u', 'v']] as const) {
      const scale = planes.length === 1 ? 1 : 0.5;
      const of = (picture: VideoFrame): Planes => ({
        width: picture.width * scale,
        height: picture.height * scale,
        data: planes.map((name) => picture[name]),
      });
      for (const name of planes) this.#source[name].set(frame[name]);
      const clip = {
        left: left * scale,
        top: top * scale,
        right: right * scale,
        bottom: bottom * scale,
      };
      this.#warp.warp({ mesh, source: of(this.#source), target: of(this.#target), scale, clip });
      const stride = frame.width * scale;
      for (const name of planes) {
        for (let row = clip.top; row < clip.bottom; row++) {
          const [start, end] = [row * stride + clip.left, row * stride + clip.right];
          frame[name].set(this.#target[name].subarray(start, end), start);
        }
      }
    }
  }
}
