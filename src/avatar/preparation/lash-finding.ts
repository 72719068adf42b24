import { smoothstep } from '../../core/index.ts';
import type { EyeChart } from './eye-chart.ts';
import { type Plane, plane } from './planes.ts';

/** What is narrower than this from side to side can be a lash, in eye widths. */
const WIDEST = 0.2;
/** What runs along the lid for this long is a fold, a brow or a spectacle rim, in eye widths. */
const LONGEST = 0.3;
/** Where lashes begin at the inner corner, and how far they stand out beyond the outer one, in eye widths. */
const INNER = 0.1;
const OUTER = 0.34;
/** Up to this height above the edge everything counts as rooted, in eye widths; from there on what leans this much. */
const ROOTS = 0.1;
/** How far beyond a corner lashes have their roots, in eye widths. */
const CORNER = 0.06;
const STRIDE = 2;
/** Slopes at which such things are looked for. */
const SLOPES = [-0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8] as const;
/** Darkening of the skin, as a share of its brightness, that is taken for a lash: at its root, and further along it. */
const CERTAIN = { from: 0.12, to: 0.28 } as const;
const LIKELY = { from: 0.04, to: 0.14 } as const;
/** Lashes can be so dense that no skin shows for this long, in eye widths; then they are at least this dark. */
const DENSEST = 0.5;
const DENSE = 0.3;
/** A mass of them is at least this much darker than the skin above it. */
const DENSER = 0.45;

/**
 * Finds dark, narrow things that stand across the lid: lashes, and not the folds, rims and shadows that run along it.
 *
 * @param light - Luminance above the lid's edge, 0..255, in the chart's layout.
 * @returns 0..1: how surely a place is covered by a lash.
 */
export function findLashes(chart: EyeChart, light: Plane): Plane {
  const { width } = chart.outline;
  const samples = (eyeWidths: number) => Math.max(1, Math.round((eyeWidths * width) / chart.step));
  const near = darkerThan(light, closeRows(light, samples(WIDEST / 2)));
  const far = darkerThan(light, closeRows(light, samples(DENSEST / 2)));
  const above = darkerThan(light, lightestAbove(light, samples(LONGEST)));
  const dense = plane(light.width, light.height);
  for (let at = 0; at < dense.data.length; at += 1) {
    dense.data[at] = Math.max(0, far.data[at] - DENSE, above.data[at] - DENSER);
  }
  const along = runsAlong(near, samples(LONGEST / 2));
  const alongDense = runsAlong(dense, samples(DENSEST / 2));
  const roots = samples(ROOTS);
  const certain = plane(light.width, light.height);
  const likely = plane(light.width, light.height);
  const outwards = chart.outline.side === 'right' ? -1 : 1;
  for (let row = 0, at = 0; row < light.height; row += 1) {
    for (let column = 0; column < light.width; column += 1, at += 1) {
      if (row >= chart.top[column]) continue;
      const beyond = (chart.along(column) / width - 0.5) * outwards;
      const fade =
        (1 - smoothstep((row / chart.top[column] - 0.7) / 0.3)) *
        smoothstep((beyond + 0.5) / INNER) *
        (1 - smoothstep((beyond - 0.5 - OUTER / 2) / (OUTER / 2)));
      const free = row > roots ? 1 : 0;
      const hair = Math.max(
        near.data[at] - free * along.data[at],
        dense.data[at] - free * alongDense.data[at],
      );
      certain.data[at] = fade * ramp(hair, CERTAIN);
      likely.data[at] = fade * ramp(hair, LIKELY);
    }
  }
  return growFromEdge(chart, certain, likely, roots);
}

const ramp = (value: number, { from, to }: { from: number; to: number }) =>
  smoothstep((value - from) / (to - from));

function darkerThan(light: Plane, skin: Plane): Plane {
  const out = plane(light.width, light.height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = Math.max(0, 1 - light.data[at] / Math.max(8, skin.data[at]));
  }
  return out;
}

/**
 * Follows what is certain near the lid's edge up along what is likely: tips of lashes are thin and pale, and strands of
 * hair in front of the eye, which do not stand on its edge, stay where they are.
 */
