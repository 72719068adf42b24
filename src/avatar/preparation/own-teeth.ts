import {
  type AvatarColours,
  type AvatarTeeth,
  clamp,
  DENTAL_ARCH,
  mix,
  type Picture,
  smoothstep,
} from '../../core/index.ts';
import { gather } from './curves.ts';
import type { HeadFit } from './head-fit.ts';
import type { MouthFit } from './mouth-fit.ts';
import { keepUpperRow, type ToothMap } from './tooth-rows.ts';
import type { Topology } from './topology.ts';

/** How far the incisors stand behind the lips, centimetres. */
export const TEETH_DEPTH = 0.55;
/**
 * Share of that depth that counts up and down the picture. Networks guess the nod of a head badly, and teeth a
 * millimetre too high are worse than teeth without parallax.
 */
const TRUSTED_NOD = 0.3;
/** Lower edge of the upper teeth below the seam when the photo does not show it, and limits of what it may show. */
export const TEETH_EDGE = { usual: 0.33, least: 0.18, most: 0.75 } as const;
/** Teeth that reach the lower lip go on behind it by this much. */
const HIDDEN = 0.1;
/** The plate: half width, height above and below the origin, centimetres; most pixels per centimetre. */
const PLATE = { half: 2.4, above: 0.9, below: 1.5, finest: 64 } as const;
/** Lips blur into teeth over this distance, centimetres. */
const BLUR = 0.09;
/** Teeth have at least this share of the opening's bright colour, and this share of the way to it from the lips' hue. */
const LIKE_BRIGHT = 0.5;
const LIKE_HUE = 0.45;
/** Luminance below which nothing in a mouth is a tooth, beside the skin's. */
const LEAST_LIGHT = 0.42;
/** Least width of teeth worth keeping, and least height of a tooth there, centimetres. */
const LEAST_WIDTH = 1.1;
const LEAST_HEIGHT = 0.14;

/** How far the light on teeth may be changed, as a factor. */
const LIGHT = { least: 0.4, most: 2.5 } as const;

type Rgb = [number, number, number];

/** Where the upper teeth are, and what the photo shows of them. */
export interface TeethFit {
  /** Place of the incisors behind the middle of the closed lips, region pixels x, y, z. */
  readonly origin: [number, number, number];
  /** Lower edge of the upper incisors below the origin, centimetres. */
  readonly edge: number;
  /** `null` when the photo shows none. */
  readonly own: AvatarTeeth | null;
  /** Colour of the own teeth in full light, RGB 0..255; `null` without. */
  readonly colour: Rgb | null;
}

/**
 * Looks for the person's upper teeth in an open mouth, and straightens them to the view from the front.
 *
 * @param photo - The region.
 * @param points - The placed face with the mouth fitted, region pixels.
 * @param colours - Skin, and what teeth should look like in the light of this photo, RGB 0..255.
 */
export function readTeeth(
  photo: Picture,
  topology: Topology,
  points: Float64Array,
  fit: HeadFit,
  mouth: MouthFit,
  colours: Pick<AvatarColours, 'skin' | 'teeth'>,
): TeethFit {
  const m = fit.fromCanonical;
  const origin = [0, 1, 2].map(
    (k) => mouth.seam[120 + k] - m[k * 3 + 2] * TEETH_DEPTH * (k === 1 ? TRUSTED_NOD : 1),
  ) as [number, number, number];
  const none = { origin, edge: TEETH_EDGE.usual, own: null, colour: null };
  if (mouth.closed) return none;

  const view = samplePlate(photo, topology, points, fit, mouth, origin);
  markTeeth(view, lipColour(photo, topology, points), luminance(colours.skin));
  const edges = keepUpperRow(view, TEETH_EDGE.most);
  const shown = edges.filter((edge) => edge.length >= LEAST_HEIGHT);
  if (shown.length < LEAST_WIDTH * view.perCm) return none;
  const middle = shown.filter(({ x }) => Math.abs(x) < 0.9);
  const front = (middle.length > 0 ? middle : shown).map(({ y, hidden }) => y + (hidden ? HIDDEN : 0));
  const edge = clamp(quantile(front, 0.6), TEETH_EDGE.least, TEETH_EDGE.most);
  const colour = fullColour(view);
  // Lips that are hardly open shade the teeth; half of what is missing is given back, for wider openings.
  return {
    origin,
    edge,
    ...relight(
      pack(view),
      colour,
      colour.map((value, k) => Math.sqrt(colours.teeth[k] / Math.max(1, value))),
    ),
  };
}

