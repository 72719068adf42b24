import { type Avatar, clamp, smoothstep } from '../../core/basics.ts';
import { nearestOnContour } from '../mouth/contour.ts';
import type { LipContact } from '../mouth/lip-contact.ts';
import type { Texture } from './textures.ts';

/** How the texture slides along one contour. */
interface Band {
  /** The contour's vertices, end to end. */
  readonly contour: Uint16Array;
  /** Which side of the contour the band lies on: unit vector away from the opening, region pixels. */
  readonly outwards: readonly [number, number];
  /** How far the texture slides at each contour vertex at full strength, region pixels. */
  readonly slide: Float32Array;
  /** Where the slide has died out, region pixels from the contour. */
  readonly reach: number;
  /** Vertices that are copies of contour vertices (inner strips), in the order of the contour. */
  readonly copies?: Uint16Array;
  /** Over which share of the contour, inverted, the slide fades towards its ends. */
  readonly corner: number;
}

interface Slide {
  readonly vertex: number;
  /** Texel offset at full strength. */
  readonly du: number;
  readonly dv: number;
  /** The contour vertex that decides the strength. */
  readonly leader: number;
  /** Distance from the contour, region pixels. */
  readonly distance: number;
}

/** Least and largest slide of a lip's texture in canonical centimetres; between them the photo's seam decides. */
const MIN_LIP = 0.07;
const MAX_LIP = 0.22;
const LIP_REACH = 0.5;
/** Distance from the seam, in canonical centimetres, at which the lip shows its own colour for sure. */
const PLAIN_LIP = 0.3;
/** The seam's shadow ends where this share of the way to the lip's own brightness is done. */
const SEAM_END = 0.75;
/** Over so many of the seam's 81 points to both sides it is looked at together. */
const SEAM_WINDOW = 6;
/** On lips that are apart in the photo there is no seam; only the blended edge is left out. */
const OPEN_LIP = 0.03;
/** Lip gap, in canonical centimetres, at which the slide is complete. */
const LIP_FULL = 0.08;
/** The slide fades towards the corners of the mouth: over 1 / this of the contour. */
const MOUTH_CORNER = 40;

/**
 * Lets the texture slide under the edges of the lips.
 *
 * In the photo the rims that open are in contact: a dark seam between the lips, lashes on the lid. Moved with the
 * rim they would show as a liner around the mouth and as smeared lashes on a closed lid. So while a rim moves, its
 * vertices read the photo a little further out, where there is clean skin, and the renderer draws seam, lip shadow
 * and lash line itself.
 */
export class TextureSlip {
  readonly #uv: Float32Array;
  readonly #restUv: Float32Array;
  readonly #lips: readonly Slide[];
  readonly #fullGap: number;
  readonly #strength: Float32Array;

  /** @param uv - Texel coordinates of the mesh, written by {@link update}. */
  constructor(avatar: Avatar, texture: Texture, uv: Float32Array) {
    this.#uv = uv;
    this.#restUv = uv.slice();
    const { mouth, rig } = avatar;
    const cm = rig.pixelsPerCm;
    const [yx, yy] = mouth.axisY;
    this.#fullGap = LIP_FULL * cm;
    this.#strength = new Float32Array(avatar.mesh.vertexCount);
    const lip = (upper: boolean): Slide[] =>
      slides(avatar, texture, {
        contour: upper ? mouth.innerUpper : mouth.innerLower,
        copies: upper ? mouth.stripUpper : mouth.stripLower,
        outwards: upper ? [-yx, -yy] : [yx, yy],
        slide: Float32Array.from(
          mouth.innerUpper,
          (_, i) =>
            cm *
            (mouth.closed ? seamShadow(avatar, upper ? -1 : 1, i / (mouth.innerUpper.length - 1)) : OPEN_LIP),
        ),
        reach: LIP_REACH * cm,
        corner: MOUTH_CORNER,
      });
    this.#lips = nearestOnly([...lip(true), ...lip(false)]);
  }

  /**
   * Slides the texture for one frame.
   *
   * @param positions - Mesh of the frame before the head moves.
   * @param contact - Lip gaps of the same frame.
   * @param press - How hard the lips are pressed together, 0..1.
   */
  update(positions: Float32Array, contact: LipContact, press: number): void {
    for (const slide of this.#lips) {
      const p = slide.leader * 3;
      const gap = contact.gapAt(positions[p]!, positions[p + 1]!);
      this.#apply(slide, Math.max(press, smoothstep(gap / this.#fullGap)));
    }
  }

