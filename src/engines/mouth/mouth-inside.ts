import {
  type AvatarColours,
  type AvatarTeeth,
  BLENDSHAPE_INDEX,
  clamp,
  type MotionFrame,
  mix,
  smoothstep,
} from '../../core/basics.ts';
import { type InsideRow, makeInsideRow } from './inside-row.ts';
import type { LocalFrame } from './local-frame.ts';
import { COLUMNS, type Opening, type OpeningRow } from './opening.ts';
import { LOWER_ROW, ToothPlate, UPPER_ROW } from './teeth.ts';
import { drawTongue, drawTongueTip, type TongueState } from './tongue.ts';

/** Everything below is in centimetres of the canonical face unless it says otherwise. */

/** Over this distance a lip curls inwards and goes over into the dark. */
const UPPER_ROLL = 0.13;
const LOWER_ROLL = 0.12;
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

/** Light falls in from the side differently up to this far beside the middle of the mouth. */
export const LIGHT_REACH = 2.4;

/** What the inside of one person's mouth looks like. */
export interface MouthLook {
  readonly colours: AvatarColours;
  /** The person's own teeth, and the lower edge of the upper incisors below the origin of the frame. */
  readonly teeth: AvatarTeeth | null;
  readonly teethEdge: number;
  /** Light on teeth beside that in which they were seen, 0..1; 1 if left out. */
  readonly teethLight?: number;
  /** Output pixels per centimetre. */
  readonly pixelsPerCm: number;
  /** Nothing is drawn crisper than this. */
  readonly grain: number;
  /** Standard deviation of the picture's noise, 0..255. */
  readonly noise: number;
}

/** How a mouth stands open in one frame. */
export interface MouthState {
  readonly motion: MotionFrame;
  /** How far the lower lip goes down with the jaw, and to the right with it. */
  readonly drop: number;
  readonly sideways: number;
  /** Brightness from -{@link LIGHT_REACH} to {@link LIGHT_REACH} beside the middle, evenly spaced; about 1. */
  readonly across: Float32Array;
}

/**
 * Paints what is seen between open lips: the dark, tongue and teeth, row by row. The upper teeth are fixed to the skull,
 * lower ones and tongue to the jaw; the opening is cut out by the lips' inner edges.
 */
export class MouthInside {
  readonly #look: MouthLook;
  readonly #upperTeeth: ToothPlate;
  readonly #lowerTeeth: ToothPlate;
  readonly #tongue: TongueState = {
    middle: 0,
    upperEdge: 0,
    lowerEdge: 0,
    up: 0,
    out: 0,
    roof: 0,
    light: 0,
  };
  #light = 0;
  #front = 0;
  #across: Float32Array = new Float32Array(2);
  #row = makeInsideRow(0);

  constructor(look: MouthLook) {
    this.#look = look;
    const { colours, pixelsPerCm, grain, noise } = look;
    const paint = { enamel: colours.teeth, gum: colours.gum, pixelsPerCm, grain, noise };
    this.#upperTeeth = new ToothPlate(UPPER_ROW, paint, look.teeth, look.teethEdge);
    this.#lowerTeeth = new ToothPlate(LOWER_ROW, paint);
  }

  /** Takes up the state of one frame. */
  update(opening: Opening, { motion, drop, sideways, across }: MouthState): void {
    const { upper, lower, height } = opening;
    const { teethEdge, teethLight = 1 } = this.#look;
    const at = (index: number) => clamp(motion.weights[index]! || 0, 0, 1.2);
    const round = Math.min(1, Math.max(at(BLENDSHAPE_INDEX.mouthFunnel), at(BLENDSHAPE_INDEX.mouthPucker)));
    const tucked = clamp(at(BLENDSHAPE_INDEX.mouthRollLower) - at(BLENDSHAPE_INDEX.mouthRollUpper), 0, 1);
    const tongue = this.#tongue;
    // a small opening lets little light in: the teeth are a dim sliver there, never a white bar
    this.#light = (0.45 + 0.55 * smoothstep((height - 0.06) / 0.5)) * (1 - ROUND_SHADE * round);
    this.#front = Math.min(1, this.#light * teethLight * (1 + TUCKED_LIGHT * tucked));
    this.#across = across;
    tongue.middle = sideways;
    tongue.upperEdge = teethEdge - ROUND_COVER.upper * round;
    tongue.lowerEdge = Math.max(
      drop * TEETH_DROP + LOWER_EDGE + ROUND_COVER.lower * round,
      tongue.upperEdge - 0.15,
    );
    tongue.up = clamp(motion.tongueUp || 0, 0, 1);
    tongue.out = Math.min(1, at(BLENDSHAPE_INDEX.tongueOut));
    tongue.light = this.#light;
    tongue.roof = mix(upper[COLUMNS >> 1]!, lower[COLUMNS >> 1]!, TIP_ROOF);
  }

  /**
   * Paints the pixels of a row that are inside the mouth at least in part.
   *
   * @returns Valid until the next call.
   */
  paint(frame: LocalFrame, opening: Opening, row: OpeningRow): InsideRow {
    const inside = this.#enter(opening, row);
    if (inside.count === 0) return inside;
    const { colours, teethLight = 1 } = this.#look;
    const { leanX, leanY } = frame;
    const tongue = this.#tongue;
    const light = this.#light;
    drawCavity(inside, colours.cavity, light);
    drawTongue(inside, colours.tongue, tongue);
    this.#lowerTeeth.draw(
      inside,
      tongue.middle,
      tongue.lowerEdge,
      leanX,
      leanY,
      LOWER_TEETH * light * teethLight,
      LOWER_SHADE,
    );
    this.#upperTeeth.draw(inside, 0, tongue.upperEdge, leanX, leanY, this.#front, UPPER_SHADE);
    drawTongueTip(inside, colours.tongue, tongue);
    this.#finish(inside);
    return inside;
  }

  /** Collects the pixels of a row that are inside the mouth at least in part. */
  #enter(opening: Opening, row: OpeningRow): InsideRow {
    if (this.#row.x.length < row.count) this.#row = makeInsideRow(row.x.length);
    const inside = this.#row;
    const { left, right } = opening;
    const soft = 0.6 * this.#look.grain;
    const across = this.#across;
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

  /** Blends into the colour of the corners towards them, and lets the lips lie over it. */
  #finish(inside: InsideRow): void {
    const { corner } = this.#look.colours;
    for (let n = 0; n < inside.count; n++) {
      const open = inside.below[n]! + inside.above[n]!;
      const deep = smoothstep((inside.fromEnd[n]! - 0.05) / 0.9) * (0.5 + 0.5 * smoothstep(open / 0.35));
      const cover = inside.cover[n]!;
      // the curled-in part of the lip is dark
      inside.keep[n] = (1 - cover) * (0.62 + 0.38 * (1 - cover));
      inside.r[n] = mix(corner[0], inside.r[n]!, deep) * cover;
      inside.g[n] = mix(corner[1], inside.g[n]!, deep) * cover;
      inside.b[n] = mix(corner[2], inside.b[n]!, deep) * cover;
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