/**
 * Changes the light on teeth.
 *
 * @param gain - Factor per channel; limited to what another light can do.
 */
export function relight(
  teeth: AvatarTeeth,
  colour: readonly number[],
  gain: readonly number[],
): { own: AvatarTeeth; colour: Rgb } {
  const limited = gain.map((value) => clamp(value, LIGHT.least, LIGHT.most));
  const pixels = teeth.pixels.map((value, at) =>
    (at & 3) === 3 ? value : Math.min(teeth.pixels[at | 3], value * limited[at & 3] + 0.5),
  );
  return {
    own: { ...teeth, pixels },
    colour: colour.map((value, k) => Math.min(255, value * limited[k])) as Rgb,
  };
}

/** The mouth straightened, in its colours. */
interface PlateView extends ToothMap {
  /** RGB 0..255 each. */
  readonly colours: Float32Array;
}

function samplePlate(
  photo: Picture,
  topology: Topology,
  points: Float64Array,
  fit: HeadFit,
  { frame }: MouthFit,
  origin: readonly number[],
): PlateView {
  const { innerUpper, innerLower } = topology.chains;
  const m = fit.fromCanonical;
  const perCm = Math.min(PLATE.finest, 1.2 * fit.scale);
  const width = Math.ceil(2 * PLATE.half * perCm);
  const height = Math.ceil((PLATE.above + PLATE.below) * perCm);
  const size = width * height;
  const view: PlateView = {
    width,
    height,
    perCm,
    left: -PLATE.half,
    top: -PLATE.above,
    colours: new Float32Array(size * 3),
    light: new Float32Array(size),
    below: new Float32Array(size),
    above: new Float32Array(size),
    tooth: new Float32Array(size),
  };
  const across = (x: number, y: number) => x * frame.axisY[0] + y * frame.axisY[1];
  const along = (x: number, y: number) => x * frame.axisX[0] + y * frame.axisX[1];
  const lips = [innerUpper, innerLower].map((chain) => {
    const line = gather(points, chain);
    return (u: number): number => {
      for (let i = 0; i + 3 < line.length; i += 3) {
        const [from, to] = [along(line[i], line[i + 1]), along(line[i + 3], line[i + 4])];
        if (u < from || u > to || to <= from) continue;
        const [a, b] = [across(line[i], line[i + 1]), across(line[i + 3], line[i + 4])];
        return a + ((b - a) * (u - from)) / (to - from);
      }
      return Number.NaN;
    };
  });
  for (let j = 0, at = 0; j < height; j += 1) {
    for (let i = 0; i < width; i += 1, at += 1) {
      const X = i / perCm - PLATE.half;
      const Y = j / perCm - PLATE.above;
      const z = -DENTAL_ARCH * X * X;
      const x = origin[0] + m[0] * X - m[1] * Y + m[2] * z;
      const y = origin[1] + m[3] * X - m[4] * Y + m[5] * z;
      const [u, v] = [along(x, y), across(x, y)];
      const [top, bottom] = [lips[0](u), lips[1](u)];
      view.below[at] = Number.isNaN(top) ? -1 : (v - top) / fit.scale;
      view.above[at] = Number.isNaN(bottom) ? -1 : (bottom - v) / fit.scale;
      bilinear(photo, x, y, view.colours, at * 3);
      view.light[at] = luminance(view.colours.subarray(at * 3, at * 3 + 3));
    }
  }
  return view;
}

