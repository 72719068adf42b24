/** The embedded lip engine: the frame's own lower face, moved, and the mouth's inside painted anew. @module */
import {
  type LipRig,
  LoquentError,
  type MotionFrame,
  type Rect,
  type Size,
  type TrackedFace,
  type VideoFrame,
} from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';
import { compileWarp, createWasmWarp, type Planes, type Warp } from '../../kernels/warp/index.ts';
import { platform } from '../../platform/index.ts';
import type { LipEngine, LipRenderer } from '../engine.ts';
import { LocalFrame } from '../mouth/local-frame.ts';
import { MouthInside } from '../mouth/mouth-inside.ts';
import { Opening } from '../mouth/opening.ts';
import { Expression } from './expression.ts';
import { FrameLight } from './frame-light.ts';
import { HeadPlacement } from './head-placement.ts';
import { LowerFace } from './lower-face.ts';
import { type Painting, PlanePainter } from './plane-painter.ts';

const MAX_SIDE = 4096;
/** Movements below this, pixels, are less than the filter can tell. */
const UNMOVED = 1 / 256;
/** Faces that are seen less than this stay as filmed. */
const UNSEEN = 0.004;
/** Strength of that line: where lips were apart in the footage, and where they are pressed. */
const CLOSED_LINE = 0.75;
const PRESSED_LINE = 0.6;
/** Gaps up to this count as closed, centimetres. */
const TOUCH = 0.004;
/** Finest detail that video shows, pixels. */
const FINEST = 1.2;
/** Standard deviation of the noise that is given to painted teeth, 0..255. */
const NOISE = 1;

let compiled: Promise<WebAssembly.Module> | undefined;

/** Repaints on any CPU with WebAssembly SIMD, in Node and in browsers. Needs no look-ahead. */
export const lipEngine: LipEngine = {
  info: {
    name: 'lip',
    kind: 'lip',
    lookAhead: 0,
    maxSize: MAX_SIDE,
    licence: 'MIT',
    needs: 'Any CPU with WebAssembly SIMD',
  },
  async load(rig, size) {
    checkSize(size);
    compiled ??= platform().readAsset('assets/kernels/warp.wasm').then(compileWarp);
    let module: WebAssembly.Module;
    try {
      module = await compiled;
    } catch (error) {
      // a later call may find the file
      compiled = undefined;
      throw error;
    }
    return createLipRenderer(rig, size, (capacity) => createWasmWarp(module, capacity));
  },
};

/**
 * Makes a renderer on a kernel of the caller's choice.
 *
 * @param createWarp - Makes a warp with room for `capacity` bytes.
 */
export async function createLipRenderer(
  rig: LipRig,
  size: Size,
  createWarp: (capacity: number) => Promise<Warp> | Warp,
): Promise<LipRenderer> {
  checkSize(size);
  const pictures = size.width * size.height * 3;
  const mesh = rig.mesh.vertexCount * 16 + rig.mesh.triangles.length * 2;
  return new PlanarLipRenderer(rig, size, await createWarp(pictures + mesh + 4096));
}

class PlanarLipRenderer implements LipRenderer {
  lipGap = 0;
  readonly #rig: LipRig;
  readonly #warp: Warp;
  /** The frame as it was, and as it becomes; only the rows around the face are valid. */
  readonly #source: VideoFrame;
  readonly #target: VideoFrame;
  readonly #luma: readonly [Planes, Planes];
  readonly #chroma: readonly [Planes, Planes];
  /** Room for the triangles of one frame. */
  readonly #triangles: Uint16Array;
  readonly #head: HeadPlacement;
  readonly #expression: Expression;
  readonly #face: LowerFace;
  readonly #light: FrameLight;
  readonly #frame = new LocalFrame();
  readonly #corners = new Float64Array(8);
  readonly #opening: Opening;
  readonly #inside: MouthInside;
  readonly #painter = new PlanePainter();
  /** How far the lower lip goes with the jaw, and aside with it, centimetres. */
  readonly #drop: number;
  readonly #sideways: number;
  #disposed = false;

