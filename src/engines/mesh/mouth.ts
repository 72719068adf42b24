import { type Avatar, BLENDSHAPE_INDEX, clamp, type MotionFrame, mix, smoothstep } from '../../core/index.ts';
import type { ClipRect, Surface } from '../../kernels/raster/index.ts';
import { ContactLine } from './contact-line.ts';
import { type InsideRow, makeInsideRow } from './inside-row.ts';
import { LocalFrame } from './local-frame.ts';
import { LIGHT_REACH, type MouthLight, measureLight } from './mouth-light.ts';
import { COLUMNS, Opening, type OpeningRow } from './opening.ts';
import type { Rig } from './rig.ts';
import { LOWER_ROW, ToothPlate, UPPER_ROW } from './teeth.ts';
import { drawTongue, drawTongueTip, type TongueState } from './tongue.ts';

/** Everything below is in centimetres of the canonical face unless it says otherwise. */

/** Over this distance a lip curls inwards and goes over into the dark. */
const UPPER_ROLL = 0.13;
const LOWER_ROLL = 0.12;
/** Lip shading beside the opening: width, and strength on either lip. */
const RIM = 0.16;
const UPPER_RIM = 0.2;
const LOWER_RIM = 0.1;
/** Width of the finest detail that a photo shows, in its own pixels. */
const FINEST = 1.1;
/** Share of the drop of the lower lip that the lower teeth make. */
const TEETH_DROP = 0.95;
/** Lower teeth stand this far below the line of contact. */
const LOWER_EDGE = -0.04;
/** The tip of the tongue between the teeth leaves at least this share of a small opening to the upper ones. */
const TIP_ROOF = 0.35;
/** How much darker it is behind lips that are rounded. */
const ROUND_SHADE = 0.55;
/** How much brighter the upper teeth are on a lower lip that is drawn in under them (f, v): they stand in front then. */
const TUCKED_LIGHT = 1.3;
/** How far rounded lips, which stand forward, cover either row of teeth. */
const ROUND_COVER = { upper: 0.12, lower: 0.24 } as const;
/** Brightness of the lower teeth beside that of the upper ones. */
const LOWER_TEETH = 0.78;
/** The lips' shadows on either row. */
const UPPER_SHADE = { upperLeast: 0.55, upperReach: 0.2, lowerLeast: 0.78, lowerReach: 0.16 } as const;
const LOWER_SHADE = { upperLeast: 0.35, upperReach: 0.75, lowerLeast: 0.55, lowerReach: 0.16 } as const;

/**
 * The inside of the mouth, drawn per pixel over the mesh: contact line, lip shading, cavity, tongue and teeth. The
 * upper teeth are fixed to the skull, lower ones and tongue to the jaw; the opening is cut out by the lips' inner
 * edges.
 */
