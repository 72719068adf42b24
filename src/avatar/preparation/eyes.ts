import { type AvatarEye, type Picture, smoothstep } from '../../core/index.ts';
import { gather, interpolate, type Nearest, nearestOnPolyline } from './curves.ts';
import { EyeChart } from './eye-chart.ts';
import { takeEyeball } from './eyeball.ts';
import { type Circle, type EyePatch, fitIrises, layOutEye } from './iris-fit.ts';
import { BROWS, IRIS } from './landmark-chains.ts';
import { takeLashes, takeRim } from './lashes.ts';
import { paintLid } from './lid-skin.ts';
import type { Topology } from './topology.ts';

/** The lash line and what is nearer to it than this moves as one, in eye widths. */
const LASHES = 0.07;
/** Share of the way up to the brow over which the lid unrolls. */
const LID_ROOM = 0.92;
/** How far beyond the corners the lid's movement reaches, in eye widths. */
const BESIDE = 0.25;
/** What the lower lid contributes to a blink, in eye widths. */
const LOWER_LID_RISE = 0.03;
/** How far below the lower lid the skin moves along, in eye widths. */
const LOWER_LID = { blink: 0.14, squint: 0.25 } as const;

/** The lids of one eye: what the eye's shapes are built from. */
export interface Eyelids {
  readonly eye: AvatarEye;
  /** Displacements at weight 1, `vertexCount * 3`, region pixels. */
  readonly blink: Float64Array;
  readonly squint: Float64Array;
  readonly wide: Float64Array;
}

/**
 * Measures both eyes and builds the movements of their lids.
 *
 * @param photo - The region, as it will be drawn.
 * @param landmarks - All landmarks, region pixels.
 * @param points - The placed face.
 * @returns The person's right eye first.
 */
export function fitEyes(
  photo: Picture,
  topology: Topology,
  landmarks: ArrayLike<number>,
  points: Float64Array,
): [Eyelids, Eyelids] {
  const right = measureLids('right', topology, landmarks, points);
  const left = measureLids('left', topology, landmarks, points);
  const starts = [measureIris(landmarks, 'right'), measureIris(landmarks, 'left')] as const;
  const patches = [
    layOutEye(photo, right.chart, starts[0]),
    layOutEye(photo, left.chart, starts[1]),
  ] as const;
  const irises = fitIrises(photo, patches, starts);
  const build = (lids: Lids, patch: EyePatch, iris: Circle): Eyelids => {
    const { side, upperLine, chart, shape } = lids;
    const { lid, rim } = paintLid(photo, chart);
    const eye: AvatarEye = {
      side,
      upper: topology.chains[`${side}Upper`],
      lower: topology.chains[`${side}Lower`],
      left: lids.left,
      right: lids.right,
      width: shape.width,
      height: shape.height,
      iris: [iris.x, iris.y],
      irisRadius: iris.radius,
      lash: lashColour(photo, upperLine, shape.width),
      ball: takeEyeball(photo, patch, iris),
      lid,
      rim: takeRim(photo, chart, lid, rim),
      lashes: takeLashes(photo, chart, lid, rim),
    };
    return { eye, ...moveLids(side, shape, landmarks) };
  };
  return [build(right, patches[0], irises[0]), build(left, patches[1], irises[1])];
}

/** Where the lids of one eye are. */
interface Lids {
  readonly side: 'right' | 'left';
  readonly upperLine: Float64Array;
  readonly left: readonly [number, number, number];
  readonly right: readonly [number, number, number];
  readonly chart: EyeChart;
  readonly shape: LidShape;
}

function measureLids(
  side: 'right' | 'left',
  topology: Topology,
  landmarks: ArrayLike<number>,
  points: Float64Array,
): Lids {
  const upperLine = gather(points, topology.chains[`${side}Upper`]);
  const lowerLine = gather(points, topology.chains[`${side}Lower`]);
  const last = upperLine.length / 3 - 1;
  const corner = (index: number) =>
    [0, 1, 2].map((k) => upperLine[index * 3 + k]) as [number, number, number];
  const [left, right] = [corner(0), corner(last)];
  const width = Math.hypot(right[0] - left[0], right[1] - left[1]);
  const axis: [number, number] = [(right[0] - left[0]) / width, (right[1] - left[1]) / width];
  const opening = (index: number) =>
    -(lowerLine[index * 3] - upperLine[index * 3]) * axis[1] +
    (lowerLine[index * 3 + 1] - upperLine[index * 3 + 1]) * axis[0];
  let height = 0;
  for (let index = 0; index <= last; index += 1) height = Math.max(height, opening(index));
  const brow = gather(landmarks, BROWS[side]);
  const chart = new EyeChart({ side, upper: upperLine, lower: lowerLine, brow, width });
  const shape = { topology, points, upperLine, lowerLine, left, axis, width, height };
  return { side, upperLine, left, right, chart, shape };
}

/** The iris as its landmarks say. */
function measureIris(landmarks: ArrayLike<number>, side: 'right' | 'left'): Circle {
  const at = IRIS[side] * 3;
  const [x, y] = [landmarks[at], landmarks[at + 1]];
  let radius = 0;
  for (let rim = 1; rim <= 4; rim += 1) {
    radius += Math.hypot(landmarks[at + rim * 3] - x, landmarks[at + rim * 3 + 1] - y) / 4;
  }
  return { x, y, radius };
}