  #apply(slide: Slide, strength: number): void {
    const v = slide.vertex;
    if (this.#strength[v] === strength) return;
    this.#strength[v] = strength;
    this.#uv[v * 2] = this.#restUv[v * 2]! + slide.du * strength;
    this.#uv[v * 2 + 1] = this.#restUv[v * 2 + 1]! + slide.dv * strength;
  }
}

/** Keeps one slide per vertex: that of the nearer contour. */
function nearestOnly(slides: readonly Slide[]): Slide[] {
  const best = new Map<number, Slide>();
  for (const slide of slides) {
    const known = best.get(slide.vertex);
    if (!known || slide.distance < known.distance) best.set(slide.vertex, slide);
  }
  return [...best.values()];
}

function slides(avatar: Avatar, texture: Texture, band: Band): Slide[] {
  const { rest, faceVertexCount } = avatar.mesh;
  const { contour, outwards, reach } = band;
  const position = new Map([...contour].map((v, i) => [v, i]));
  const found: Slide[] = [];
  const ends = new Set([contour[0]!, contour.at(-1)!]);
  const add = (vertex: number, at: number, distance: number) => {
    // the corners of mouth and eye keep their texture
    const t = at / (contour.length - 1);
    const fade = 1 - distance / reach;
    const length = band.slide[at]! * fade * Math.sqrt(Math.min(1, band.corner * Math.min(t, 1 - t)));
    if (length < 1e-3) return;
    found.push({
      vertex,
      du: outwards[0] * length * texture.scaleX,
      dv: outwards[1] * length * texture.scaleY,
      leader: contour[at]!,
      distance,
    });
  };
  for (let v = 0; v < faceVertexCount; v++) {
    if (ends.has(v)) continue;
    const own = position.get(v);
    if (own !== undefined) {
      add(v, own, 0);
      continue;
    }
    const at = nearestOnContour(rest, contour, v);
    const c = contour[at]! * 3;
    const distance = Math.hypot(rest[v * 3]! - rest[c]!, rest[v * 3 + 1]! - rest[c + 1]!);
    if (distance >= reach) continue;
    // across the opening: the other contour's business
    if (distance < 1e-3 || aheadOf(rest, contour, at, outwards, v) < 0) continue;
    add(v, at, distance);
  }
  band.copies?.forEach((v, i) => {
    add(v, i, 0);
  });
  return found;
}

/** How far vertex `v` lies on the outer side of the contour at its vertex number `at`, across its direction there. */
function aheadOf(
  rest: Float32Array,
  contour: Uint16Array,
  at: number,
  outwards: readonly [number, number],
  v: number,
): number {
  const before = contour[Math.max(0, at - 1)]! * 3;
  const after = contour[Math.min(contour.length - 1, at + 1)]! * 3;
  let nx = rest[before + 1]! - rest[after + 1]!;
  let ny = rest[after]! - rest[before]!;
  const length = Math.hypot(nx, ny) || 1;
  const sign = nx * outwards[0] + ny * outwards[1] < 0 ? -1 / length : 1 / length;
  nx *= sign;
  ny *= sign;
  const c = contour[at]! * 3;
  return (rest[v * 3]! - rest[c]!) * nx + (rest[v * 3 + 1]! - rest[c + 1]!) * ny;
}

/**
 * How far the dark seam between closed lips reaches into one lip, canonical centimetres.
 *
 * @param t - Where along the mouth, 0..1.
 */
function seamShadow(avatar: Avatar, side: -1 | 1, t: number): number {
  const { mouth, rig, region, layers } = avatar;
  const steps = 12;
  const profile = new Float64Array(steps + 1);
  const middle = Math.round(clamp(t, 0.03, 0.97) * 80);
  const last = Math.min(80, middle + SEAM_WINDOW);
  for (let c = Math.max(0, middle - SEAM_WINDOW); c <= last; c++) {
    for (let i = 0; i <= steps; i++) {
      const away = (side * PLAIN_LIP * rig.pixelsPerCm * i) / steps;
      const x = clamp(Math.round(mouth.seam[c * 3]! + mouth.axisY[0] * away - 0.5), 0, region.width - 1);
      const y = clamp(Math.round(mouth.seam[c * 3 + 1]! + mouth.axisY[1] * away - 0.5), 0, region.height - 1);
      const p = (y * region.width + x) * 4;
      profile[i]! += layers.foreground[p]! + 2 * layers.foreground[p + 1]! + layers.foreground[p + 2]!;
    }
  }
  const dark = Math.min(...profile.subarray(0, steps / 2));
  const level = dark + SEAM_END * (profile[steps]! - dark);
  let end = profile.indexOf(dark);
  while (end < steps && profile[end]! < level) end++;
  return clamp((PLAIN_LIP * (end + 1)) / steps, MIN_LIP, MAX_LIP);
}
