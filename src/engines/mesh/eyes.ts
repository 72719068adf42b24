import { type Avatar, type AvatarEye, clamp, mix, smoothstep } from '../../core/index.ts';
import type { ClipRect, Surface } from '../../kernels/raster/index.ts';
import { COLUMNS, Opening } from '../mouth/opening.ts';
import { PosedFrame } from './posed-frame.ts';
import { EYEBALL, type EyeState, type Rig } from './rig.ts';
import type { Texture } from './textures.ts';

/** Everything below is in shares of the eye's width unless it says otherwise. */

/** The contours run a little inside the visible eye: this much beyond them is drawn anew when the eye looks elsewhere. */
const RIM = { upper: 0.015, lower: 0.035 } as const;
/** Shift of the iris at which the parts of the eyeball have taken the photo's place. */
const APART = 0.02;
/** Share of the iris's way that its reflections go along: they stay with the light. */
const GLINT_FOLLOWS = 0.4;
/** Lash line: half width when closed, and how far the lid must be closed before it shows. */
const LASH = 0.014;
const LASH_FROM = 0.7;
/** A closing eye's opening that is lower than this many output pixels fills up with lash. */
const SLIT = 3;
/** Shadow that a falling lid throws: reach and strength. */
const SHADOW = 0.2;
const SHADOW_STRENGTH = 0.35;

/** Numbers per pixel in a row of reads. */
const READ = 5;

/** The eyeball's parts: textures over the same rectangle (see `AvatarEyeball`). */
export interface BallTextures {
  readonly white: Texture;
  readonly iris: Texture;
  readonly glint: Texture;
}

/**
 * One eye, drawn per pixel over the mesh: the eyeball, fixed to the skull, cut out by the lids. It is the photo's own
 * until it looks elsewhere; then the iris moves over the white, round, foreshortened like a ball's, under reflections
 * that stay with the light.
 */
export class Eye {
  /** Triangles that fill the opening before the eye is drawn, so that no hole shows at its edge. */
  readonly triangles: Uint16Array;
  readonly #eye: AvatarEye;
  readonly #photo: Layer;
  readonly #white: Layer;
  readonly #iris: Layer;
  readonly #glint: Layer;
  readonly #frame: PosedFrame;
  readonly #opening: Opening;
  readonly #scale: number;
  /** Iris centre in the eye's frame, region pixels. */
  readonly #centre: readonly [number, number];
  /** What the pixels of one row read: byte offset in the frame, local x and y, cover, shade. */
  #reads = new Float64Array(0);