/** Mean of the darkest pixels across the upper lid's contour, corners left out. */
function lashColour(photo: Picture, upper: Float64Array, width: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  const reach = Math.max(1, Math.round(0.035 * width));
  const last = upper.length / 3 - 1;
  for (let index = 2; index <= last - 2; index += 1) {
    const column = Math.min(photo.width - 1, Math.max(0, Math.floor(upper[index * 3])));
    let darkest = Number.POSITIVE_INFINITY;
    let found = 0;
    for (let step = -reach; step <= reach / 2; step += 1) {
      const row = Math.min(photo.height - 1, Math.max(0, Math.floor(upper[index * 3 + 1]) + step));
      const at = (row * photo.width + column) * 4;
      const light = photo.data[at] + photo.data[at + 1] + photo.data[at + 2];
      if (light < darkest) {
        darkest = light;
        found = at;
      }
    }
    for (let k = 0; k < 3; k += 1) sum[k] += photo.data[found + k] / (last - 3);
  }
  return sum;
}

interface LidShape {
  readonly topology: Topology;
  readonly points: Float64Array;
  readonly upperLine: Float64Array;
  readonly lowerLine: Float64Array;
  readonly left: readonly number[];
  readonly axis: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

/**
 * Displacement fields of blink, squint and wide, from the distance to the nearer lid contour. When the eye closes the
 * skin above it stays: the upper lid comes down from under its fold, which the renderer draws. Only the lower lid moves.
 */
function moveLids(
  side: 'right' | 'left',
  lids: LidShape,
  landmarks: ArrayLike<number>,
): Pick<Eyelids, 'blink' | 'squint' | 'wide'> {
  const { topology, points, upperLine, lowerLine, left, axis, width, height } = lids;
  const out = {
    blink: new Float64Array(topology.vertexCount * 3),
    squint: new Float64Array(topology.vertexCount * 3),
    wide: new Float64Array(topology.vertexCount * 3),
  };
  const down = [-axis[1], axis[0]];
  const along = (x: number, y: number) => (x - left[0]) * axis[0] + (y - left[1]) * axis[1];
  const across = (x: number, y: number) => (x - left[0]) * down[0] + (y - left[1]) * down[1];
  const brow = gather(landmarks, BROWS[side]);
  for (let at = 0; at < brow.length; at += 3) {
    const [x, y] = [brow[at], brow[at + 1]];
    brow[at] = along(x, y);
    brow[at + 1] = across(x, y);
  }
  const last = upperLine.length / 3 - 1;
  const above: Nearest = { distance: 0, position: 0 };
  const below: Nearest = { distance: 0, position: 0 };
  const sign = side === 'right' ? -1 : 1;
  for (let vertex = 0; vertex < topology.vertexCount; vertex += 1) {
    const at = vertex * 3;
    const canonicalX = topology.canonical[at] * sign;
    const canonicalY = topology.canonical[at + 1];
    if (canonicalX < 0.6 || canonicalY < 0 || canonicalY > 7) continue;
    const [x, y] = [points[at], points[at + 1]];
    nearestOnPolyline(upperLine, x, y, above);
    nearestOnPolyline(lowerLine, x, y, below);
    const isUpper = above.distance < below.distance || (above.distance === 0 && below.distance === 0);
    const { position, distance } = isUpper ? above : below;
    const arch = Math.sin((Math.PI * position) / last);
    const here = along(x, y);
    const outside = Math.max(0, -here, here - width) / (BESIDE * width);
    const beside = 1 - smoothstep(outside);
    if (isUpper) {
      const lid = across(interpolate(upperLine, 3, position, 0), interpolate(upperLine, 3, position, 1));
      const room = Math.max(0.12 * width, Math.abs(heightOf(brow, here) - lid) * LID_ROOM - LASHES * width);
      const weight = unroll((distance - LASHES * width) / room) * beside;
      for (let k = 0; k < 2; k += 1) out.wide[at + k] = -down[k] * 0.16 * height * arch * weight;
    } else {
      const fall = (radius: number) =>
        Math.exp(-((Math.max(0, distance - 0.035 * width) / (radius * width)) ** 2)) * arch * beside;
      const lid = fall(LOWER_LID.blink);
      const cheek = fall(LOWER_LID.squint);
      for (let k = 0; k < 2; k += 1) {
        out.blink[at + k] = -down[k] * LOWER_LID_RISE * width * lid;
        out.squint[at + k] = -down[k] * 0.22 * height * cheek;
        out.wide[at + k] = down[k] * 0.06 * height * cheek;
      }
    }
  }
  return out;
}

/** 1 at the lashes, 0 at the brow: the lid's skin unrolls, most of it near the lashes. */
function unroll(t: number): number {
  if (t <= 0) return 1;
  return t >= 1 ? 0 : (1 - t) ** 2.4 * (1 + 0.4 * t);
}

/** Height of a line of points (along, across, -) at `along`, level beyond its ends. */
function heightOf(line: Float64Array, along: number): number {
  const count = line.length / 3;
  if (along <= line[0]) return line[1];
  for (let index = 1; index < count; index += 1) {
    const [a, b] = [(index - 1) * 3, index * 3];
    if (along > line[b]) continue;
    return line[a + 1] + ((line[b + 1] - line[a + 1]) * (along - line[a])) / (line[b] - line[a]);
  }
  return line[(count - 1) * 3 + 1];
}
