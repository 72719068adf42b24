import { type Avatar, BLENDSHAPE_INDEX, clamp, type MotionFrame, smoothstep } from '../../core/basics.ts';
import type { ClipRect, Surface } from '../../kernels/raster/index.ts';
import type { InsideRow } from '../mouth/inside-row.ts';
import { MouthInside } from '../mouth/mouth-inside.ts';
import { Opening, type OpeningRow } from '../mouth/opening.ts';
import { ContactLine } from './contact-line.ts';
import { type MouthLight, measureLight } from './mouth-light.ts';
import { PosedFrame } from './posed-frame.ts';
import type { Rig } from './rig.ts';

/** Everything below is in centimetres of the canonical face unless it says otherwise. */

/** Lip shading beside the opening: width, and strength on either lip. */
const RIM = 0.16;
const UPPER_RIM = 0.2;
const LOWER_RIM = 0.1;
/** Width of the finest detail that a photo shows, in its own pixels. */
const FINEST = 1.1;
/**
 * The inside of the mouth, drawn per pixel over the mesh: contact line, lip shading, cavity, tongue and teeth. The
 * upper teeth are fixed to the skull, lower ones and tongue to the jaw; the opening is cut out by the lips' inner
 * edges.
 */
export class Mouth {
  readonly #avatar: Avatar;
  readonly #frame: PosedFrame;
  readonly #opening: Opening;
  readonly #line: ContactLine;
  readonly #pixelsPerCm: number;
  /** How far above and below the opening something is drawn, centimetres. */
  readonly #reach: number;
  readonly #inside: MouthInside;
  readonly #light: MouthLight;
  /** Drop of the lower lip at `jawOpen` 1, and its sideways shift at `jawLeft` 1. */
  readonly #drop: number;
  readonly #sideways: number;

  /** @param scale - Output pixels per region pixel. */
  constructor(avatar: Avatar, scale: number) {
    this.#avatar = avatar;
    const { mouth, rig, colours } = avatar;
    const m = rig.fromCanonical as number[];
    const axis = (k: number, length: number): [number, number, number] => [
      m[k]! * length,
      m[k + 3]! * length,
      m[k + 6]! * length,
    ];
    this.#frame = new PosedFrame(mouth.teethOrigin, axis(0, 1), axis(1, -1), axis(2, -1));
    this.#opening = new Opening(mouth.innerUpper, mouth.innerLower);
    this.#pixelsPerCm = rig.pixelsPerCm * scale;
    // no crisper than an output pixel, or the photo's own finest detail
    const grain = Math.max(1, FINEST * scale) / this.#pixelsPerCm;
    this.#reach = Math.max(RIM, grain);
    this.#line = new ContactLine(avatar, this.#pixelsPerCm, grain);
    this.#light = measureLight(avatar, scale);
    this.#inside = new MouthInside({
      colours,
      teeth: mouth.teeth,
      teethEdge: mouth.teethEdge,
      pixelsPerCm: this.#pixelsPerCm,
      grain,
      noise: this.#light.noise,
    });
    const travel = lowerLipTravel(avatar);
    this.#drop = travel.drop / rig.pixelsPerCm;
    this.#sideways = travel.sideways / rig.pixelsPerCm;
  }

  /** Draws into `target`, inside `clip`. */
  draw(target: Surface, clip: ClipRect, rig: Rig, motion: MotionFrame): void {
    const { closed } = this.#avatar.mouth;
    const line = closed ? 0.6 * rig.press : 0.55;
    if (rig.lipGap === 0 && line < 0.02) return;
    this.#frame.update(rig.pose);
    this.#opening.update(this.#frame, rig.screen);
    if (line >= 0.02 || closed) this.#line.draw(target, clip, this.#frame, this.#opening, line);
    if (rig.lipGap > 0) this.#drawInside(target, clip, rig, motion);
  }

  #drawInside(target: Surface, clip: ClipRect, rig: Rig, motion: MotionFrame): void {
    const at = (index: number) => clamp(motion.weights[index]! || 0, 0, 1.2);
    this.#inside.update(this.#opening, {
      motion,
      drop: Math.max(0, rig.jaw) * this.#drop,
      sideways: (at(BLENDSHAPE_INDEX.jawLeft) - at(BLENDSHAPE_INDEX.jawRight)) * this.#sideways,
      across: this.#light.across,
    });
    const bounds = this.#opening.bounds(clip, Math.ceil(RIM * this.#pixelsPerCm) + 1);
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = this.#opening.row(this.#frame, y, bounds, this.#reach);
      this.#shadeLips(target, y, row);
      this.#blend(target, y, this.#inside.paint(this.#frame, this.#opening, row));
    }
  }

  /** Lips darken where they curl inwards beside the opening. */
  #shadeLips({ data, width }: Surface, y: number, row: OpeningRow): void {
    const rim = smoothstep(this.#opening.height / 0.3);
    for (let n = 0; n < row.count; n++) {
      const below = row.Y[n]! - row.upper[n]!;
      const above = row.lower[n]! - row.Y[n]!;
      const open = below + above;
      const outside = -Math.min(below, above);
      // up to where nothing of the lip is left
      if (open <= 0 || outside > RIM || outside < -RIM) continue;
      const near = 1 - Math.max(0, outside) / RIM;
      const dark = 1 - (below < above ? UPPER_RIM : LOWER_RIM) * near * near * rim * smoothstep(open / 0.25);
      const warm = dark * (1 - 0.04 * near * rim);
      const p = (y * width + row.x[n]!) * 4;
      data[p] = data[p]! * dark;
      data[p + 1] = data[p + 1]! * warm;
      data[p + 2] = data[p + 2]! * warm;
    }
  }

  /** Lays what was painted under the lips. */
  #blend({ data, width }: Surface, y: number, inside: InsideRow): void {
    for (let n = 0; n < inside.count; n++) {
      const keep = inside.keep[n]!;
      const p = (y * width + inside.x[n]!) * 4;
      // lit teeth may be brighter than white
      data[p] = Math.min(255, data[p]! * keep + inside.r[n]! + 0.5);
      data[p + 1] = Math.min(255, data[p + 1]! * keep + inside.g[n]! + 0.5);
      data[p + 2] = Math.min(255, data[p + 2]! * keep + inside.b[n]! + 0.5);
    }
  }
}

/** How far the middle of the lower lip goes with the jaw, region pixels. */
function lowerLipTravel({ shapes, mouth }: Avatar): { drop: number; sideways: number } {
  const middle = mouth.innerLower[mouth.innerLower.length >> 1]!;
  const along = (shape: (typeof shapes)['jawOpen'], axis: readonly [number, number]) => {
    const i = shape?.indices.indexOf(middle) ?? -1;
    return i < 0 ? 0 : shape!.deltas[i * 3]! * axis[0] + shape!.deltas[i * 3 + 1]! * axis[1];
  };
  return { drop: along(shapes.jawOpen, mouth.axisY), sideways: along(shapes.jawLeft, mouth.axisX) };
}
