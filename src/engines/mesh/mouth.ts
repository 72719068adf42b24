import {
  type Avatar,
  type AvatarMouth,
  BLENDSHAPE_INDEX,
  clamp,
  type MotionFrame,
  mix,
  smoothstep,
} from '../../core/index.ts';
import type { ClipRect, Surface } from '../../kernels/raster/index.ts';
import { LocalFrame } from './local-frame.ts';
import { COLUMNS, Opening } from './opening.ts';
import type { Rig } from './rig.ts';
import { LOWER_ROW, ToothTable, UPPER_ROW } from './teeth.ts';
import type { Texture } from './textures.ts';

/** Everything below is in centimetres of the canonical face unless it says otherwise. */

/** How far the teeth stand behind the lips. */
const TEETH_DEPTH = 0.55;
/** Over this distance a lip curls inwards and goes over into the dark. */
const UPPER_ROLL = 0.14;
const LOWER_ROLL = 0.11;
/** Lip shading beside the opening: width, and strength on either lip. */
const RIM = 0.16;
const UPPER_RIM = 0.2;
const LOWER_RIM = 0.1;
/** Line where closed lips touch: half width, least half width in pixels. */
const LINE = 0.035;
const LINE_PIXELS = 0.65;
/** Width of the finest detail that a photo shows, in its own pixels. */
const FINEST = 0.9;
/** Share of the drop of the lower lip that the lower teeth make. */
const TEETH_DROP = 0.93;
/** Lower teeth begin this far below the line of contact. */
const LOWER_EDGE = 0.1;

/** The cavity is never darker than this share of the lip's colour: a black hole looks cut out of a light picture. */
const CAVITY_FLOOR = 0.26;
/** Share of the hue of flesh in the dark of the mouth. */
const FLESH = 0.6;

/** A tongue shares the hue of the lips, but lies in the shade. */
const LIKE_LIPS = 0.6;
const TONGUE_DIM = 0.85;

type Rgb = readonly [number, number, number];

/**
 * The inside of the mouth, drawn per pixel over the mesh: contact line, lip shading, cavity, tongue and teeth. The
 * teeth are fixed to the skull (lower ones to the jaw); the opening is cut out by the lips' inner edges.
 */
export class Mouth {
  readonly #avatar: Avatar;
  readonly #texture: Texture;
  readonly #frame: LocalFrame;
  readonly #opening: Opening;
  readonly #pixelsPerCm: number;
  readonly #upperTeeth: ToothTable;
  readonly #lowerTeeth: ToothTable;
  readonly #upperEdge: number;
  /** Drop of the lower lip at `jawOpen` 1, and its sideways shift at `jawLeft` 1. */
  readonly #drop: number;
  readonly #sideways: number;
  readonly #cavity: Rgb;
  readonly #corner: Rgb;
  readonly #tongue: Rgb;
  /** Colour of the closed seam per column of the mouth at rest, RGB. */
  readonly #seam: Float32Array;
  /** What is drawn is no crisper than this, centimetres: an output pixel, or the photo's own finest detail. */
  readonly #grain: number;
  /** The opening in the photo, for its own teeth; `null` without. */
  readonly #photo: Opening | null;
  /** Region pixel of a local point: origin + X right + Y down. */
  readonly #toRegion: Float64Array;

