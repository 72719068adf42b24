import { clamp, type Picture, smoothstep } from '../../core/index.ts';
import { boxMean, combine, type Plane, plane } from './planes.ts';
import type { Topology } from './topology.ts';

/** The grid over the canonical face on which light and folds are worked out, centimetres. */
export const GRID = { left: -8, top: 9.5, cell: 0.125, width: 128, height: 156 } as const;

/** What the photo shows of the skin, cell by cell of the {@link GRID}. */
export interface SkinLight {
  /**
   * Relative change of brightness per unit that the skin's normal leans to the right and upwards: where the light
   * comes from and how hard it is; -{@link STEEPEST}..{@link STEEPEST}.
   */
  readonly slope: readonly [x: number, y: number];
  /** Whether plain skin is seen: 1 there, 0 on hair, glasses, beards, lips, eyes and at the rim of the face. */
  readonly skin: Plane;
}

/** Cells beyond these places show something else than skin on most faces: brows and eyes, nostrils and mouth. */
const FEATURES = [
  { x: [0.9, 6.2], y: [1.7, 5.7] },
  { x: [0, 1.6], y: [-2.2, -1] },
  { x: [0, 3], y: [-5.6, -3.2] },
] as const;
/** Rounds of the robust fit; a deviation of this share of the brightness counts a quarter. */
const ROUNDS = 6;
const DEVIATION = 0.22;
/** Reach of the local brightness of skin, in cells: shadows and shine are larger, features smaller. */
const LOCAL = 10;
/** How much the fitted light counts beside the neighbourhood. */
const LOCAL_HOLD = 0.12;
/** Brightness below which nothing is told apart. */
const DARKEST = 0.02;
/** Weight of the wish for even light, as a share of the number of cells: dim evidence gives no strong light. */
const RESTRAINT = 0.01;
/** Steepest light that is believed. */
const STEEPEST = 0.9;
/** Brightness relative to that of lit skin: between the inner values it is skin for sure, beyond the outer ones it is not. */
const SKIN_RANGE = { none: 0.5, low: 0.72, high: 1.3, over: 1.7 } as const;
/** Distance of chroma at which it is not skin any more. */
const SKIN_CHROMA = 0.4;
/** Distance from the rim of the face and from its openings over which shading fades, and smoothing, in cells. */
const RIM = 4;
const SOFT = 2;

/**
 * Finds out how light falls on the face: a first-order fit (even light plus one direction) of brightness to the
 * canonical face's normals, by iteratively re-weighted least squares.
 *
 * @param photo - The region.
 * @param points - The placed face, region pixels.
 * @param pixelsPerCm - Region pixels per canonical centimetre.
 */
export function measureSkinLight(
  photo: Picture,
  topology: Topology,
  points: Float64Array,
  pixelsPerCm: number,
): SkinLight {
  const normals = vertexNormals(topology);
  const [x, y, nx, ny, covered] = spreadOverGrid(topology, [
    (v) => points[v * 3],
    (v) => points[v * 3 + 1],
    (v) => normals[v * 3],
    (v) => normals[v * 3 + 1],
    () => 1,
  ]);
  const colours = sampleCells(photo, x, y, covered, Math.max(1, Math.round(GRID.cell * pixelsPerCm)));
  const bright = combine(covered, (i) => brightness(colours, i));
  const features = featureCells();
  const coloured = skinColoured(colours, bright, covered, features);
  const fit = fitLight(bright, nx, ny, coloured, features);
  const even = combine(covered, (i) =>
    Math.max(DARKEST, fit.even + fit.right * nx.data[i] + fit.up * ny.data[i]),
  );
  const level = localLevel(bright, even, coloured);
  const relative = (change: number) => clamp(change / Math.max(fit.even, DARKEST), -STEEPEST, STEEPEST);
  return {
    slope: [relative(fit.right), relative(fit.up)],
    skin: findSkin(bright, level, coloured, covered),
  };
}

const brightness = ([red, green, blue]: readonly Plane[], i: number): number =>
  0.299 * red.data[i] + 0.587 * green.data[i] + 0.114 * blue.data[i];

