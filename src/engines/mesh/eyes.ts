import { type Avatar, type AvatarEye, clamp, mix, smoothstep } from '../../core/index.ts';
import type { ClipRect, Surface } from '../../kernels/raster/index.ts';
import { LocalFrame } from './local-frame.ts';
import { COLUMNS, Opening } from './opening.ts';
import { type EyeState, LID_FOLLOWS, type Rig } from './rig.ts';
import type { Texture } from './textures.ts';

/** Everything below is in shares of the eye's width unless it says otherwise. */

/** The contour runs a little inside the visible eye: gaze moves this much of the rim along. */
const RIM = 0.11;
/** Lash line: half width when closed, and how far the lid must be closed before it shows. */
const LASH = 0.014;
const LASH_FROM = 0.7;
/** A closing eye's opening that is lower than this many output pixels fills up with lash. */
const SLIT = 3;
/** Shadow that a falling lid throws: reach and strength. */
const SHADOW = 0.2;
const SHADOW_STRENGTH = 0.35;

/** Numbers per pixel in a row of reads. */
const READ = 6;

/**
 * One eye, drawn per pixel over the mesh: the photo's own eye fixed to the skull, its iris moved by the gaze without
 * being bent, cut out by the lids; and the lash line on a closing lid.
 */
export class Eye {
  /** Triangles that fill the opening before the eye is drawn, so that no hole shows at its edge. */
  readonly triangles: Uint16Array;
  readonly #eye: AvatarEye;
  readonly #texture: Texture;
  readonly #frame: LocalFrame;
  readonly #opening: Opening;
  readonly #rest: Opening;
  readonly #scale: number;
  /** Texel of a local point: u0 + uX X + uY Y, then the same for v. */
  readonly #toTexel: Float64Array;
  /** Iris centre in the eye's frame, region pixels. */
  readonly #iris: readonly [number, number];
  /** What the pixels of one row read: byte offset in the frame, local x and y, cover, shade, share of the gaze. */
  #reads = new Float64Array(0);

