import { type AvatarLid, clamp, type LidStrip, mix, type Picture, smoothstep } from '../../core/index.ts';
import { type EyeChart, readPicture } from './eye-chart.ts';

/** Lean of the lashes at the inner and the outer corner, radians outwards from upright. */
const LEAN = { inner: -0.35, outer: 0.95 } as const;
/** Length of lashes that is looked at above the lid's edge, in eye widths. */
const LENGTH = 0.4;
/** How far below the lid's edge the strips begin to show, in eye widths: their roots hide its steps. */
const ROOT = { lashes: 0.03, rim: 0.015 } as const;
/** Where the lashes stand, as a share of the rim's height: the rest of them is part of the rim. */
const FOOT = 0.6;
/** Width over which the rim's upper edge is blended into the lid, in eye widths. */
const BLEND = 0.05;
/** Share of the strip over which it fades in at either corner. */
const ENDS = 0.04;
/** Brightness against the lid's from which on, and at which, something cannot be part of it. */
const LIGHTER = { from: 1.12, to: 1.3 } as const;
/** Least and largest number of columns along the lid. */
const LEAST_COLUMNS = 48;
const MOST_COLUMNS = 320;
/** Share of the strip that is at least as dark as a hair without skin. */
const HAIR = 0.04;
/** Length without a hair after which a lash has ended, in eye widths. */
const GAP = 0.03;
/** Opacity below which a row holds no lash. */
const NOTHING = 0.1;

/**
 * Takes the lashes of the upper lid off the photo, by how much darker it is than the lid without them: a strip that
 * stands on the lid's edge, fanned out as lashes are, so that it can be turned with the lid.
 *
 * @param photo - The region.
 * @param lid - The same eye, closed and without lashes.
 * @param rim - Height of the rim that covers their roots, region pixels.
 */
export function takeLashes(photo: Picture, chart: EyeChart, lid: AvatarLid, rim: number): LidStrip {
  const { width, side } = chart.outline;
  const outwards = side === 'right' ? -1 : 1;
  const lean = (t: number) => mix(LEAN.inner, LEAN.outer, (outwards > 0 ? t : 1 - t) ** 1.2) * outwards;
  const layout = layOut(chart, FOOT * rim, LENGTH * width, ROOT.lashes * width, lean);
  const { columns, rows, root, seen, shown } = layout;
  read(photo, 0, 0, layout, chart, seen);
  const bare = new Float32Array(seen.length);
  read({ width: lid.width, height: lid.height, data: lid.skin }, lid.x, lid.y, layout, chart, bare);
  const darkest = Float32Array.from(shown, (_, at) => luma(seen, at)).sort()[Math.floor(HAIR * shown.length)];
  const alphas = shown.map((_, at) => {
    const skin = luma(bare, at);
    return clamp((skin - luma(seen, at)) / Math.max(12, skin - darkest), 0, 1);
  });
  const rooted = rootedDarkness(alphas, layout, Math.ceil((GAP * rows) / (LENGTH + ROOT.lashes)));
  const pixels = new Uint8Array(columns * rows * 4);
  let used = 2;
  for (let at = 0; at < shown.length; at += 1) {
    const alpha = alphas[at];
    const opacity = alpha > 0 ? (rooted[at] / alpha) * shown[at] : 0;
    if (alpha * opacity >= NOTHING) used = Math.max(used, Math.floor(at / columns) + 1);
    for (let k = 0; k < 3; k += 1) {
      const colour = seen[at * 3 + k] - (1 - alpha) * bare[at * 3 + k];
      pixels[at * 4 + k] = Math.round(clamp(colour, 0, 255 * alpha) * opacity);
    }
    pixels[at * 4 + 3] = Math.round(255 * alpha * opacity);
  }
  return {
    columns,
    rows: used,
    pixels: pixels.slice(0, columns * used * 4),
    root: (root * rows) / used,
    foot: layout.foot,
    tips: layout.tips.map((value) => (value * used) / rows),
  };
}

/**
 * How much of the darkness of each place can be that of a lash, 0..1: as much as leads there from the foot of the strip.
 * Folds, shadows and spectacle rims higher up hang together with it by less than their own darkness, or not at all.
 *
 * @param gap - Rows without a hair after which a hair has ended.
 */
function rootedDarkness(alphas: Float32Array, { columns, rows, root }: Layout, gap: number): Float32Array {
  const first = Math.floor(root * rows);
  const out = alphas.slice();
  for (let row = first + 1; row < rows; row += 1) {
    const nearest = Math.max(0, row - gap);
    for (let column = 0; column < columns; column += 1) {
      const end = Math.min(columns - 1, column + 1);
      let rooted = 0;
      for (let y = nearest; y < row; y += 1) {
        for (let x = Math.max(0, column - 1); x <= end; x += 1)
          rooted = Math.max(rooted, out[y * columns + x]);
      }
      const at = row * columns + column;
      out[at] = Math.min(alphas[at], rooted);
    }
  }
  return out;
}