/** Tells teeth from lips, tongue and the dark by brightness and hue. */
function markTeeth(view: PlateView, lip: Rgb, skin: number): void {
  const { colours, light, below, above, tooth } = view;
  const inside: number[] = [];
  for (let at = 0; at < tooth.length; at += 1) {
    if (below[at] > BLUR && above[at] > BLUR) inside.push(light[at]);
  }
  if (inside.length === 0) return;
  const bright = Math.max(quantile(inside, 0.85), LEAST_LIGHT * skin);
  const lipHue = hue(lip);
  const brightHue = Math.min(...[0.06, lipHue * 0.5]);
  for (let at = 0; at < tooth.length; at += 1) {
    const colour = colours.subarray(at * 3, at * 3 + 3);
    const lit = smoothstep((light[at] / bright - LIKE_BRIGHT) / 0.2);
    const white = smoothstep((lipHue - hue(colour)) / Math.max(0.02, lipHue - brightHue) / LIKE_HUE - 0.5);
    const free = smoothstep(below[at] / BLUR - 0.3) * smoothstep(above[at] / BLUR - 0.3);
    tooth[at] = lit * white * free;
  }
}

function pack({ width, perCm, colours, tooth }: PlateView): AvatarTeeth {
  // nothing is left below the lowest edge
  const height = Math.ceil((PLATE.above + TEETH_EDGE.most) * perCm) + 2;
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    for (let k = 0; k < 3; k += 1) pixels[at * 4 + k] = Math.round(colours[at * 3 + k] * tooth[at]);
    pixels[at * 4 + 3] = Math.round(255 * tooth[at]);
  }
  return { width, height, perCm, left: -PLATE.half, top: -PLATE.above, pixels };
}

/** The teeth's colour where the light reaches them. */
function fullColour({ colours, light, tooth }: PlateView): Rgb {
  const places: number[] = [];
  for (let at = 0; at < tooth.length; at += 1) if (tooth[at] > 0.8) places.push(at);
  places.sort((a, b) => light[a] - light[b]);
  const best = places.slice(Math.floor(places.length * 0.6), Math.ceil(places.length * 0.95));
  return [0, 1, 2].map(
    (k) => best.reduce((sum, at) => sum + colours[at * 3 + k], 0) / Math.max(1, best.length),
  ) as Rgb;
}

function lipColour(photo: Picture, { chains }: Topology, points: Float64Array): Rgb {
  const sum: Rgb = [0, 0, 0];
  const colour = new Float32Array(3);
  const { innerLower, outerLower } = chains;
  let count = 0;
  for (let i = 4; i < innerLower.length - 4; i += 1) {
    const [a, b] = [innerLower[i] * 3, outerLower[i] * 3];
    bilinear(photo, mix(points[a], points[b], 0.5), mix(points[a + 1], points[b + 1], 0.5), colour, 0);
    for (let k = 0; k < 3; k += 1) sum[k] += colour[k];
    count += 1;
  }
  return sum.map((value) => value / count) as Rgb;
}

const luminance = (colour: ArrayLike<number>): number =>
  0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];

/** Redness: 0 for grey, about 0.2 for lips. */
const hue = (colour: ArrayLike<number>): number =>
  (colour[0] - colour[1]) / (colour[0] + colour[1] + colour[2] + 30);

function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(share * (values.length - 1))];
}

function bilinear(photo: Picture, x: number, y: number, out: Float32Array, at: number): void {
  const { width, height, data } = photo;
  const column = clamp(x - 0.5, 0, width - 1.001);
  const row = clamp(y - 0.5, 0, height - 1.001);
  const p = ((row | 0) * width + (column | 0)) * 4;
  const q = p + width * 4;
  const [s, t] = [column - (column | 0), row - (row | 0)];
  for (let k = 0; k < 3; k += 1) {
    out[at + k] = mix(mix(data[p + k], data[p + 4 + k], s), mix(data[q + k], data[q + 4 + k], s), t);
  }
}
