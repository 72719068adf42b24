/**
 * The embedded lip engine: the frame's own skin, moved; the person's lips out of one picture, lit like the frame; and the
 * mouth's inside painted anew.
 *
 * @module
 */
import {
  LEAST_VISIBILITY,
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
import { Detail } from './detail.ts';
import { Expression } from './expression.ts';
import { FrameLight } from './frame-light.ts';
import { HeadPlacement } from './head-placement.ts';
import { layLips } from './lip-compositor.ts';
import { LipLayer } from './lip-layer.ts';
import { LipLight } from './lip-light.ts';
import { type Painting, PlanePainter } from './plane-painter.ts';
import { SkinLayer } from './skin-layer.ts';

const MAX_SIDE = 4096;
/** Movements below this, pixels, are less than the filter can tell. */
const UNMOVED = 1 / 256;
/** Strength of that line: where lips were apart in the footage, and where they are pressed. */
const CLOSED_LINE = 0.6;
const PRESSED_LINE = 0.6;
/** Gaps up to this count as closed, centimetres. */
const TOUCH = 0.004;
/** The lips' mask ends this far beyond its outermost vertices at most, centimetres. */
const MASK_MARGIN = 1.2;
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
  const { width, height } = rig.portrait.frame;
  const pictures = 5.5 * size.width * size.height + 2.5 * width * height;
  const mesh = rig.mesh.vertexCount * 32 + rig.mesh.triangles.length * 4;
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
  /** The portrait's lips where they go, and their mask: valid where that is not 0. */
  readonly #lipFrame: VideoFrame;
  readonly #mask: Uint8Array;
  readonly #lipLuma: readonly [Planes, Planes];
  readonly #lipChroma: readonly [Planes, Planes];
  /** Where the mask may not be 0. */
  #masked: ClipRect = { left: 0, top: 0, right: 0, bottom: 0 };
  /** Triangles of the skin that the lips do not hide, and room for those that move in one frame. */
  readonly #skinTriangles: Uint16Array;
  readonly #triangles: Uint16Array;
  readonly #lipTriangles: Uint16Array;
  readonly #head: HeadPlacement;
  readonly #expression: Expression;
  readonly #skin: SkinLayer;
  readonly #lips: LipLayer;
  readonly #lipLight = new LipLight();
  readonly #detail: Detail;
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
    const makeFrame = (width: number, height: number): VideoFrame => ({
      width,
      height,
      y: warp.bytes(width * height),
      u: warp.bytes((width * height) / 4),
      v: warp.bytes((width * height) / 4),
    });
    const luma = ({ width, height, y }: VideoFrame, ...more: Uint8Array[]): Planes => ({
      width,
      height,
      data: [y, ...more],
    });
    const chroma = ({ width, height, u, v }: VideoFrame): Planes => ({
      width: width / 2,
      height: height / 2,
      data: [u, v],
    });
    this.#source = makeFrame(width, height);
    this.#target = makeFrame(width, height);
    this.#luma = [luma(this.#source), luma(this.#target)];
    this.#chroma = [chroma(this.#source), chroma(this.#target)];
    const { mesh, mouth, colours } = rig;
    const makePoints = () => warp.floats(mesh.vertexCount * 2);
    this.#triangles = warp.indices(mesh.triangles.length);
    this.#head = new HeadPlacement(rig);
    this.#expression = new Expression(rig);
    this.#skin = new SkinLayer(rig, makePoints(), makePoints());
    this.#lips = new LipLayer(rig, makePoints(), makePoints());
    this.#skinTriangles = this.#lips.shownOf(mesh.triangles);
    this.#lipTriangles = warp.indices(this.#lips.triangles.length);
    this.#lipTriangles.set(this.#lips.triangles);
    const portrait = makeFrame(rig.portrait.frame.width, rig.portrait.frame.height);
    for (const plane of ['y', 'u', 'v'] as const) portrait[plane].set(rig.portrait.frame[plane]);
    const portraitMask = warp.bytes(portrait.width * portrait.height);
    this.#lips.drawMask(portraitMask);
    this.#detail = new Detail(portrait, portraitMask);
    this.#lipFrame = makeFrame(width, height);
    clear(this.#lipFrame, new Uint8Array(0), { left: 0, top: 0, right: width, bottom: height });
    this.#mask = warp.bytes(width * height);
    this.#lipLuma = [luma(portrait, portraitMask), luma(this.#lipFrame, this.#mask)];
    this.#lipChroma = [chroma(portrait), chroma(this.#lipFrame)];
    this.#light = new FrameLight(rig);
    this.#opening = new Opening(mouth.innerUpper, mouth.innerLower);
    this.#inside = new MouthInside({
      colours,
      teeth: mouth.teeth,
      teethEdge: mouth.teethEdge,
      teethLight: mouth.teethLight,
      pixelsPerCm: rig.pixelsPerCm,
      grain: rig.grain,
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
    if (!(face.visibility > LEAST_VISIBILITY)) return { x: 0, y: 0, width: 0, height: 0 };
    this.#head.update(face.landmarks);
    this.#expression.update(motion);
    this.#skin.update(face, this.#head, this.#expression);
    this.#lips.update(this.#skin, this.#head, this.#expression);
    const clip = this.#bounds();
    if (clip.right <= clip.left || clip.bottom <= clip.top) return { x: 0, y: 0, width: 0, height: 0 };
    this.lipGap = this.#expression.gap * this.#head.scale;
    this.#copyIn(frame, clip);
    this.#move(clip);
    this.#drawLips(clip);
    this.#detail.match(this.#source, this.#target, this.#mask, clip, this.#head.scale);
    this.#light.update(frame, face.landmarks, this.#target, this.#lips, this.#head);
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
    const { to, from } = this.#skin;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = 0; at < to.length; at += 2) {
      left = Math.min(left, to[at]!, from[at]!);
      right = Math.max(right, to[at]!, from[at]!);
      top = Math.min(top, to[at + 1]!, from[at + 1]!);
      bottom = Math.max(bottom, to[at + 1]!, from[at + 1]!);
    }
    const { width, height } = this.#source;
    return evenRect(left, top, right, bottom, { left: 0, top: 0, right: width, bottom: height });
  }

  /** Takes over the rows around the face, and what the filter reads beside them. */
  #copyIn(frame: VideoFrame, { top, bottom }: ClipRect): void {
    const { width } = frame;
    let [first, last] = [top, bottom];
    const { from } = this.#skin;
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
    const { to, from } = this.#skin;
    const mesh = { triangles: this.#movingTriangles(), to, from };
    const [luma, lumaTo] = this.#luma;
    this.#warp.warp({ mesh, source: luma, target: lumaTo, scale: 1, clip: { left, top, right, bottom } });
    const [chroma, chromaTo] = this.#chroma;
    const half = { left: left / 2, top: top / 2, right: right / 2, bottom: bottom / 2 };
    this.#warp.warp({ mesh, source: chroma, target: chromaTo, scale: 0.5, clip: half });
  }

  /** Lays the portrait's lips over the moved skin. */
  #drawLips(bounds: ClipRect): void {
    const { to, from, weights } = this.#lips;
    clear(this.#lipFrame, this.#mask, this.#masked);
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let v = 0; v < weights.length; v++) {
      if (weights[v] === 0) continue;
      left = Math.min(left, to[v * 2]!);
      right = Math.max(right, to[v * 2]!);
      top = Math.min(top, to[v * 2 + 1]!);
      bottom = Math.max(bottom, to[v * 2 + 1]!);
    }
    // the mask goes on to the next vertices
    const around = MASK_MARGIN * this.#head.scale;
    const clip = evenRect(left - around, top - around, right + around, bottom + around, bounds);
    this.#masked = clip;
    if (clip.right <= clip.left || clip.bottom <= clip.top) return;
    const mesh = { triangles: this.#lipTriangles, to, from };
    const [luma, lumaTo] = this.#lipLuma;
    this.#warp.warp({ mesh, source: luma, target: lumaTo, scale: 1, clip });
    const [chroma, chromaTo] = this.#lipChroma;
    const half = { left: clip.left / 2, top: clip.top / 2, right: clip.right / 2, bottom: clip.bottom / 2 };
    this.#warp.warp({ mesh, source: chroma, target: chromaTo, scale: 0.5, clip: half });
    this.#lipLight.update(this.#target, this.#lipFrame, this.#mask, clip, this.#head.scale);
    const share = this.#skin.facing[this.#rig.mouth.innerUpper[this.#rig.mouth.innerUpper.length >> 1]!]!;
    layLips(this.#target, this.#lipFrame, this.#mask, share, this.#lipLight, clip);
  }

  /** Triangles in painter's order, without those that would only copy what is there already. */
  #movingTriangles(): Uint16Array {
    const all = this.#skinTriangles;
    const moving = this.#triangles;
    const { to, from } = this.#skin;
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
    this.#opening.update(this.#frame, this.#lips.to);
    this.#opening.shut(TOUCH);
    const expression = this.#expression;
    this.#inside.update(this.#opening, {
      motion,
      drop: expression.jaw * this.#drop,
      sideways: expression.aside * this.#sideways,
      across: this.#light.across,
    });
    const { parted } = this.#lips;
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

/** Makes the lips that were drawn vanish: nothing of them may show in the next frame. */
function clear({ width, u, v }: VideoFrame, mask: Uint8Array, { left, top, right, bottom }: ClipRect): void {
  for (let row = top; row < bottom; row++) {
    mask.fill(0, row * width + left, row * width + right);
    if (row % 2 !== 0) continue;
    const at = (row >> 1) * (width >> 1);
    u.fill(128, at + left / 2, at + right / 2);
    v.fill(128, at + left / 2, at + right / 2);
  }
}

/** Bounds with even edges, inside of others that are even. */
function evenRect(left: number, top: number, right: number, bottom: number, inside: ClipRect): ClipRect {
  return {
    left: Math.max(inside.left, Math.floor(left) & ~1),
    top: Math.max(inside.top, Math.floor(top) & ~1),
    right: Math.min(inside.right, (Math.ceil(right) + 1) & ~1),
    bottom: Math.min(inside.bottom, (Math.ceil(bottom) + 1) & ~1),
  };
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