  /**
   * @param photo - The whole person.
   * @param scale - Output pixels per region pixel.
   */
  constructor(avatar: Avatar, which: 0 | 1, photo: Texture, ball: BallTextures, scale: number) {
    const eye = avatar.eyes[which];
    this.#eye = eye;
    this.#scale = scale;
    const { left, right, width } = eye;
    const middle = [0, 1, 2].map((k) => (left[k]! + right[k]!) / 2) as [number, number, number];
    const axis = [0, 1, 2].map((k) => (right[k]! - left[k]!) / width) as [number, number, number];
    const layer = (texture: Texture) => new Layer(texture, middle, axis);
    this.#photo = layer(photo);
    this.#white = layer(ball.white);
    this.#iris = layer(ball.iris);
    this.#glint = layer(ball.glint);
    this.#frame = new PosedFrame(middle, axis, [-axis[1], axis[0], 0]);
    const [ix, iy] = [eye.iris[0] - middle[0], eye.iris[1] - middle[1]];
    this.#centre = [ix * axis[0] + iy * axis[1], -ix * axis[1] + iy * axis[0]];
    this.#opening = new Opening(
      Uint16Array.from(eye.upper, (_, i) => i),
      eye.lower,
    );
    this.triangles = stripBetween(eye.upper, eye.lower);
  }

  /**
   * Draws the eyeball between the lids.
   *
   * @param edge - The upper lid's edge, x, y in output pixels per point of the contour.
   */
  draw(target: Surface, clip: ClipRect, rig: Rig, state: EyeState, edge: Float32Array): void {
    const { width: eyeWidth } = this.#eye;
    const { gazeX, gazeY, closing } = state;
    const frame = this.#frame;
    const opening = this.#opening;
    frame.update(rig.pose);
    opening.update(frame, rig.screen, edge);
    const pixel = 1 / this.#scale;
    if (opening.height < 0.3 * pixel) return;
    const apart = smoothstep(Math.hypot(gazeX, gazeY) / (APART * eyeWidth));
    const above = apart * (closing > 0 ? 0 : RIM.upper) * eyeWidth;
    const under = apart * RIM.lower * eyeWidth * (1 - smoothstep(closing * 1.5));
    const bounds = opening.bounds(clip, Math.ceil(Math.max(above, under) * this.#scale) + 2);
    const width = bounds.right - bounds.left;
    if (this.#reads.length < READ * width) this.#reads = new Float64Array(READ * width);
    const reads = this.#reads;
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds);
      let end = 0;
      for (let n = 0; n < row.count; n++) {
        const column = row.column[n]!;
        const upper = row.upper[n]!;
        const lower = row.lower[n]!;
        if (lower - upper < 0.3 * pixel) continue;
        const margin = smoothstep(Math.min(column, COLUMNS - 1 - column) / (COLUMNS * 0.14));
        const fromUpper = row.Y[n]! - upper;
        const fromLower = lower - row.Y[n]!;
        const cover =
          clamp((fromUpper + margin * above) / pixel + 0.5, 0, 1) *
          clamp((fromLower + margin * under) / pixel + 0.5, 0, 1);
        if (cover <= 0) continue;
        reads[end] = (y * target.width + row.x[n]!) * 4;
        reads[end + 1] = row.X[n]!;
        reads[end + 2] = row.Y[n]!;
        reads[end + 3] = cover;
        reads[end + 4] = 1 - SHADOW_STRENGTH * closing * (1 - smoothstep(fromUpper / (SHADOW * eyeWidth)));
        end += READ;
      }
      if (apart < 1) this.#drawPhoto(reads, end, target.data);
      if (apart > 0) this.#drawBall(reads, end, target.data, gazeX, gazeY, apart);
    }
  }

  #drawPhoto(reads: Float64Array, end: number, data: Uint8Array): void {
    const photo = this.#photo;
    const { data: texels, stride } = photo;
    for (let at = 0; at < end; at += READ) {
      const p = reads[at]!;
      const q = photo.find(reads[at + 1]!, reads[at + 2]!);
      const cover = reads[at + 3]!;
      const gain = reads[at + 4]! * cover;
      const { w00, w10, w01, w11 } = photo;
      for (let c = 0; c < 3; c++) {
        const value =
          texels[q + c]! * w00 +
          texels[q + 4 + c]! * w10 +
          texels[q + stride + c]! * w01 +
          texels[q + stride + 4 + c]! * w11;
        data[p + c] = data[p + c]! * (1 - cover) + value * gain + 0.5;
      }
    }
  }

  /** White, iris and glint over each other, laid over the frame by `share`. */
  #drawBall(
    reads: Float64Array,
    end: number,
    data: Uint8Array,
    gazeX: number,
    gazeY: number,
    share: number,
  ): void {
    const white = this.#white;
    const iris = this.#iris;
    const glint = this.#glint;
    const [cx, cy] = this.#centre;
    // a disc on a ball is foreshortened as it turns away
    const ball = EYEBALL * this.#eye.width;
    const narrow = Math.sqrt(1 - Math.min(0.5, (gazeX / ball) ** 2));
    const low = Math.sqrt(1 - Math.min(0.5, (gazeY / ball) ** 2));
    for (let at = 0; at < end; at += READ) {
      const p = reads[at]!;
      const X = reads[at + 1]!;
      const Y = reads[at + 2]!;
      const cover = reads[at + 3]! * share;
      const gain = reads[at + 4]! * cover;
      const a = white.find(X, Y);
      const b = iris.find(cx + (X - cx - gazeX) / narrow, cy + (Y - cy - gazeY) / low);
      const c = glint.find(X - gazeX * GLINT_FOLLOWS, Y - gazeY * GLINT_FOLLOWS);
      const seen = 1 - iris.read(b + 3) / 255;
      const bare = 1 - glint.read(c + 3) / 255;
      for (let k = 0; k < 3; k++) {
        const value = (white.read(a + k) * seen + iris.read(b + k)) * bare + glint.read(c + k);
        data[p + k] = data[p + k]! * (1 - cover) + value * gain + 0.5;
      }
    }
  }

  /** Draws the lash line along the upper lid's edge while the eye closes. */
  drawLashes(target: Surface, clip: ClipRect, rig: Rig, state: EyeState, edge: Float32Array): void {
    const strength = 0.6 * smoothstep((state.closing - LASH_FROM) / 0.3);
    if (strength <= 0) return;
    const closing = smoothstep((state.closing - 0.6) / 0.35);
    const { lash, width: eyeWidth } = this.#eye;
    const frame = this.#frame;
    const opening = this.#opening;
    frame.update(rig.pose);
    opening.update(frame, rig.screen, edge);
    const pixel = 1 / this.#scale;
    const { data } = target;
    const thick = Math.max(0.6 * pixel, LASH * eyeWidth * (0.6 + 0.4 * state.closing));
    const bounds = opening.bounds(clip, Math.ceil(3 * thick * this.#scale) + 1);
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds);
      for (let n = 0; n < row.count; n++) {
        const column = row.column[n]!;
        const upper = row.upper[n]!;
        const gap = row.lower[n]! - upper;
        // the last slit of a closing eye vanishes between the lashes
        const slit = gap > 0 ? closing * (1 - smoothstep(gap / (SLIT * pixel))) : 0;
        const below = row.Y[n]! - upper;
        const distance = (below < 0 ? below : Math.max(0, below - gap * slit)) / thick;
        // lashes stand off towards the outside below, the lid's edge is sharper above
        if (distance < -2.5 || distance > 3) continue;
        const falloff = distance > 0 ? distance * 0.8 : distance;
        const taper = Math.max(slit, smoothstep((Math.min(column, COLUMNS - 1 - column) / COLUMNS) * 6));
        const k = strength * taper * Math.exp(-falloff * falloff);
        if (k < 0.02) continue;
        const p = (y * target.width + row.x[n]!) * 4;
        for (let c = 0; c < 3; c++)
          data[p + c] = mix(data[p + c]!, Math.min(data[p + c]!, lash[c]!), k) + 0.5;
      }
    }
  }
}

