import { clamp, outset, type Picture, smoothstep } from '../../core/index.ts';
import type { EyeChart } from './eye-chart.ts';

/** How far inside the lids the eye is free of their lashes and shadow, in eye widths. */
const FREE = 0.035;
/** Share of the pixels between the lids that are white for sure, and how much another colour counts against brightness. */
const WHITEST = 0.25;
const COLOURED = 1.5;
/**
 * How far from the landmarks the iris is looked for, in their radii; the largest difference of whiteness that counts;
 * what it costs to be moved by a radius or to be larger by one, as shares of all that counts; the least difference between
 * iris and white, and the share of it that shadow takes; and the room around the middle, in radii.
 */
const FIT = { reach: 0.5, most: 40, moved: 0.04, grown: 0.12, least: 40, shaded: 0.1, room: 1.9 } as const;
/** Irises of one person have one size: as much as they may differ before the less believable one is measured again. */
const UNEQUAL = 0.12;

/** The surroundings of one eye in the region, pixel by pixel, row by row; integer edges. */
export interface EyePatch {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** How surely a pixel shows the eye and nothing of the lids, 0..1. */
  readonly open: Float32Array;
  /** Distance below the upper lid's edge, eye widths. */
  readonly below: Float32Array;
}

/** The iris as a circle in the photo, region pixels. */
export interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/**
 * Measures both irises.
 *
 * @param starts - As the landmarks say.
 */
export function fitIrises(
  photo: Picture,
  patches: readonly [EyePatch, EyePatch],
  starts: readonly [Circle, Circle],
): [Circle, Circle] {
  const found: [Circle, Circle] = [
    findIris(photo, patches[0], starts[0]),
    findIris(photo, patches[1], starts[1]),
  ];
  const sizes = [found[0].radius / starts[0].radius, found[1].radius / starts[1].radius] as const;
  if (Math.abs(sizes[0] - sizes[1]) > UNEQUAL * sizes[0]) {
    // the one that is nearer to its landmarks is right
    const wrong = Math.abs(sizes[0] - 1) > Math.abs(sizes[1] - 1) ? 0 : 1;
    found[wrong] = findIris(photo, patches[wrong], starts[wrong], sizes[1 - wrong]);
  }
  return found;
}

/**
 * Finds the circle that holds what is dark between the lids and nothing light, near the landmarks' one: in rendered and
 * drawn eyes the landmarks can be off by half the radius.
 *
 * @param size - Its radius against that of `start`, if it is known.
 */
function findIris(photo: Picture, patch: EyePatch, start: Circle, size?: number): Circle {
  const { width, open } = patch;
  const places: number[] = [];
  for (let at = 0; at < open.length; at += 1) if (open[at] > 0.5) places.push(at);
  const light = whiteness(
    photo,
    places.map((at) => source(photo, patch, at)),
  );
  const { threshold, apart } = darkAndLight(light);
  // in a dim or faded picture the landmarks know better
  if (!(apart > FIT.least)) return start;
  // the white lies in shadow at one side
  const limit = threshold - FIT.shaded * apart;
  const dark = new Float64Array(open.length);
  let all = 0;
  for (let i = 0; i < places.length; i += 1) {
    const at = places[i];
    dark[at] = open[at] * clamp(limit - light[i], -FIT.most, FIT.most);
    all += Math.abs(dark[at]);
  }
  const disc = new DiscSums(dark, width, patch.height);
  let best = { ...start, score: -Infinity };
  const look = (centre: Circle, reach: number, steps: number) => {
    for (let i = -steps; i <= steps; i += 1) {
      for (let j = -steps; j <= steps; j += 1) {
        const sizes = size === undefined ? steps : 0;
        for (let k = -sizes; k <= sizes; k += 1) {
          const x = centre.x + (i / steps) * reach * start.radius;
          const y = centre.y + (j / steps) * 0.7 * reach * start.radius;
          const radius = centre.radius + (k / steps) * reach * start.radius;
          const moved = Math.hypot(x - start.x, y - start.y) / start.radius;
          const grown = Math.abs(radius / start.radius - 1);
          const held = disc.sum(x - patch.x, y - patch.y, radius);
          const score = held - (FIT.moved * moved + FIT.grown * grown) * all;
          if (score > best.score) best = { x, y, radius, score };
        }
      }
    }
  };
  look(size === undefined ? start : { ...start, radius: size * start.radius }, FIT.reach, 5);
  look(best, FIT.reach / 2, 4);
  look(best, FIT.reach / 10, 2);
  return best;
}

/** Sums over discs, from running sums along the rows: the time grows with a disc's height, not with its area. */
class DiscSums {
  readonly #width: number;
  readonly #height: number;
  /** Sum of what lies left of each column, `width + 1` per row. */
  readonly #before: Float64Array;

  constructor(values: Float64Array, width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#before = new Float64Array((width + 1) * height);
    for (let row = 0, at = 0, to = 0; row < height; row += 1, to += 1) {
      for (let column = 0; column < width; column += 1, at += 1, to += 1) {
        this.#before[to + 1] = this.#before[to] + values[at];
      }
    }
  }

