import { type Picture, smoothstep } from '../../core/index.ts';
import { ContourPatch, contourFrame } from './contour-patch.ts';
import { shiftContours } from './contour-shift.ts';
import { gather } from './curves.ts';
import { findEdge, safeLean } from './edge-search.ts';
import type { Topology } from './topology.ts';

/** Size of the patch, in eye widths. */
const PATCH: readonly [number, number] = [2.2, 1.6];
/** Farthest that a corner moves outwards, in eye widths. */
const CORNER_REACH = 0.24;
/** Whiteness below which a corner has ended: deep in the corner the white is shaded. */
const CORNER_END = 0.25;
/** How far from the landmarks a lid's edge is looked for, and over which distance colours are compared, in eye widths. */
const SEARCH = 0.1;
const REACH = 0.05;
/** Weight of brightness against chroma: the white of an eye is shaded, but stays grey. */
const BRIGHTNESS = 0.3;
/** White of the eye and skin must differ by this much (distance of colour features) to be told apart. */
const LEAST_DIFFERENCE = 0.15;
/** Chroma above which the lightest part of an eye is no white: too small, too dark, or old varnish. */
const MOST_CHROMA = 0.15;
/** Largest deviation from the white that still counts. */
const MOST_SPREAD = 0.13;
/** Largest share of the surroundings that may look like the white of the eye. */
const MOST_CONFUSION = 0.04;
/** How far around an eye the skin follows its edges, in eye widths. */
const FADE = 0.16;

/**
 * Snaps both lids' contours to the photo: landmarks lie well on photographed eyes but inside the large eyes of drawn
 * and rendered people, where a slice of white would stay beside every closed lid. The white of the eye is followed
 * outwards from both corners, then both edges are searched between white and skin.
 *
 * @param photo - The region.
 * @param points - The placed face, region pixels; changed.
 */
export function snapEye(
  side: 'right' | 'left',
  photo: Picture,
  topology: Topology,
  points: Float64Array,
  faceHeight: number,
): void {
  const chains = [topology.chains[`${side}Upper`], topology.chains[`${side}Lower`]] as const;
  const lines = chains.map((chain) => gather(points, chain));
  const last = chains[0].length - 1;
  const frame = contourFrame(lines[0].subarray(0, 2), lines[0].subarray(last * 3, last * 3 + 2));
  const patch = new ContourPatch(photo, frame, faceHeight, PATCH);
  const unit = frame.width * patch.scale;
  const [upper, lower] = lines.map((line) => patch.line(line));
  const whiteness = whitenessOf(patch, upper, lower, unit);
  if (whiteness === null) return;
  const before = [upper.slice(), lower.slice()];
  for (const end of [-1, 1] as const) extendCorner(upper, lower, end, whiteness, unit);
  const shifts = [upper, lower].map((line, index) => {
    const offsets = findEdge({
      line,
      side: index === 0 ? 1 : -1,
      outside: (u, v) => 1 - whiteness(u, v),
      search: SEARCH * unit,
      reach: REACH * unit,
      lean: safeLean(patch),
    });
    return Float64Array.from({ length: offsets.length * 2 }, (_, at) => {
      const [point, k] = [at >> 1, at & 1];
      const along = (line[point * 3] - before[index][point * 3]) / patch.scale;
      const across = (line[point * 3 + 1] + offsets[point] - before[index][point * 3 + 1]) / patch.scale;
      return frame.axisX[k] * along + frame.axisY[k] * across;
    });
  });
  const sign = side === 'right' ? -1 : 1;
  shiftContours(topology, points, {
    chains,
    shifts: [shifts[0], shifts[1]],
    radius: FADE * frame.width,
    near: (x, y) => x * sign > 0.6 && y > 0 && y < 5,
  });
}

type Likeness = (u: number, v: number) => number;

/**
 * How much a place looks like the white of this eye, 0..1, by its distance from that colour. `null` when the
 * surroundings of the eye hold the same colour (pale or grey skin, glasses, strong light): then nothing can be said.
 */
