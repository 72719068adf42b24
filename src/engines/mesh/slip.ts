import { type Avatar, smoothstep } from '../../core/index.ts';
import type { LipContact } from './lips.ts';
import type { Texture } from './textures.ts';

/** How the texture slides along one contour. */
interface Band {
  /** The contour's vertices, end to end. */
  readonly contour: Uint16Array;
  /** Which side of the contour the band lies on: unit vector away from the opening, region pixels. */
  readonly outwards: readonly [number, number];
  /** How far the texture slides at the contour at full strength, region pixels. */
  readonly slide: number;
  /** Where the slide has died out, region pixels from the contour. */
  readonly reach: number;
  /** Vertices that are copies of contour vertices (inner strips), in the order of the contour. */
  readonly copies?: Uint16Array;
  /** Whether the contour's ends stay, so that the corners keep their texture. */
  readonly side: number;
}

interface Slide {
  readonly vertex: number;
  /** Texel offset at full strength. */
  readonly du: number;
  readonly dv: number;
  /** The contour vertex that decides the strength. */
  readonly leader: number;
}

/** Slides of the texture in canonical centimetres: seam shadow of the upper lip, edge of the lower lip. */
const UPPER_LIP = 0.13;
const LOWER_LIP = 0.06;
const LIP_REACH = 0.42;
/** On lips that are apart in the photo there is no seam; only the blended edge is left out. */
const OPEN_LIP = 0.03;
/** Lip gap, in canonical centimetres, at which the slide is complete. */
const LIP_FULL = 0.16;
/** Eyelids, as shares of the eye's width: lash zone above, wet line below. */
const UPPER_LID = 0.1;
const UPPER_LID_REACH = 0.34;
const LOWER_LID = 0.04;
const LOWER_LID_REACH = 0.16;

/**
 * Lets the texture slide under the edges of lips and eyelids.
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
  readonly #lids: readonly (readonly Slide[])[];
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
        side: upper ? -1 : 1,
        slide: (mouth.closed ? (upper ? UPPER_LIP : LOWER_LIP) : OPEN_LIP) * cm,
        reach: LIP_REACH * cm,
      });
    this.#lips = [...lip(true), ...lip(false)];
    this.#lids = avatar.eyes.map((eye) => {
      const [x, y] = [(eye.right[0] - eye.left[0]) / eye.width, (eye.right[1] - eye.left[1]) / eye.width];
      const upper = slides(avatar, texture, {
        contour: eye.upper,
        outwards: [y, -x],
        side: -1,
        slide: UPPER_LID * eye.width,
        reach: UPPER_LID_REACH * eye.width,
      });
      const lower = slides(avatar, texture, {
        contour: eye.lower,
        outwards: [-y, x],
        side: 1,
        slide: LOWER_LID * eye.width,
        reach: LOWER_LID_REACH * eye.width,
      });
      return [...upper, ...lower];
    });
  }

  /**
   * Slides the texture for one frame.
   *
   * @param positions - Mesh of the frame before the head moves.
   * @param contact - Lip gaps of the same frame.
   * @param press - How hard the lips are pressed together, 0..1.
   * @param blinks - How far each eye is closed, 0..1.
   */
  update(positions: Float32Array, contact: LipContact, press: number, blinks: Float32Array): void {
    for (const slide of this.#lips) {
      const p = slide.leader * 3;
      const gap = contact.gapAt(positions[p]!, positions[p + 1]!);
      this.#apply(slide, Math.max(press, smoothstep(gap / this.#fullGap)));
    }
    for (let eye = 0; eye < this.#lids.length; eye++) {
      const strength = smoothstep(blinks[eye]! * 1.6);
      for (const slide of this.#lids[eye]!) this.#apply(slide, strength);
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

function slides(avatar: Avatar, texture: Texture, band: Band): Slide[] {
  const { rest, faceVertexCount } = avatar.mesh;
  const { contour, outwards, reach } = band;
  const position = new Map([...contour].map((v, i) => [v, i]));
  const found: Slide[] = [];
  const ends = new Set([contour[0]!, contour.at(-1)!]);
  const add = (vertex: number, at: number, strength: number) => {
    // the corners of mouth and eye keep their texture
    const t = at / (contour.length - 1);
    const length = band.slide * strength * Math.sqrt(Math.sin(Math.PI * Math.min(1, Math.max(0, t))));
    if (length < 1e-3) return;
    found.push({
      vertex,
      du: outwards[0] * length * texture.scaleX,
      dv: outwards[1] * length * texture.scaleY,
      leader: contour[at]!,
    });
  };
  for (let v = 0; v < faceVertexCount; v++) {
    if (ends.has(v)) continue;
    const own = position.get(v);
    if (own !== undefined) {
      add(v, own, 1);
      continue;
    }
    let at = 0;
    let distance = Infinity;
    for (let i = 0; i < contour.length; i++) {
      const c = contour[i]! * 3;
      const d = Math.hypot(rest[v * 3]! - rest[c]!, rest[v * 3 + 1]! - rest[c + 1]!);
      if (d < distance) [distance, at] = [d, i];
    }
    if (distance >= reach) continue;
    const c = contour[at]! * 3;
    const ahead = (rest[v * 3]! - rest[c]!) * outwards[0] + (rest[v * 3 + 1]! - rest[c + 1]!) * outwards[1];
    // beside or across the opening: another contour's business
    if (ahead < 0.4 * distance || distance < 1e-3) continue;
    add(v, at, 1 - distance / reach);
  }
  band.copies?.forEach((v, i) => {
    add(v, i, 1);
  });
  return found;
}