/**
 * Takes the lid's edge off the photo: what moves down as one piece with it, blended out above.
 *
 * @param height - Of the rim, region pixels.
 */
export function takeRim(photo: Picture, chart: EyeChart, lid: AvatarLid, height: number): LidStrip {
  const { width } = chart.outline;
  const blend = BLEND * width;
  const layout = layOut(chart, 0, height + blend, ROOT.rim * width, () => 0);
  const { columns, rows, root, seen, shown, tips } = layout;
  read(photo, 0, 0, layout, chart, seen);
  const bare = new Float32Array(seen.length);
  read({ width: lid.width, height: lid.height, data: lid.skin }, lid.x, lid.y, layout, chart, bare);
  const pixels = new Uint8Array(columns * rows * 4);
  for (let at = 0; at < shown.length; at += 1) {
    // where the white of the eye lies above the contour, the lid has no edge to show
    const white = smoothstep(
      (luma(seen, at) / Math.max(8, luma(bare, at)) - LIGHTER.from) / (LIGHTER.to - LIGHTER.from),
    );
    const above = ((Math.floor(at / columns) + 0.5) / rows - root) / (1 - root);
    const opacity = (1 - white) * shown[at] * (1 - smoothstep((above * (height + blend) - height) / blend));
    for (let k = 0; k < 3; k += 1) pixels[at * 4 + k] = Math.round(seen[at * 3 + k] * opacity);
    pixels[at * 4 + 3] = Math.round(255 * opacity);
  }
  return { columns, rows, pixels, root, foot: 0, tips };
}

/** Rec. 709 luma of one place. */
function luma(of: Float32Array, at: number): number {
  return 0.2126 * of[at * 3] + 0.7152 * of[at * 3 + 1] + 0.0722 * of[at * 3 + 2];
}

interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly root: number;
  readonly foot: number;
  readonly tips: Float32Array;
  /** Where the strip stands at each vertex, in the eye's own axes. */
  readonly stands: Float32Array;
  /** RGB per place, to be filled. */
  readonly seen: Float32Array;
  /** How much of the strip is shown there, 0..1. */
  readonly shown: Float32Array;
}

/**
 * @param foot - Height above the lid's edge at which the strip stands, region pixels.
 * @param length - Above that.
 * @param below - Below it.
 * @param lean - Radians to the right of upright, by the place along the eye 0..1.
 */
function layOut(
  chart: EyeChart,
  foot: number,
  length: number,
  below: number,
  lean: (t: number) => number,
): Layout {
  const { upper, width } = chart.outline;
  const whole = length + below;
  const stands = new Float32Array((upper.length / 3) * 2);
  const tips = new Float32Array(stands.length);
  for (let i = 0; i * 2 < stands.length; i += 1) {
    const along = chart.alongOf(upper[i * 3], upper[i * 3 + 1]);
    const angle = lean(clamp(along / width, 0, 1));
    stands.set([along, chart.acrossOf(upper[i * 3], upper[i * 3 + 1]) - foot], i * 2);
    tips.set([Math.sin(angle) * whole, -Math.cos(angle) * whole], i * 2);
  }
  const columns = clamp(Math.round(width / chart.step), LEAST_COLUMNS, MOST_COLUMNS);
  const rows = Math.max(2, Math.ceil((whole / width) * columns));
  const places = columns * rows;
  const root = below / whole;
  const seen = new Float32Array(places * 3);
  return { columns, rows, root, foot, tips, stands, seen, shown: new Float32Array(places) };
}

/** Reads a picture at every place of a strip; what lies below the edge repeats the edge. */
function read(
  picture: Picture,
  x0: number,
  y0: number,
  { columns, rows, root, tips, stands, shown }: Layout,
  chart: EyeChart,
  out: Float32Array,
): void {
  const last = stands.length / 2 - 1;
  for (let row = 0, at = 0; row < rows; row += 1) {
    const high = (row + 0.5) / rows - root;
    for (let column = 0; column < columns; column += 1, at += 1) {
      const position = ((column + 0.5) / columns) * last;
      const i = Math.min(last - 1, Math.floor(position));
      const t = position - i;
      const place = (k: 0 | 1) =>
        mix(stands[i * 2 + k], stands[i * 2 + 2 + k], t) +
        Math.max(high, 0.5 / rows) * mix(tips[i * 2 + k], tips[i * 2 + 2 + k], t);
      const along = place(0);
      const across = place(1);
      const x = chart.x(along, across) - 0.5;
      const y = chart.y(along, across) - 0.5;
      readPicture(picture, x - x0, y - y0, out, at * 3);
      const edge = chart.upper[clamp(Math.round(chart.column(along)), 0, chart.columns - 1)];
      const end = smoothstep(Math.min(column + 1, columns - column) / (ENDS * columns));
      shown[at] = across > edge + 0.5 ? 0 : end * smoothstep(1 + high / root);
    }
  }
}