function whitenessOf(
  patch: ContourPatch,
  upper: Float64Array,
  lower: Float64Array,
  unit: number,
): Likeness | null {
  const last = upper.length / 3 - 1;
  const inner: Colour[] = [];
  const below: Colour[] = [];
  const above: Colour[] = [];
  const beside: Colour[] = [];
  const at = (u: number, v: number) => patch.features(u, v, BRIGHTNESS);
  for (let index = 1; index < last; index += 1) {
    const u = upper[index * 3];
    const [top, bottom] = [upper[index * 3 + 1], lower[index * 3 + 1]];
    for (let step = 1; step < 8; step += 1) inner.push(at(u, top + ((bottom - top) * step) / 8));
    for (let step = 0; step < 3; step += 1) {
      below.push(at(u, bottom + (0.14 + 0.05 * step) * unit));
      above.push(at(u, top - (0.16 + 0.05 * step) * unit));
    }
  }
  for (let step = 0; step < 72; step += 1) {
    const [corner, direction] = step < 36 ? [0, -1] : [last * 3, 1];
    const along = direction * (0.26 + 0.03 * (step % 6)) * unit;
    const across = ((Math.floor(step / 6) % 6) - 2.5) * 0.05 * unit;
    beside.push(at(upper[corner] + along, upper[corner + 1] + across));
  }
  const grey = ([a, b, light]: Colour) => light / BRIGHTNESS - 2 * (Math.abs(a) + Math.abs(b));
  inner.sort((a, b) => grey(b) - grey(a));
  below.sort((a, b) => a[2] - b[2]);
  // The very whitest is the highlight on the pupil.
  const white = meanColour(inner.slice(Math.floor(inner.length * 0.06), Math.ceil(inner.length * 0.3)));
  const skin = meanColour(below.slice(Math.floor(below.length * 0.25), Math.ceil(below.length * 0.75)));
  const difference = Math.sqrt(squareDistance(white, skin));
  if (difference < LEAST_DIFFERENCE || Math.abs(white[0]) + Math.abs(white[1]) > MOST_CHROMA) return null;
  const spread = 2 * Math.min(0.45 * difference, MOST_SPREAD) ** 2;
  const likeness = (colour: Colour) => Math.exp(-squareDistance(colour, white) / spread);
  const surroundings = [...below, ...above, ...beside];
  const confusing = surroundings.filter((colour) => likeness(colour) > 0.4).length;
  if (confusing > MOST_CONFUSION * surroundings.length) return null;
  return patch.likeness(BRIGHTNESS, likeness);
}

/** Features of {@link ContourPatch.features}. */
type Colour = readonly [number, number, number];

function meanColour(colours: readonly Colour[]): Colour {
  const mean = (k: number) => colours.reduce((sum, colour) => sum + colour[k], 0) / colours.length;
  return [mean(0), mean(1), mean(2)];
}

function squareDistance(a: Colour, b: Colour): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

/** Follows the white of the eye outwards from a corner and stretches both lines to where it ends. */
function extendCorner(
  upper: Float64Array,
  lower: Float64Array,
  end: 1 | -1,
  whiteness: Likeness,
  unit: number,
): void {
  const last = upper.length / 3 - 1;
  const corner = end === 1 ? last * 3 : 0;
  const [startU, startV] = [upper[corner], upper[corner + 1]];
  let v = startV;
  let reached = 0;
  for (let step = 0; step <= CORNER_REACH * unit; step += 1) {
    const room = step === 0 ? 0.06 * unit : 1.5;
    let best = 0;
    let bestV = v;
    for (let shift = -room; shift <= room; shift += 0.5) {
      const u = startU + end * step;
      const value =
        (whiteness(u, v + shift - 0.5) + whiteness(u, v + shift) + whiteness(u, v + shift + 0.5)) / 3;
      if (value > best + 0.02) {
        best = value;
        bestV = v + shift;
      }
    }
    if (best < CORNER_END) break;
    v = bestV;
    reached = step;
  }
  if (reached < 1) return;
  for (const line of [upper, lower]) {
    for (let index = 0; index <= last; index += 1) {
      const t = end === 1 ? index / last : 1 - index / last;
      const share = smoothstep((t - 0.45) / 0.55);
      line[index * 3] += share * end * reached;
      line[index * 3 + 1] += share * (v - startV);
    }
  }
}