  /** @param scale - Output pixels per region pixel. */
  constructor(avatar: Avatar, which: 0 | 1, texture: Texture, scale: number) {
    const eye = avatar.eyes[which];
    this.#eye = eye;
    this.#texture = texture;
    this.#scale = scale;
    const { left, right, width } = eye;
    const middle = [0, 1, 2].map((k) => (left[k]! + right[k]!) / 2) as [number, number, number];
    const axis = [0, 1, 2].map((k) => (right[k]! - left[k]!) / width) as [number, number, number];
    this.#toTexel = Float64Array.of(
      (middle[0] - texture.originX) * texture.scaleX - 0.5,
      axis[0] * texture.scaleX,
      -axis[1] * texture.scaleX,
      (middle[1] - texture.originY) * texture.scaleY - 0.5,
      axis[1] * texture.scaleY,
      axis[0] * texture.scaleY,
    );
    this.#frame = new LocalFrame(middle, axis, [-axis[1], axis[0], 0]);
    const [ix, iy] = [eye.iris[0] - middle[0], eye.iris[1] - middle[1]];
    this.#iris = [ix * axis[0] + iy * axis[1], -ix * axis[1] + iy * axis[0]];
    this.#opening = new Opening(
      Uint16Array.from(eye.upper, (_, i) => i),
      eye.lower,
    );
    this.#rest = restOpening(avatar, eye, [middle[0], middle[1]], [axis[0], axis[1]]);
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
    const moved = Math.hypot(gazeX, gazeY) > 0.02 * pixel;
    const rim = moved ? RIM * eyeWidth * (1 - smoothstep(closing * 1.5)) : 0;
    // above a lid that has come down there is skin
    const upperShare = closing > 0 ? 0 : 0.5;
    const bounds = opening.bounds(clip, Math.ceil(rim * this.#scale) + 2);
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
        const margin = rim * smoothstep(Math.min(column, COLUMNS - 1 - column) / (COLUMNS * 0.14));
        const below = row.Y[n]! - upper;
        const above = lower - row.Y[n]!;
        const cover =
          clamp((below + margin * upperShare) / pixel + 0.5, 0, 1) *
          clamp((above + margin) / pixel + 0.5, 0, 1);
        if (cover <= 0) continue;
        reads[end] = (y * target.width + row.x[n]!) * 4;
        reads[end + 1] = row.X[n]!;
        reads[end + 2] = row.Y[n]!;
        reads[end + 3] = cover;
        reads[end + 4] = 1 - SHADOW_STRENGTH * closing * (1 - smoothstep(below / (SHADOW * eyeWidth)));
        const outside = Math.max(-below, -above) / rim;
        // an iris that runs on under the lid's edge goes along as one piece
        reads[end + 5] = outside > 0 ? 1 - smoothstep((outside - 0.55) / 0.45) : 1;
        end += READ;
      }
      if (moved) this.#look(reads, end, gazeX, gazeY);
      this.#sample(reads, end, target.data);
    }
  }

  /** Moves reads against the gaze: the iris goes rigidly, the white beside it gives way, down to nothing at the corners. */
  #look(reads: Float64Array, end: number, gazeX: number, gazeY: number): void {
    const { width, irisRadius } = this.#eye;
    const ix = this.#iris[0];
    const iy = this.#iris[1];
    const pixel = 1 / this.#scale;
    const rigid = irisRadius * 1.08;
    for (let at = 0; at < end; at += READ) {
      const X = reads[at + 1]!;
      const Y = reads[at + 2]!;
      const fromIris = X - ix - gazeX;
      const room = width / 2 + (fromIris > 0 ? -ix - gazeX : ix + gazeX);
      const away = Math.abs(fromIris);
      const stretched = away <= rigid ? 1 : 1 - smoothstep((away - rigid) / Math.max(pixel, room - rigid));
      const along = stretched * reads[at + 5]!;
      const sx = X - gazeX * along;
      reads[at + 1] = sx;
      reads[at + 2] = Y - gazeY * along * this.#verticalShare(sx, Y - iy - gazeY, iy);
    }
  }

  /**
   * Share of a vertical shift at a height relative to the iris: whole in its middle, none at the lower lid, and at
   * the upper lid as much as the lid goes along. So nothing that the lids hide in the photo is ever needed.
   */
  #verticalShare(X: number, fromIris: number, iris: number): number {
    const rest = this.#rest;
    const i = clamp((X - rest.left) * rest.perUnit, 0, COLUMNS - 1) | 0;
    const room = fromIris < 0 ? iris - rest.upper[i]! : rest.lower[i]! - iris;
    const t = smoothstep(Math.abs(fromIris) / Math.max(room, 1e-3));
    return 1 - t * (fromIris < 0 ? 1 - LID_FOLLOWS : 1);
  }

  /** Bilinear reads from the texture, blended over `data`. */
  #sample(reads: Float64Array, end: number, data: Uint8Array): void {
    const { width, height, data: texels } = this.#texture;
    const m = this.#toTexel;
    for (let at = 0; at < end; at += READ) {
      const p = reads[at]!;
      const X = reads[at + 1]!;
      const Y = reads[at + 2]!;
      const u = clamp(m[0]! + m[1]! * X + m[2]! * Y, 0, width - 1.001);
      const v = clamp(m[3]! + m[4]! * X + m[5]! * Y, 0, height - 1.001);
      const column = u | 0;
      const row = v | 0;
      const q = (row * width + column) * 4;
      const r = q + width * 4;
      const right = u - column;
      const low = v - row;
      const w11 = right * low;
      const w10 = right - w11;
      const w01 = low - w11;
      const w00 = 1 - right - w01;
      const cover = reads[at + 3]!;
      const gain = reads[at + 4]! * cover;
      const keep = 1 - cover;
      for (let c = 0; c < 3; c++) {
        const value =
          texels[q + c]! * w00 + texels[q + 4 + c]! * w10 + texels[r + c]! * w01 + texels[r + 4 + c]! * w11;
        data[p + c] = data[p + c]! * keep + value * gain + 0.5;
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

/** The eye's opening in the photo, in the eye's own frame. */
function restOpening(
  avatar: Avatar,
  eye: AvatarEye,
  middle: readonly [number, number],
  axis: readonly [number, number],
): Opening {
  const { rest, vertexCount } = avatar.mesh;
  const flat = new Float32Array(vertexCount * 2);
  for (let v = 0; v < vertexCount; v++) {
    flat[v * 2] = rest[v * 3]!;
    flat[v * 2 + 1] = rest[v * 3 + 1]!;
  }
  const frame = new LocalFrame([0, 0, 0], [1, 0, 0], [0, 1, 0]);
  frame.x = middle[0];
  frame.y = middle[1];
  frame.xx = axis[0];
  frame.xy = axis[1];
  frame.yx = -axis[1];
  frame.yy = axis[0];
  const opening = new Opening(eye.upper, eye.lower);
  opening.update(frame, flat);
  return opening;
}