export class Mouth {
  readonly #avatar: Avatar;
  readonly #frame: LocalFrame;
  readonly #opening: Opening;
  readonly #line: ContactLine;
  readonly #pixelsPerCm: number;
  readonly #upperTeeth: ToothPlate;
  readonly #lowerTeeth: ToothPlate;
  readonly #light: MouthLight;
  /** Drop of the lower lip at `jawOpen` 1, and its sideways shift at `jawLeft` 1. */
  readonly #drop: number;
  readonly #sideways: number;
  /** What is drawn is no crisper than this: an output pixel, or the photo's own finest detail. */
  readonly #grain: number;
  readonly #tongue: TongueState = {
    middle: 0,
    upperEdge: 0,
    lowerEdge: 0,
    up: 0,
    out: 0,
    roof: 0,
    light: 0,
  };
  #inside = makeInsideRow(0);

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
    this.#frame = new LocalFrame(mouth.teethOrigin, axis(0, 1), axis(1, -1), axis(2, -1));
    this.#opening = new Opening(mouth.innerUpper, mouth.innerLower);
    this.#pixelsPerCm = rig.pixelsPerCm * scale;
    this.#grain = Math.max(1, FINEST * scale) / this.#pixelsPerCm;
    this.#line = new ContactLine(avatar, this.#pixelsPerCm, this.#grain);
    this.#light = measureLight(avatar, scale);
    const look = {
      enamel: colours.teeth,
      gum: colours.gum,
      pixelsPerCm: this.#pixelsPerCm,
      grain: this.#grain,
      noise: this.#light.noise,
    };
    this.#upperTeeth = new ToothPlate(UPPER_ROW, look, mouth.teeth, mouth.teethEdge);
    this.#lowerTeeth = new ToothPlate(LOWER_ROW, look);
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
    const opening = this.#opening;
    const frame = this.#frame;
    const { colours, mouth } = this.#avatar;
    const { height } = opening;
    const at = (index: number) => clamp(motion.weights[index]! || 0, 0, 1.2);
    const jaw = Math.max(0, rig.jaw) * this.#drop * TEETH_DROP;
    const jawX = (at(BLENDSHAPE_INDEX.jawLeft) - at(BLENDSHAPE_INDEX.jawRight)) * this.#sideways;
    const round = Math.min(1, Math.max(at(BLENDSHAPE_INDEX.mouthFunnel), at(BLENDSHAPE_INDEX.mouthPucker)));
    // a small opening lets little light in: the teeth are a dim sliver there, never a white bar
    const light = (0.45 + 0.55 * smoothstep((height - 0.06) / 0.5)) * (1 - ROUND_SHADE * round);
    const tucked = clamp(at(BLENDSHAPE_INDEX.mouthRollLower) - at(BLENDSHAPE_INDEX.mouthRollUpper), 0, 1);
    const front = Math.min(1, light * (1 + TUCKED_LIGHT * tucked));
    const tongue = this.#tongue;
    tongue.middle = jawX;
    tongue.upperEdge = mouth.teethEdge - ROUND_COVER.upper * round;
    tongue.lowerEdge = Math.max(jaw + LOWER_EDGE + ROUND_COVER.lower * round, tongue.upperEdge - 0.15);
    tongue.up = clamp(motion.tongueUp || 0, 0, 1);
    tongue.out = Math.min(1, at(BLENDSHAPE_INDEX.tongueOut));
    tongue.light = light;
    const { upper, lower } = opening;
    tongue.roof = mix(upper[COLUMNS >> 1]!, lower[COLUMNS >> 1]!, TIP_ROOF);
    const { leanX, leanY } = frame;
    const bounds = opening.bounds(clip, Math.ceil(RIM * this.#pixelsPerCm) + 1);
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds);
      this.#shadeLips(target, y, row);
      const inside = this.#enter(row);
      if (inside.count === 0) continue;
      drawCavity(inside, colours.cavity, light);
      drawTongue(inside, colours.tongue, tongue);
      this.#lowerTeeth.draw(inside, jawX, tongue.lowerEdge, leanX, leanY, LOWER_TEETH * light, LOWER_SHADE);
      this.#upperTeeth.draw(inside, 0, tongue.upperEdge, leanX, leanY, front, UPPER_SHADE);
      drawTongueTip(inside, colours.tongue, tongue);
      this.#blend(target, y, inside);
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

  /** Collects the pixels of a row that are inside the mouth at least in part. */
  #enter(row: OpeningRow): InsideRow {
    if (this.#inside.x.length < row.count) this.#inside = makeInsideRow(row.x.length);
    const inside = this.#inside;
    const { left, right } = this.#opening;
    const soft = 0.6 * this.#grain;
    const { across } = this.#light;
    const perCm = (across.length - 1) / (2 * LIGHT_REACH);
    let count = 0;
    for (let n = 0; n < row.count; n++) {
      const below = row.Y[n]! - row.upper[n]!;
      const above = row.lower[n]! - row.Y[n]!;
      const open = below + above;
      if (open <= 0 || below < -soft || above < -soft) continue;
      const rollUpper = Math.min(UPPER_ROLL, open * 0.3) + 2 * soft;
      const rollLower = Math.min(LOWER_ROLL, open * 0.25) + 2 * soft;
      const cover = smoothstep((below + soft) / rollUpper) * smoothstep((above + soft) / rollLower);
      if (cover < 0.004) continue;
      inside.x[count] = row.x[n]!;
      inside.X[count] = row.X[n]!;
      inside.Y[count] = row.Y[n]!;
      inside.below[count] = below;
      inside.above[count] = above;
      inside.fromEnd[count] = Math.min(row.X[n]! - left, right - row.X[n]!);
      const place = clamp((row.X[n]! + LIGHT_REACH) * perCm, 0, across.length - 1.001);
      inside.light[count] = mix(across[place | 0]!, across[(place | 0) + 1]!, place - (place | 0));
      inside.cover[count] = cover;
      count++;
    }
    inside.count = count;
    return inside;
  }

  /** Lays what was painted under the lips. */
  #blend({ data, width }: Surface, y: number, inside: InsideRow): void {
    const { corner } = this.#avatar.colours;
    for (let n = 0; n < inside.count; n++) {
      const open = inside.below[n]! + inside.above[n]!;
      const deep = smoothstep((inside.fromEnd[n]! - 0.05) / 0.9) * (0.5 + 0.5 * smoothstep(open / 0.35));
      const cover = inside.cover[n]!;
      // the curled-in part of the lip is dark
      const lip = (1 - cover) * (0.62 + 0.38 * (1 - cover));
      const p = (y * width + inside.x[n]!) * 4;
      // lit teeth may be brighter than white
      data[p] = Math.min(255, data[p]! * lip + mix(corner[0], inside.r[n]!, deep) * cover + 0.5);
      data[p + 1] = Math.min(255, data[p + 1]! * lip + mix(corner[1], inside.g[n]!, deep) * cover + 0.5);
      data[p + 2] = Math.min(255, data[p + 2]! * lip + mix(corner[2], inside.b[n]!, deep) * cover + 0.5);
    }
  }
}

/** The dark of the mouth: flesh-coloured where light comes in past the lips, darkest in the middle. */
function drawCavity(row: InsideRow, colour: readonly [number, number, number], light: number): void {
  const near = 0.85 + 0.75 * light;
  for (let n = 0; n < row.count; n++) {
    const deep = smoothstep(Math.min(row.below[n]!, row.above[n]!, 0.8 * row.fromEnd[n]!) / 0.6);
    const dim = mix(near, 0.62, deep);
    row.r[n] = colour[0] * dim;
    row.g[n] = colour[1] * dim * (1 - 0.1 * deep);
    row.b[n] = colour[2] * dim * (1 - 0.06 * deep);
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