function stripBetween(upper: Uint16Array, lower: Uint16Array): Uint16Array {
  const triangles: number[] = [];
  for (let i = 0; i < upper.length - 1; i++) {
    triangles.push(upper[i]!, lower[i]!, upper[i + 1]!, upper[i + 1]!, lower[i]!, lower[i + 1]!);
  }
  return Uint16Array.from(triangles);
}

/** A texture that is read at places of the eye's frame. */
class Layer {
  readonly data: Uint8Array;
  /** Bytes per row. */
  readonly stride: number;
  /** Bilinear weights of the place that was found last: left and right above, left and right below. */
  w00 = 1;
  w10 = 0;
  w01 = 0;
  w11 = 0;
  readonly #width: number;
  readonly #height: number;
  readonly #u: Float64Array;

  constructor(
    texture: Texture,
    middle: readonly [number, number, number],
    axis: readonly [number, number, number],
  ) {
    this.data = texture.data;
    this.stride = texture.width * 4;
    this.#width = texture.width - 1.001;
    this.#height = texture.height - 1.001;
    this.#u = Float64Array.of(
      (middle[0] - texture.originX) * texture.scaleX - 0.5,
      axis[0] * texture.scaleX,
      -axis[1] * texture.scaleX,
      (middle[1] - texture.originY) * texture.scaleY - 0.5,
      axis[1] * texture.scaleY,
      axis[0] * texture.scaleY,
    );
  }

  /** Finds a place in local coordinates: sets the weights and returns the offset of its upper left texel. */
  find(X: number, Y: number): number {
    const m = this.#u;
    const u = clamp(m[0]! + m[1]! * X + m[2]! * Y, 0, this.#width);
    const v = clamp(m[3]! + m[4]! * X + m[5]! * Y, 0, this.#height);
    const column = u | 0;
    const row = v | 0;
    const right = u - column;
    const low = v - row;
    this.w11 = right * low;
    this.w10 = right - this.w11;
    this.w01 = low - this.w11;
    this.w00 = 1 - right - this.w01;
    return row * this.stride + column * 4;
  }

  /** The channel at an offset from {@link find}. */
  read(at: number): number {
    const { data, stride } = this;
    return (
      data[at]! * this.w00 +
      data[at + 4]! * this.w10 +
      data[at + stride]! * this.w01 +
      data[at + stride + 4]! * this.w11
    );
  }
}