  constructor(avatar: Avatar, texture: Texture, scale: number) {
    this.#avatar = avatar;
    this.#texture = texture;
    const { mouth, rig } = avatar;
    const m = rig.fromCanonical as number[];
    const right: [number, number, number] = [m[0]!, m[3]!, m[6]!];
    const down: [number, number, number] = [-m[1]!, -m[4]!, -m[7]!];
    const [sx, sy, sz] = [mouth.seam[40 * 3]!, mouth.seam[40 * 3 + 1]!, mouth.seam[40 * 3 + 2]!];
    const origin: [number, number, number] = [
      sx - m[2]! * TEETH_DEPTH,
      sy - m[5]! * TEETH_DEPTH,
      sz - m[8]! * TEETH_DEPTH,
    ];
    this.#frame = new LocalFrame(origin, right, down);
    this.#toRegion = Float64Array.of(origin[0], origin[1], right[0], right[1], down[0], down[1]);
    this.#opening = new Opening(mouth.innerUpper, mouth.innerLower);
    this.#pixelsPerCm = rig.pixelsPerCm * scale;
    this.#grain = Math.max(1, FINEST * scale) / this.#pixelsPerCm;
    this.#upperTeeth = new ToothTable(UPPER_ROW, this.#pixelsPerCm);
    this.#lowerTeeth = new ToothTable(LOWER_ROW, this.#pixelsPerCm);
    this.#upperEdge = mouth.photoTeeth ? mouth.teethEdge : Math.min(mouth.teethEdge, 0.22);
    const travel = lowerLipTravel(avatar);
    this.#drop = travel.drop / rig.pixelsPerCm;
    this.#sideways = travel.sideways / rig.pixelsPerCm;
    const { lip, cavity, corner, tongue } = avatar.colours;
    this.#tongue = [0, 1, 2].map((k) => mix(tongue[k]!, lip[k]!, LIKE_LIPS) * TONGUE_DIM) as unknown as Rgb;
    this.#cavity = fleshy(cavity, this.#tongue, lip);
    this.#corner = fleshy(corner, this.#tongue, lip);
    this.#seam = seamColours(avatar, mouth);
    this.#photo = mouth.photoTeeth ? restOpening(avatar, this.#toRegion) : null;
  }

  /** Draws into `target`, inside `clip`. */
  draw(target: Surface, clip: ClipRect, rig: Rig, motion: MotionFrame): void {
    const { closed } = this.#avatar.mouth;
    const line = closed ? 0.6 * rig.press : 0.55;
    if (rig.lipGap === 0 && line < 0.02) return;
    this.#frame.update(rig.pose);
    this.#opening.update(this.#frame, rig.screen);
    if (line >= 0.02) this.#drawLine(target, clip, line);
    if (rig.lipGap > 0) this.#drawInside(target, clip, rig, motion);
  }

  /** The soft dark line where the lips touch: covers the ragged edge of lips that were apart in the photo. */
  #drawLine(target: Surface, clip: ClipRect, strength: number): void {
    const { data, width } = target;
    const opening = this.#opening;
    const frame = this.#frame;
    const seam = this.#seam;
    const half = Math.max(LINE, LINE_PIXELS * this.#grain);
    const bounds = opening.bounds(clip, Math.ceil(half * this.#pixelsPerCm * 2.5) + 1);
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds);
      for (let n = 0; n < row.count; n++) {
        const column = row.column[n]!;
        const gap = row.lower[n]! - row.upper[n]!;
        const distance = (row.Y[n]! - row.upper[n]! - gap / 2) / half;
        if (distance > 2.5 || distance < -2.5) continue;
        const taper = smoothstep(Math.min(column, COLUMNS - 1 - column) / (COLUMNS * 0.12));
        const k = strength * taper * Math.exp(-distance * distance) * (1 - smoothstep(gap / (2 * half)));
        if (k < 0.01) continue;
        const p = (y * width + row.x[n]!) * 4;
        const s = (column | 0) * 3;
        for (let c = 0; c < 3; c++)
          data[p + c] = mix(data[p + c]!, Math.min(data[p + c]!, seam[s + c]!), k) + 0.5;
      }
    }
  }