function growFromEdge(chart: EyeChart, certain: Plane, likely: Plane, roots: number): Plane {
  const { width, height } = certain;
  const [first, last] = [-CORNER, 1 + CORNER].map((end) => chart.column(end * chart.outline.width));
  const out = plane(width, height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = row * width + column;
      let rooted = row < roots && column > first && column < last ? certain.data[at] : 0;
      for (let x = Math.max(0, column - STRIDE); x <= Math.min(width - 1, column + STRIDE); x += 1) {
        if (row > 0) rooted = Math.max(rooted, out.data[(row - 1) * width + x]);
        if (row > 1) rooted = Math.max(rooted, out.data[(row - 2) * width + x]);
      }
      out.data[at] = Math.min(likely.data[at], rooted);
    }
  }
  return out;
}

/** The lightest place up to `reach` rows above every place. */
function lightestAbove(light: Plane, reach: number): Plane {
  const { width, height } = light;
  const padded = new Float32Array((height + reach) * width);
  padded.set(light.data);
  windowMaxima(padded, width, reach + 1);
  return { width, height, data: padded.subarray(0, width * height) };
}

/** Fills dark gaps narrower than `2 * reach` in every row: dilation, then erosion. */
function closeRows(source: Plane, reach: number): Plane {
  const { width, height, data } = source;
  const out = plane(width, height);
  const line = new Float32Array(width + 2 * reach);
  const grow = (from: Float32Array, start: number, sign: 1 | -1) => {
    line.fill(Number.NEGATIVE_INFINITY);
    for (let x = 0; x < width; x += 1) line[reach + x] = sign * from[start + x];
    windowMaxima(line, 1, 2 * reach + 1);
    for (let x = 0; x < width; x += 1) out.data[start + x] = sign * line[x];
  };
  for (let start = 0; start < data.length; start += width) {
    grow(data, start, 1);
    // what is darkest is lightest in the negative
    grow(out.data, start, -1);
  }
  return out;
}

/**
 * Replaces every value by the largest of itself and the `length - 1` that follow at steps of `stride`, in place. Windows
 * of doubled length are made of two shorter ones, so that long ones hardly take longer.
 */
function windowMaxima(values: Float32Array, stride: number, length: number): void {
  const widen = (by: number) => {
    const step = by * stride;
    for (let at = 0; at + step < values.length; at += 1) {
      if (values[at + step] > values[at]) values[at] = values[at + step];
    }
  };
  let done = 1;
  for (; 2 * done <= length; done *= 2) widen(done);
  if (done < length) widen(length - done);
}

/** What remains of dark things when only those count that hold a straight piece of `2 * reach` samples along the lid. */
function runsAlong(dark: Plane, reach: number): Plane {
  const { width, height } = dark;
  const out = plane(width, height);
  const noticed = { ...dark, data: dark.data.map((value) => (value < LIKELY.from ? 0 : value)) };
  for (const slope of SLOPES) {
    // steep pieces are as long as level ones
    const half = Math.max(1, Math.round(reach / Math.hypot(1, slope)));
    const steps = Int32Array.from({ length: 2 * half + 1 }, (_, i) => Math.round((i - half) * slope));
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        if (noticed.data[row * width + column] > 0) layPiece(noticed, out, column, row, steps);
      }
    }
  }
  return out;
}

/** Raises `out` along one piece to the least darkness on it. */
function layPiece(dark: Plane, out: Plane, column: number, row: number, steps: Int32Array): void {
  const { width, height, data } = dark;
  const half = steps.length >> 1;
  let least = data[row * width + column];
  for (let i = 0; i < steps.length && least > 0; i += 1) {
    const x = Math.min(width - 1, Math.max(0, column + i - half));
    const y = Math.min(height - 1, Math.max(0, row + steps[i]));
    least = Math.min(least, data[y * width + x]);
  }
  if (least === 0) return;
  for (let i = 0; i < steps.length; i += 1) {
    const x = Math.min(width - 1, Math.max(0, column + i - half));
    const y = Math.min(height - 1, Math.max(0, row + steps[i]));
    out.data[y * width + x] = Math.max(out.data[y * width + x], least);
  }
}