/** Normals of the canonical face, unit length. */
function vertexNormals({ canonical, triangles, vertexCount }: Topology): Float64Array {
  const out = new Float64Array(vertexCount * 3);
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [triangles[at] * 3, triangles[at + 1] * 3, triangles[at + 2] * 3];
    const edge = (to: number, k: number) => canonical[to + k] - canonical[a + k];
    const normal = [0, 1, 2].map((k) => {
      const [i, j] = [(k + 1) % 3, (k + 2) % 3];
      return edge(b, i) * edge(c, j) - edge(b, j) * edge(c, i);
    });
    // whichever way round the triangle is listed, the face looks at the viewer
    const sign = normal[2] < 0 ? -1 : 1;
    for (const v of [a, b, c]) for (let k = 0; k < 3; k += 1) out[v + k] += sign * normal[k];
  }
  for (let v = 0; v < out.length; v += 3) {
    const length = Math.hypot(out[v], out[v + 1], out[v + 2]) || 1;
    for (let k = 0; k < 3; k += 1) out[v + k] /= length;
  }
  return out;
}

/** Interpolates values of the vertices over the cells that the canonical face covers, seen from the front. */
function spreadOverGrid({ canonical, triangles }: Topology, values: ((vertex: number) => number)[]): Plane[] {
  const { left, top, cell, width, height } = GRID;
  const planes = values.map(() => plane(width, height));
  const column = (v: number) => (canonical[v * 3] - left) / cell - 0.5;
  const row = (v: number) => (top - canonical[v * 3 + 1]) / cell - 0.5;
  for (let at = 0; at < triangles.length; at += 3) {
    const corners = [triangles[at], triangles[at + 1], triangles[at + 2]];
    const [a, b, c] = corners;
    const [ax, ay, bx, by, cx, cy] = [column(a), row(a), column(b), row(b), column(c), row(c)];
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (Math.abs(area) < 1e-6) continue;
    const known = corners.map((v) => values.map((value) => value(v)));
    const last = Math.min(height - 1, Math.floor(Math.max(ay, by, cy)));
    const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx)));
    for (let y = Math.max(0, Math.ceil(Math.min(ay, by, cy))); y <= last; y += 1) {
      for (let x = Math.max(0, Math.ceil(Math.min(ax, bx, cx))); x <= right; x += 1) {
        const s = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area;
        const t = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area;
        if (s < 0 || t < 0 || s + t > 1) continue;
        for (let k = 0; k < planes.length; k += 1) {
          planes[k].data[y * width + x] = known[0][k] * (1 - s - t) + known[1][k] * s + known[2][k] * t;
        }
      }
    }
  }
  return planes;
}

/** Mean colour of the photo, 0..1, in a square of `size` pixels around each covered cell. */
function sampleCells(photo: Picture, x: Plane, y: Plane, covered: Plane, size: number): Plane[] {
  const { data } = photo;
  const out = [0, 1, 2].map(() => plane(covered.width, covered.height));
  const [red, green, blue] = out;
  const place = (centre: number, room: number) =>
    clamp(Math.round(centre - size / 2), 0, Math.max(0, room - size));
  for (let i = 0; i < covered.data.length; i += 1) {
    if (covered.data[i] === 0) continue;
    const left = place(x.data[i], photo.width);
    const top = place(y.data[i], photo.height);
    let r = 0;
    let g = 0;
    let b = 0;
    for (let line = top; line < top + size; line += 1) {
      let at = (line * photo.width + left) * 4;
      for (const end = at + size * 4; at < end; at += 4) {
        r += data[at];
        g += data[at + 1];
        b += data[at + 2];
      }
    }
    const scale = 255 * size * size;
    red.data[i] = r / scale;
    green.data[i] = g / scale;
    blue.data[i] = b / scale;
  }
  return out;
}

interface Light {
  even: number;
  right: number;
  up: number;
}

function fitLight(bright: Plane, nx: Plane, ny: Plane, coloured: Plane, features: Uint8Array): Light {
  const cells: number[] = [];
  for (let i = 0; i < coloured.data.length; i += 1) {
    if (coloured.data[i] > 0 && features[i] === 0) cells.push(i);
  }
  let light: Light = { even: median(Float64Array.from(cells, (i) => bright.data[i])), right: 0, up: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const scale = DEVIATION * Math.max(light.even, DARKEST);
    const m = new Float64Array(6);
    const r = new Float64Array(3);
    for (let cell = 0; cell < cells.length; cell += 1) {
      const i = cells[cell];
      const p = nx.data[i];
      const q = ny.data[i];
      const value = bright.data[i];
      const off = (value - light.even - light.right * p - light.up * q) / scale;
      const w = coloured.data[i] / (1 + off * off) ** 2;
      m[0] += w;
      m[1] += w * p;
      m[2] += w * q;
      m[3] += w * p * p;
      m[4] += w * p * q;
      m[5] += w * q * q;
      r[0] += w * value;
      r[1] += w * p * value;
      r[2] += w * q * value;
    }
    light = solve(m, RESTRAINT * cells.length, r) ?? light;
  }
  return light;
}