  #drawInside(target: Surface, clip: ClipRect, rig: Rig, motion: MotionFrame): void {
    const { data, width } = target;
    const { colours, mouth } = this.#avatar;
    const { teeth, gum } = colours;
    const tongue = this.#tongue;
    const cavity = this.#cavity;
    const corner = this.#corner;
    const opening = this.#opening;
    const frame = this.#frame;
    const upperTeeth = this.#upperTeeth;
    const lowerTeeth = this.#lowerTeeth;
    const weights = motion.weights;
    const at = (index: number) => clamp(weights[index]! || 0, 0, 1.2);
    const jaw = Math.max(0, rig.jaw) * this.#drop * TEETH_DROP;
    const jawX = (at(BLENDSHAPE_INDEX.jawLeft) - at(BLENDSHAPE_INDEX.jawRight)) * this.#sideways;
    const tongueUp = clamp(motion.tongueUp || 0, 0, 1);
    const tongueOut = Math.min(1, at(BLENDSHAPE_INDEX.tongueOut));
    const soft = 0.6 * this.#grain;
    const height = opening.height;
    // a small opening lets little light in: the teeth are a dim sliver there, never a white bar
    const light = 0.42 + 0.58 * smoothstep((height - 0.1) / 0.85);
    const lowerShown = 0.7 * smoothstep((height - 0.5) / 0.6);
    const upperEdge = this.#upperEdge;
    const rim = smoothstep(height / 0.3);
    const middle = (opening.left + opening.right) / 2;
    const half = (opening.right - opening.left) / 2;
    const bounds = opening.bounds(clip, Math.ceil(RIM * this.#pixelsPerCm) + 1);
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const row = opening.row(frame, y, bounds);
      for (let n = 0; n < row.count; n++) {
        const X = row.X[n]!;
        const Y = row.Y[n]!;
        const u = row.upper[n]!;
        const l = row.lower[n]!;
        const open = l - u;
        const below = Y - u;
        const above = l - Y;
        if (open <= 0 || below < -RIM || above < -RIM) continue;
        const p = (y * width + row.x[n]!) * 4;
        const fromEnd = half - Math.abs(X - middle);
        // lips curl inwards and darken beside the opening
        if (below < 0 || above < 0) {
          const distance = below < 0 ? -below : -above;
          const near = 1 - distance / RIM;
          const dark = 1 - (below < 0 ? UPPER_RIM : LOWER_RIM) * near * near * rim * smoothstep(open / 0.25);
          data[p] = data[p]! * dark;
          data[p + 1] = data[p + 1]! * dark * (1 - 0.04 * near * rim);
          data[p + 2] = data[p + 2]! * dark * (1 - 0.04 * near * rim);
          if (below < -soft || above < -soft) continue;
        }
        const rollUpper = Math.min(UPPER_ROLL, open * 0.3) + 2 * soft;
        const rollLower = Math.min(LOWER_ROLL, open * 0.25) + 2 * soft;
        const cover = smoothstep((below + soft) / rollUpper) * smoothstep((above + soft) / rollLower);
        if (cover < 0.004) continue;

        // cavity: darkest deep inside
        const deep = smoothstep(Math.min(below, above) / 0.55);
        const dim = 1.2 - 0.5 * deep;
        let r = cavity[0] * dim;
        let g = cavity[1] * dim;
        let b = cavity[2] * dim;

        // tongue: a soft mound on the floor of the mouth
        const side = Math.abs(X - jawX);
        const tongueTop = jaw * 0.42 + 0.1 - 0.35 * tongueUp + side * side * 0.2;
        const onTongue = smoothstep((Y - tongueTop) / 0.34 + 0.35) * (1 - smoothstep((side - 0.9) / 1.1));
        if (onTongue > 0) {
          const groove = 1 - 0.12 * Math.exp(-side * side * 60);
          const shade =
            (0.5 + 0.3 * smoothstep((Y - tongueTop) / 0.5)) *
            groove *
            (0.4 + 0.6 * smoothstep(below / 0.8)) *
            light;
          r += (tongue[0] * shade - r) * onTongue;
          g += (tongue[1] * shade - g) * onTongue;
          b += (tongue[2] * shade - b) * onTongue;
        }

        // lower teeth: only when the mouth is wide open
        if (lowerShown > 0) {
          const k = ToothTable.at(X - jawX);
          const edge = jaw + LOWER_EDGE - lowerTeeth.edge[k]!;
          const on = smoothstep((Y - edge) / (soft * 3) + 0.4) * lowerShown;
          if (on > 0) {
            const shade =
              lowerTeeth.shade[k]! *
              (0.3 + 0.3 * smoothstep(above / 0.3)) *
              (0.55 + 0.45 * smoothstep(below / 0.9)) *
              light;
            const root = smoothstep((Y - edge - 0.55) / 0.25);
            r += Math.max(0, mix(teeth[0], gum[0], root) * shade - r) * on;
            g += Math.max(0, mix(teeth[1], gum[1], root) * shade * (0.74 + 0.26 * shade) - g) * on;
            b += Math.max(0, mix(teeth[2], gum[2], root) * shade * (0.66 + 0.34 * shade) - b) * on;
          }
        }

        // tip of the tongue between the teeth
        if (tongueOut > 0) {
          const tip = upperEdge + 0.1 + side * side * 0.22;
          const on = tongueOut * smoothstep((Y - tip) / 0.14 + 0.4) * (1 - smoothstep((side - 0.75) / 0.45));
          if (on > 0) {
            const shade =
              (0.55 + 0.25 * smoothstep((Y - tip) / 0.3)) *
              (0.55 + 0.45 * smoothstep(below / 0.4)) *
              (0.7 + 0.3 * light);
            r += (tongue[0] * shade - r) * on;
            g += (tongue[1] * shade - g) * on;
            b += (tongue[2] * shade - b) * on;
          }
        }

        // upper teeth: in the shade of the upper lip, fading towards the corners
        const k = ToothTable.at(X);
        const edge = upperEdge + upperTeeth.edge[k]!;
        const on = smoothstep((edge - Y) / (soft * 3) + 0.6);
        if (on > 0) {
          const shade =
            0.92 *
            upperTeeth.shade[k]! *
            (0.46 + 0.54 * smoothstep(below / 0.25)) *
            (0.6 + 0.4 * smoothstep(above / 0.22)) *
            light *
            (0.88 + 0.12 * smoothstep((edge - Y) / 0.12));
          const root = smoothstep((edge - Y - 0.95) / 0.2);
          // in deep shade a tooth fades into the cavity, it never turns darker
          r += Math.max(0, mix(teeth[0], gum[0], root) * shade - r) * on;
          g += Math.max(0, mix(teeth[1], gum[1], root) * shade * (0.7 + 0.3 * shade) - g) * on;
          b += Math.max(0, mix(teeth[2], gum[2], root) * shade * (0.6 + 0.4 * shade) - b) * on;
        }

        if (this.#photo) {
          const shown = this.#photoWeight(X, Y);
          if (shown > 0) {
            const q = this.#texel(X, Y);
            const shade =
              (0.62 + 0.38 * smoothstep(below / 0.14)) *
              (0.6 +
                0.4 * smoothstep(height / Math.max(0.2, (0.8 * mouth.gap) / this.#avatar.rig.pixelsPerCm)));
            const photo = this.#texture.data;
            r += (photo[q]! * shade - r) * shown;
            g += (photo[q + 1]! * shade - g) * shown;
            b += (photo[q + 2]! * shade - b) * shown;
          }
        }

        // corners of the mouth
        const inside = smoothstep((fromEnd - 0.05) / 1.0) * (0.45 + 0.55 * smoothstep(open / 0.4));
        r = corner[0] + (r - corner[0]) * inside;
        g = corner[1] + (g - corner[1]) * inside;
        b = corner[2] + (b - corner[2]) * inside;

        // the curled-in part of the lip is dark
        const lip = (1 - cover) * (0.62 + 0.38 * (1 - cover));
        data[p] = data[p]! * lip + r * cover + 0.5;
        data[p + 1] = data[p + 1]! * lip + g * cover + 0.5;
        data[p + 2] = data[p + 2]! * lip + b * cover + 0.5;
      }
    }
  }

  /** How far a local point lies inside the photo's own mouth opening, 0..1. */
  #photoWeight(X: number, Y: number): number {
    const photo = this.#photo!;
    const column = (X - photo.left) * photo.perUnit;
    if (!(column > 0 && column < COLUMNS - 1)) return 0;
    const i = column | 0;
    const t = column - i;
    const u = mix(photo.upper[i]!, photo.upper[i + 1]!, t);
    const l = mix(photo.lower[i]!, photo.lower[i + 1]!, t);
    const end = Math.min(X - photo.left, photo.right - X);
    return smoothstep((Y - u) / 0.1 - 0.2) * smoothstep((l - Y) / 0.1 - 0.2) * smoothstep(end / 0.5);
  }

  /** Byte offset of the nearest texel of a local point at rest. */
  #texel(X: number, Y: number): number {
    const m = this.#toRegion;
    const texture = this.#texture;
    const u = (m[0]! + m[2]! * X + m[4]! * Y - texture.originX) * texture.scaleX;
    const v = (m[1]! + m[3]! * X + m[5]! * Y - texture.originY) * texture.scaleY;
    const column = clamp(Math.floor(u), 0, texture.width - 1);
    return (clamp(Math.floor(v), 0, texture.height - 1) * texture.width + column) * 4;
  }
}

/** A dark colour of the mouth: not below {@link CAVITY_FLOOR}, and partly in the hue of tongue and lips (flesh, not ink). */
function fleshy(colour: Rgb, flesh: Rgb, lip: Rgb): Rgb {
  const brightness = (c: Rgb) => 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
  const tinted = brightness(colour) / Math.max(1, brightness(flesh));
  return [0, 1, 2].map((k) =>
    Math.max(mix(colour[k]!, flesh[k]! * tinted, FLESH), lip[k]! * CAVITY_FLOOR),
  ) as unknown as Rgb;
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

/** The darkest colour around the closed seam, per column; for lips apart in the photo a dark lip colour. */
function seamColours(avatar: Avatar, mouth: AvatarMouth): Float32Array {
  const { width, height } = avatar.region;
  const { foreground } = avatar.layers;
  const out = new Float32Array(COLUMNS * 3);
  const reach = Math.max(1, Math.round(0.06 * avatar.rig.pixelsPerCm));
  const fallback: Rgb = avatar.colours.lip.map((v) => v * 0.42) as unknown as Rgb;
  for (let c = 0; c < COLUMNS; c++) {
    const s = Math.round((c / (COLUMNS - 1)) * 80) * 3;
    let darkest = Infinity;
    for (let o = -reach; o <= reach; o++) {
      const x = clamp(Math.round(mouth.seam[s]! + mouth.axisY[0] * o - 0.5), 0, width - 1);
      const y = clamp(Math.round(mouth.seam[s + 1]! + mouth.axisY[1] * o - 0.5), 0, height - 1);
      const p = (y * width + x) * 4;
      const brightness = foreground[p]! * 0.3 + foreground[p + 1]! * 0.59 + foreground[p + 2]! * 0.11;
      if (mouth.closed && brightness < darkest) {
        darkest = brightness;
        for (let k = 0; k < 3; k++) out[c * 3 + k] = foreground[p + k]!;
      }
    }
    if (!mouth.closed) out.set(fallback, c * 3);
  }
  // single dark pixels (hairs, noise) must not show as dots
  for (let round = 0; round < 6; round++) {
    const before = out.slice();
    for (let i = 3; i < out.length - 3; i++) out[i] = (before[i - 3]! + 2 * before[i]! + before[i + 3]!) / 4;
  }
  return out;
}

/** The opening of the mouth in the photo, in the frame of the teeth. */
function restOpening(avatar: Avatar, toRegion: Float64Array): Opening {
  const { mouth, mesh } = avatar;
  const flat = new Float32Array(mesh.vertexCount * 2);
  for (let v = 0; v < mesh.vertexCount; v++) {
    flat[v * 2] = mesh.rest[v * 3]!;
    flat[v * 2 + 1] = mesh.rest[v * 3 + 1]!;
  }
  const [x, y, a, c, b, d] = toRegion as unknown as [number, number, number, number, number, number];
  const determinant = a * d - b * c;
  const frame = new LocalFrame([0, 0, 0], [1, 0, 0], [0, 1, 0]);
  frame.x = x;
  frame.y = y;
  frame.xx = d / determinant;
  frame.xy = -b / determinant;
  frame.yx = -c / determinant;
  frame.yy = a / determinant;
  const opening = new Opening(mouth.innerUpper, mouth.innerLower);
  opening.update(frame, flat);
  return opening;
}