  /** Sum of the values whose pixel's centre lies within the circle. */
  sum(x: number, y: number, radius: number): number {
    const stride = this.#width + 1;
    const last = Math.min(this.#height - 1, Math.ceil(y + radius - 0.5));
    let sum = 0;
    for (let row = Math.max(0, Math.floor(y - radius - 0.5)); row <= last; row += 1) {
      const square = radius * radius - (row + 0.5 - y) ** 2;
      if (square <= 0) continue;
      const half = Math.sqrt(square);
      const from = Math.max(0, Math.floor(x - half - 0.5) + 1);
      const to = Math.min(this.#width, Math.ceil(x + half - 0.5));
      if (to > from) sum += this.#before[row * stride + to] - this.#before[row * stride + from];
    }
    return sum;
  }
}

/**
 * Brightness of some pixels less how much their colour differs from that of the lightest ones, -255..255: high in the
 * white of an eye, also where it lies in shadow, low in dark and in coloured irises.
 *
 * @param pixels - Offsets in the photo.
 */
function whiteness(photo: Picture, pixels: readonly number[]): Float64Array {
  const { data } = photo;
  const count = pixels.length;
  const grey = new Float64Array(count);
  const red = new Float64Array(count);
  const blue = new Float64Array(count);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const p = pixels[i];
    const light = luma(photo, p);
    const most = Math.max(data[p], data[p + 1], data[p + 2]);
    grey[i] = light - (most - Math.min(data[p], data[p + 1], data[p + 2]));
    red[i] = data[p] / Math.max(1, light);
    blue[i] = data[p + 2] / Math.max(1, light);
    order[i] = i;
  }
  order.sort((a, b) => grey[b] - grey[a]);
  const lightest = Math.ceil(WHITEST * count);
  let [usualRed, usualBlue] = [0, 0];
  for (let i = 0; i < lightest; i += 1) {
    usualRed += red[order[i]];
    usualBlue += blue[order[i]];
  }
  usualRed /= lightest;
  usualBlue /= lightest;
  return Float64Array.from(pixels, (p, i) => {
    const other = Math.abs(red[i] - usualRed) + Math.abs(blue[i] - usualBlue);
    return luma(photo, p) * Math.max(-1, 1 - COLOURED * other);
  });
}

/** The whiteness that parts a set of values best into two groups (Otsu's method), and how far apart they are. */
function darkAndLight(values: ArrayLike<number>): { threshold: number; apart: number } {
  const counts = new Float64Array(511);
  for (let i = 0; i < values.length; i += 1) counts[Math.round(values[i]) + 255] += 1;
  const total = values.length;
  const sum = counts.reduce((s, count, value) => s + count * value, 0);
  let [below, belowSum, best, threshold, apart] = [0, 0, -1, 255, 0];
  for (let value = 0; value < 510; value += 1) {
    below += counts[value];
    belowSum += counts[value] * value;
    if (below === 0 || below === total) continue;
    const gap = (sum - belowSum) / (total - below) - belowSum / below;
    const between = below * (total - below) * gap ** 2;
    if (between <= best) continue;
    best = between;
    apart = gap;
    threshold = value + 0.5;
  }
  return { threshold: threshold - 255, apart };
}

/** Lays out the pixels around one eye: those of the whole iris and of everything between the lids. */
export function layOutEye(photo: Picture, chart: EyeChart, { x: cx, y: cy, radius }: Circle): EyePatch {
  const { upper, lower, width: eyeWidth } = chart.outline;
  const reach = FIT.room * radius;
  const xs = [cx - reach, cx + reach];
  const ys = [cy - reach, cy + reach];
  const pad = 0.12 * eyeWidth;
  for (const line of [upper, lower]) {
    for (let at = 0; at < line.length; at += 3) {
      xs.push(line[at] - pad, line[at] + pad);
      ys.push(line[at + 1] - pad, line[at + 1] + pad);
    }
  }
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const rect = outset(
    { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top },
    photo.width,
    photo.height,
  );
  const open = new Float32Array(rect.width * rect.height);
  const below = new Float32Array(open.length);
  for (let at = 0; at < open.length; at += 1) {
    const x = rect.x + (at % rect.width) + 0.5;
    const y = rect.y + Math.floor(at / rect.width) + 0.5;
    const column = clamp(Math.round(chart.column(chart.alongOf(x, y))), 0, chart.columns - 1);
    const across = chart.acrossOf(x, y);
    below[at] = (across - chart.upper[column]) / eyeWidth;
    const inside = Math.min(below[at], (chart.lower[column] - across) / eyeWidth);
    open[at] = smoothstep((inside - 0.4 * FREE) / (0.6 * FREE));
  }
  return { ...rect, open, below };
}

/** Offset of a patch's pixel in the photo, bytes. */
export function source(photo: Picture, patch: EyePatch, at: number): number {
  return ((patch.y + Math.floor(at / patch.width)) * photo.width + patch.x + (at % patch.width)) * 4;
}

/** Rec. 709 luma of the pixel at an offset. */
export function luma(photo: Picture, p: number): number {
  return 0.2126 * photo.data[p] + 0.7152 * photo.data[p + 1] + 0.0722 * photo.data[p + 2];
}