/**
 * Brightness of plain skin around each cell: cast shadows and shine belong to it, lines and hair do not. Cells far from
 * the local brightness are left out in a second round.
 */
function localLevel(bright: Plane, even: Plane, coloured: Plane): Plane {
  let level = even;
  for (let round = 0; round < 2; round += 1) {
    const known = level;
    const weight = combine(bright, (i) => {
      const off = (bright.data[i] / known.data[i] - 1) / (round === 0 ? 0.5 : 0.3);
      return coloured.data[i] / (1 + off * off) ** 2;
    });
    const soft = (source: Plane) => boxMean(boxMean(source, LOCAL), LOCAL).data;
    const sums = soft(combine(bright, (i) => weight.data[i] * bright.data[i]));
    const weights = soft(weight);
    level = combine(bright, (i) =>
      Math.max(DARKEST, (sums[i] + LOCAL_HOLD * even.data[i]) / (weights[i] + LOCAL_HOLD)),
    );
  }
  return level;
}

/** Solves the normal equations; `null` when they are degenerate. */
function solve([a, b, c, d, e, f]: Float64Array, hold: number, [p, q, r]: Float64Array): Light | null {
  const [dd, ff] = [d + hold, f + hold];
  const determinant = a * (dd * ff - e * e) - b * (b * ff - e * c) + c * (b * e - dd * c);
  if (!(Math.abs(determinant) > 1e-9)) return null;
  return {
    even: (p * (dd * ff - e * e) - b * (q * ff - e * r) + c * (q * e - dd * r)) / determinant,
    right: (a * (q * ff - e * r) - p * (b * ff - e * c) + c * (b * r - q * c)) / determinant,
    up: (a * (dd * r - q * e) - b * (b * r - q * c) + p * (b * e - dd * c)) / determinant,
  };
}

function median(values: Float64Array): number {
  return values.sort()[values.length >> 1] ?? 0.5;
}

/** 1 for the cells of {@link FEATURES}, 0 elsewhere. */
function featureCells(): Uint8Array {
  const out = new Uint8Array(GRID.width * GRID.height);
  for (let at = 0; at < out.length; at += 1) {
    const x = Math.abs(GRID.left + ((at % GRID.width) + 0.5) * GRID.cell);
    const y = GRID.top - (Math.floor(at / GRID.width) + 0.5) * GRID.cell;
    for (const box of FEATURES) {
      if (x >= box.x[0] && x <= box.x[1] && y >= box.y[0] && y <= box.y[1]) out[at] = 1;
    }
  }
  return out;
}

/** How much each covered cell has the chroma (colour over brightness) of most of the face, 0..1. */
function skinColoured(colours: readonly Plane[], bright: Plane, covered: Plane, features: Uint8Array): Plane {
  const [red, green, blue] = colours.map(({ data }) =>
    Float64Array.from(data, (value, i) => value / Math.max(bright.data[i], DARKEST)),
  );
  const usual = (chroma: Float64Array) =>
    median(chroma.filter((_, i) => covered.data[i] === 1 && features[i] === 0));
  const [usualRed, usualGreen, usualBlue] = [usual(red), usual(green), usual(blue)];
  return combine(covered, (i) => {
    if (covered.data[i] === 0) return 0;
    const distance = Math.hypot(usualRed - red[i], usualGreen - green[i], usualBlue - blue[i]);
    return 1 - smoothstep((distance / SKIN_CHROMA - 0.5) * 2);
  });
}

/** Where brightness and colour are those of lit skin, softly. */
function findSkin(bright: Plane, level: Plane, coloured: Plane, covered: Plane): Plane {
  const { none, low, high, over } = SKIN_RANGE;
  const rim = boxMean(covered, RIM).data;
  const skin = combine(covered, (i) => {
    if (covered.data[i] === 0) return 0;
    const share = bright.data[i] / level.data[i];
    const lit = smoothstep((share - none) / (low - none)) * smoothstep((over - share) / (over - high));
    return lit * coloured.data[i] * smoothstep((rim[i] - 0.5) * 2);
  });
  return boxMean(boxMean(skin, SOFT), SOFT);
}