  constructor(rig: LipRig, { width, height }: Size, warp: Warp) {
    this.#rig = rig;
    this.#warp = warp;
    const makeFrame = (): VideoFrame => ({
      width,
      height,
      y: warp.bytes(width * height),
      u: warp.bytes((width * height) / 4),
      v: warp.bytes((width * height) / 4),
    });
    this.#source = makeFrame();
    this.#target = makeFrame();
    const luma = ({ y }: VideoFrame): Planes => ({ width, height, data: [y] });
    const chroma = ({ u, v }: VideoFrame): Planes => ({ width: width / 2, height: height / 2, data: [u, v] });
    this.#luma = [luma(this.#source), luma(this.#target)];
    this.#chroma = [chroma(this.#source), chroma(this.#target)];
    const { mesh, mouth, colours } = rig;
    this.#triangles = warp.indices(mesh.triangles.length);
    this.#head = new HeadPlacement(rig);
    this.#expression = new Expression(rig);
    this.#face = new LowerFace(rig, warp.floats(mesh.vertexCount * 2), warp.floats(mesh.vertexCount * 2));
    this.#light = new FrameLight(rig);
    this.#opening = new Opening(mouth.innerUpper, mouth.innerLower);
    this.#inside = new MouthInside({
      colours,
      teeth: mouth.teeth,
      teethEdge: mouth.teethEdge,
      pixelsPerCm: rig.pixelsPerCm,
      grain: FINEST / rig.pixelsPerCm,
      noise: NOISE,
    });
    const middle = mouth.innerLower[mouth.innerLower.length >> 1]!;
    const along = (name: 'jawOpen' | 'jawLeft', axis: number) => {
      const shape = rig.shapes[name];
      const at = shape?.indices.indexOf(middle) ?? -1;
      return at < 0 ? 0 : shape!.deltas[at * 3 + axis]!;
    };
    this.#drop = along('jawOpen', 1);
    this.#sideways = along('jawLeft', 0);
  }

  repaint(frame: VideoFrame, face: TrackedFace, motion: MotionFrame): Rect {
    this.#check(frame, face);
    this.lipGap = 0;
    if (!(face.visibility > UNSEEN)) return { x: 0, y: 0, width: 0, height: 0 };
    this.#head.update(face.landmarks);
    this.#expression.update(motion);
    this.#face.update(frame, face, this.#head, this.#expression);
    const clip = this.#bounds();
    if (clip.right <= clip.left || clip.bottom <= clip.top) return { x: 0, y: 0, width: 0, height: 0 };
    this.lipGap = this.#expression.gap * this.#head.scale;
    this.#copyIn(frame, clip);
    this.#move(clip);
    this.#light.update(frame, face.landmarks, this.#head, this.#face);
    this.#paint(clip, motion);
    if (face.visibility < 1) this.#fade(clip, face.visibility);
    this.#copyOut(frame, clip);
    return { x: clip.left, y: clip.top, width: clip.right - clip.left, height: clip.bottom - clip.top };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }

  #check({ width, height, y, u, v }: VideoFrame, { landmarks }: TrackedFace): void {
    if (this.#disposed)
      throw new LoquentError('INTERNAL', 'The lip renderer was used after it was disposed.');
    const fits = width === this.#source.width && height === this.#source.height;
    const quarter = (width * height) / 4;
    if (!fits || y.length !== width * height || u.length !== quarter || v.length !== quarter) {
      throw new LoquentError(
        'INTERNAL',
        `A frame of ${width} x ${height} pixels was given to a lip renderer for ${this.#source.width} x ${this.#source.height}.`,
      );
    }
    if (landmarks.length !== this.#rig.landmarks.length) {
      throw new LoquentError('INTERNAL', `A tracked face has ${landmarks.length / 3} landmarks.`);
    }
  }

  /** The part of the frame that the mesh covers, even edges. */
  #bounds(): ClipRect {
    const { to, from } = this.#face;
    const { width, height } = this.#source;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = 0; at < to.length; at += 2) {
      left = Math.min(left, to[at]!, from[at]!);
      right = Math.max(right, to[at]!, from[at]!);
      top = Math.min(top, to[at + 1]!, from[at + 1]!);
      bottom = Math.max(bottom, to[at + 1]!, from[at + 1]!);
    }
    return {
      left: Math.max(0, Math.floor(left)) & ~1,
      top: Math.max(0, Math.floor(top)) & ~1,
      right: Math.min(width, (Math.ceil(right) + 1) & ~1),
      bottom: Math.min(height, (Math.ceil(bottom) + 1) & ~1),
    };
  }

  /** Takes over the rows around the face, and what the filter reads beside them. */
  #copyIn(frame: VideoFrame, { top, bottom }: ClipRect): void {
    const { width } = frame;
    let [first, last] = [top, bottom];
    const { from } = this.#face;
    for (let at = 1; at < from.length; at += 2) {
      first = Math.min(first, from[at]! - 8);
      last = Math.max(last, from[at]! + 8);
    }
    first = Math.max(0, Math.floor(first)) & ~1;
    last = Math.min(frame.height, (Math.ceil(last) + 1) & ~1);
    const half = width / 2;
    const copy = (from: Uint8Array, name: 'y' | 'u' | 'v', start: number, end: number) => {
      const rows = from.subarray(start, end);
      this.#source[name].set(rows, start);
      this.#target[name].set(rows, start);
    };
    copy(frame.y, 'y', first * width, last * width);
    copy(frame.u, 'u', (first / 2) * half, (last / 2) * half);
    copy(frame.v, 'v', (first / 2) * half, (last / 2) * half);
  }

  #copyOut(frame: VideoFrame, { top, bottom }: ClipRect): void {
    const { y, u, v, width } = this.#target;
    const half = width / 2;
    frame.y.set(y.subarray(top * width, bottom * width), top * width);
    frame.u.set(u.subarray((top / 2) * half, (bottom / 2) * half), (top / 2) * half);
    frame.v.set(v.subarray((top / 2) * half, (bottom / 2) * half), (top / 2) * half);
  }

  #move({ left, top, right, bottom }: ClipRect): void {
    const { to, from } = this.#face;
    const mesh = { triangles: this.#movingTriangles(), to, from };
    const [luma, lumaTo] = this.#luma;
    this.#warp.warp({ mesh, source: luma, target: lumaTo, scale: 1, clip: { left, top, right, bottom } });
    const [chroma, chromaTo] = this.#chroma;
    const half = { left: left / 2, top: top / 2, right: right / 2, bottom: bottom / 2 };
    this.#warp.warp({ mesh, source: chroma, target: chromaTo, scale: 0.5, clip: half });
  }

  /** Triangles in painter's order, without those that would only copy what is there already. */
  #movingTriangles(): Uint16Array {
    const all = this.#rig.mesh.triangles;
    const moving = this.#triangles;
    const { to, from } = this.#face;
    let count = 0;
    for (let t = 0; t < all.length; t += 3) {
      let most = 0;
      for (let k = 0; k < 3; k++) {
        const at = all[t + k]! * 2;
        most = Math.max(most, Math.abs(to[at]! - from[at]!), Math.abs(to[at + 1]! - from[at + 1]!));
      }
      if (most < UNMOVED) continue;
      for (let k = 0; k < 3; k++) moving[count++] = all[t + k]!;
    }
    return moving.subarray(0, count);
  }

  #paint(clip: ClipRect, motion: MotionFrame): void {
    const { teethOrigin: o } = this.#rig.mouth;
    const head = this.#head;
    const places = this.#corners;
    for (let k = 0; k < 4; k++) {
      const x = o[0] + (k === 1 ? 1 : 0);
      const y = o[1] + (k === 2 ? 1 : 0);
      const z = o[2] + (k === 3 ? 1 : 0);
      places[k * 2] = head.x(x, y, z);
      places[k * 2 + 1] = head.y(x, y, z);
    }
    this.#frame.place(places);
    this.#opening.update(this.#frame, this.#face.to);
    this.#opening.shut(TOUCH);
    const expression = this.#expression;
    this.#inside.update(this.#opening, {
      motion,
      drop: expression.jaw * this.#drop,
      sideways: expression.aside * this.#sideways,
      across: this.#light.across,
    });
    const { parted } = this.#face;
    const painting: Painting = {
      frame: this.#frame,
      opening: this.#opening,
      inside: this.#inside,
      gain: this.#light.gain,
      line: Math.max(CLOSED_LINE * parted, PRESSED_LINE * expression.press),
      closed: 1 - parted,
      seam: this.#rig.seam,
      pixelsPerCm: head.scale,
    };
    this.#painter.paint(this.#target, clip, painting);
  }

  /** Lets the frame shine through where the face is hidden in part. */
  #fade({ left, top, right, bottom }: ClipRect, share: number): void {
    const blend = (to: Uint8Array, from: Uint8Array, stride: number, part: number) => {
      for (let row = top / part; row < bottom / part; row++) {
        for (let at = row * stride + left / part; at < row * stride + right / part; at++)
          to[at] = from[at]! + share * (to[at]! - from[at]!) + 0.5;
      }
    };
    const { y, u, v, width } = this.#target;
    blend(y, this.#source.y, width, 1);
    blend(u, this.#source.u, width / 2, 2);
    blend(v, this.#source.v, width / 2, 2);
  }
}

function checkSize({ width, height }: Size): void {
  const even = width % 2 === 0 && height % 2 === 0;
  if (!(even && width >= 16 && height >= 16 && width <= MAX_SIDE && height <= MAX_SIDE)) {
    throw new LoquentError(
      'INTERNAL',
      `The lip engine cannot repaint frames of ${width} x ${height} pixels.`,
    );
  }
}
