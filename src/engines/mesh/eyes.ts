import { type Avatar, type AvatarEye, clamp, mix, smoothstep } from '../../core/basics.ts';
import type { ClipRect, Raster, Surface } from '../../kernels/raster/index.ts';
import { COLUMNS, Opening } from '../mouth/opening.ts';
import { AT_REST, type EyeLayer, EyePicture } from './eye-picture.ts';
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

/** Largest side of what is drawn of an eye, in its widths, and pixels beyond. */
const SIDE = 1.5;
const BEYOND = 16;

/** The eyeball's parts: textures over the same rectangle (see `AvatarEyeball`). */
export interface BallTextures {
  readonly white: Texture;
  readonly iris: Texture;
  readonly glint: Texture;
}

/** What an eye is drawn from and with. */
export interface EyeStage {
  readonly raster: Raster;
  /** Output pixels per region pixel. */
  readonly scale: number;
  /** The whole person, and the same in the raster's memory. */
  readonly photo: Texture;
  readonly texels: Surface;
}

/** Side of the square that holds the picture of an eye, pixels. */
function pictureSide({ width }: AvatarEye, scale: number): number {
  return Math.ceil(SIDE * width * scale) + BEYOND;
}

/** Bytes of the raster's memory that an eye takes. */
export function eyeBytes(eye: AvatarEye, { white, iris, glint }: BallTextures, scale: number): number {
  const textures = white.data.length + iris.data.length + glint.data.length;
  return textures + 2 * pictureSide(eye, scale) ** 2 * 4 + 4096;
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
  /** The eye as the photo has it, and its ball put together anew. */
  readonly #photo: EyePicture;
  readonly #ball: EyePicture;
  readonly #seen: EyeLayer;
  readonly #white: EyeLayer;
  readonly #iris: EyeLayer;
  readonly #glint: EyeLayer;
  readonly #frame: PosedFrame;
  readonly #opening: Opening;
  readonly #scale: number;
  /** Iris centre in the eye's frame, region pixels. */
  readonly #centre: readonly [number, number];

  constructor(avatar: Avatar, which: 0 | 1, ball: BallTextures, stage: EyeStage) {
    const { raster, scale, photo, texels } = stage;
    const eye = avatar.eyes[which];
    this.#eye = eye;
    this.#scale = scale;
    const { left, right, width } = eye;
    const middle = [0, 1, 2].map((k) => (left[k]! + right[k]!) / 2) as [number, number, number];
    const axis = [0, 1, 2].map((k) => (right[k]! - left[k]!) / width) as [number, number, number];
    const side = pictureSide(eye, scale);
    this.#photo = new EyePicture(raster, side);
    this.#ball = new EyePicture(raster, side);
    this.#seen = this.#photo.layer(photo, texels, middle, axis, false);
    const part = (texture: Texture, alpha: boolean) => {
      const data = raster.bytes(texture.data.length);
      data.set(texture.data);
      return this.#ball.layer(texture, { ...texture, data }, middle, axis, alpha);
    };
    this.#white = part(ball.white, false);
    this.#iris = part(ball.iris, true);
    this.#glint = part(ball.glint, true);
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
    const bounds = this.#bounds(clip, Math.ceil(Math.max(above, under) * this.#scale) + 2);
    if (apart < 1) this.#drawPhoto(bounds);
    if (apart > 0) this.#drawBall(bounds, gazeX, gazeY);
    const photo = this.#photo.surface;
    const ball = this.#ball.surface;
    const { data } = target;
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds, Math.max(above, under) + pixel);
      const line = (y - bounds.top) * photo.width - bounds.left;
      for (let n = 0; n < row.count; n++) {
        const upper = row.upper[n]!;
        const lower = row.lower[n]!;
        if (lower - upper < 0.3 * pixel) continue;
        const column = row.column[n]!;
        const margin = smoothstep(Math.min(column, COLUMNS - 1 - column) / (COLUMNS * 0.14));
        const fromUpper = row.Y[n]! - upper;
        const fromLower = lower - row.Y[n]!;
        const cover =
          clamp((fromUpper + margin * above) / pixel + 0.5, 0, 1) *
          clamp((fromLower + margin * under) / pixel + 0.5, 0, 1);
        if (cover <= 0) continue;
        const light = 1 - SHADOW_STRENGTH * closing * (1 - smoothstep(fromUpper / (SHADOW * eyeWidth)));
        const p = (y * target.width + row.x[n]!) * 4;
        const q = (line + row.x[n]!) * 4;
        if (apart < 1) blend(data, p, photo.data, q, cover, light);
        if (apart > 0) blend(data, p, ball.data, q, cover * apart, light);
      }
    }
  }

  /** The pixels of the opening with `pad` rows above and below it, as far as the pictures reach. */
  #bounds(clip: ClipRect, pad: number): ClipRect {
    const { left, top, right, bottom } = this.#opening.bounds(clip, pad);
    const { width, height } = this.#photo.surface;
    return { left, top, right: Math.min(right, left + width), bottom: Math.min(bottom, top + height) };
  }

  #drawPhoto(bounds: ClipRect): void {
    this.#photo.show(bounds);
    this.#seen.draw(this.#frame, bounds, AT_REST);
  }

  /** White, iris and glint over each other. */
  #drawBall(bounds: ClipRect, gazeX: number, gazeY: number): void {
    const frame = this.#frame;
    const [cx, cy] = this.#centre;
    // a disc on a ball is foreshortened as it turns away
    const ball = EYEBALL * this.#eye.width;
    const width = Math.sqrt(1 - Math.min(0.5, (gazeX / ball) ** 2));
    const height = Math.sqrt(1 - Math.min(0.5, (gazeY / ball) ** 2));
    this.#ball.show(bounds);
    this.#white.draw(frame, bounds, AT_REST);
    this.#iris.draw(frame, bounds, {
      x: cx + gazeX - cx * width,
      y: cy + gazeY - cy * height,
      width,
      height,
    });
    this.#glint.draw(frame, bounds, { ...AT_REST, x: gazeX * GLINT_FOLLOWS, y: gazeY * GLINT_FOLLOWS });
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
      const row = opening.row(frame, y, bounds, 3 * thick);
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

/** Lays a pixel of one picture over that of another by `share`, in this light. */
function blend(data: Uint8Array, p: number, from: Uint8Array, q: number, share: number, light: number): void {
  const gain = share * light;
  data[p] = data[p]! * (1 - share) + from[q]! * gain + 0.5;
  data[p + 1] = data[p + 1]! * (1 - share) + from[q + 1]! * gain + 0.5;
  data[p + 2] = data[p + 2]! * (1 - share) + from[q + 2]! * gain + 0.5;
}
