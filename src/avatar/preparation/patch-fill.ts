import { type Plane, plane } from './planes.ts';

/** Half side of the patches that are compared, pixels. */
const RADIUS = 2;
/** A level whose hole is thinner than this needs no coarser one, pixels. */
const THINNEST = 12;
/** Rounds of searching and painting on the coarsest level; each finer one has one less. */
const ROUNDS = 4;
/** How far away a source may lie, as a share of the longer side. */
const FARTHEST = 0.35;
/** What belongs together lies together: a source that far away must fit better by so much (squared colour difference). */
const DISTANCE_COST = 0.004;
/** Sources tried by chance for each pixel of the coarsest level. */
const FIRST_TRIES = 60;
/** Weight that each step into the hole takes from a pixel: what is known decides, what is painted follows. */
const TRUST_PER_PIXEL = 0.85;

/** Where the pixels of a hole are copied from. */
export interface PatchSources {
  /** Way from each pixel of the hole to its source, pixels; both 0 elsewhere. Whole numbers. */
  readonly dx: Plane;
  readonly dy: Plane;
}

/** One level of the pyramid. */
interface Level {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel; those of the hole change. */
  readonly colour: Float32Array;
  /** Pixels to be filled, from the edge inwards. */
  readonly hole: Int32Array;
  /** Weight of a pixel in a comparison: 1 known, less the deeper in the hole, 0 where nothing is known. */
  readonly trust: Float32Array;
  /** Sum of that over the patch around each pixel of the hole. */
  readonly weight: Float32Array;
  /** 1 where a whole patch of known pixels lies around. */
  readonly whole: Uint8Array;
  /** Source of every pixel of the hole, -1 elsewhere. */
  readonly source: Int32Array;
}

/**
 * Finds for every pixel of a hole the known pixel that fits best with its surroundings: patches are matched by random
 * search and propagation (Barnes et al., "PatchMatch", 2009) from coarse to fine, painting the hole anew from what
 * overlapping patches agree on (Wexler et al., "Space-time completion of video", 2007). The same input gives the same
 * result.
 *
 * @param colours - Planes of one size; in the hole they hold a first guess (a smooth filling).
 * @param known - 1 where the colours may be copied from, else 0.
 * @param hole - 1 where sources are wanted, else 0.
 * @returns `null` if there is nothing to copy from.
 */
export function findPatchSources(colours: readonly Plane[], known: Plane, hole: Plane): PatchSources | null {
  const { width, height } = known;
  const base = makeLevel(interleave(colours), known.data, hole.data, width, height);
  const levels = [base];
  for (let thick = thickness(hole); thick > THINNEST && levels.length < 6; thick /= 2)
    levels.push(halved(levels.at(-1)!));
  while (levels.length > 1 && !levels.at(-1)!.whole.includes(1)) levels.pop();
  if (!levels.at(-1)!.whole.includes(1)) return null;
  const random = makeRandom();
  for (let index = levels.length - 1; index >= 0; index -= 1) {
    const level = levels[index];
    const coarser = levels[index + 1];
    if (coarser) {
      takeOver(level, coarser, random);
      paint(level);
    } else begin(level, random);
    const rounds = Math.max(1, ROUNDS - (levels.length - 1 - index));
    for (let round = 0; round < rounds; round += 1) {
      search(level, random, round % 2 === 0);
      paint(level);
    }
  }
  const out = { dx: plane(width, height), dy: plane(width, height) };
  for (const at of base.hole) {
    const from = base.source[at];
    out.dx.data[at] = (from % width) - (at % width);
    out.dy.data[at] = Math.floor(from / width) - Math.floor(at / width);
  }
  return out;
}

function interleave(colours: readonly Plane[]): Float32Array {
  const [red, green, blue] = colours.map(({ data }) => data);
  const out = new Float32Array(red.length * 3);
  for (let at = 0, to = 0; at < red.length; at += 1) {
    out[to++] = red[at];
    out[to++] = green[at];
    out[to++] = blue[at];
  }
  return out;
}

/** Largest distance of a hole's pixel from its edge, pixels. */
function thickness(hole: Plane): number {
  return depths(hole.data, hole.width, hole.height).reduce((most, depth) => Math.max(most, depth), 0);
}

/** City-block distance to the nearest pixel that is 0; the picture's border is no edge. */
function depths(inside: ArrayLike<number>, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  for (let at = 0; at < out.length; at += 1) {
    if (inside[at] === 0) continue;
    const left = at % width > 0 ? out[at - 1] : Number.POSITIVE_INFINITY;
    const up = at >= width ? out[at - width] : Number.POSITIVE_INFINITY;
    out[at] = Math.min(left, up) + 1;
  }
  for (let at = out.length - 1; at >= 0; at -= 1) {
    if (inside[at] === 0) continue;
    if (at % width < width - 1) out[at] = Math.min(out[at], out[at + 1] + 1);
    if (at + width < out.length) out[at] = Math.min(out[at], out[at + width] + 1);
  }
  return out;
}

function makeLevel(
  colour: Float32Array,
  known: ArrayLike<number>,
  wanted: ArrayLike<number>,
  width: number,
  height: number,
): Level {
  const inside = new Uint8Array(width * height);
  for (let at = 0; at < inside.length; at += 1) inside[at] = known[at] === 1 ? 0 : 1;
  const depth = depths(inside, width, height);
  const trust = new Float32Array(width * height);
  const hole: number[] = [];
  for (let at = 0; at < trust.length; at += 1) {
    if (inside[at] === 0) trust[at] = 1;
    else if (wanted[at] === 1) {
      trust[at] = TRUST_PER_PIXEL ** Math.min(40, depth[at]);
      hole.push(at);
    }
  }
  hole.sort((a, b) => depth[a] - depth[b] || a - b);
  const whole = new Uint8Array(width * height);
  for (let y = RADIUS; y < height - RADIUS; y += 1) {
    for (let x = RADIUS; x < width - RADIUS; x += 1) {
      let complete = 1;
      for (let row = y - RADIUS; row <= y + RADIUS && complete; row += 1) {
        for (let at = row * width + x - RADIUS; at <= row * width + x + RADIUS; at += 1)
          if (inside[at] === 1) complete = 0;
      }
      whole[y * width + x] = complete;
    }
  }
  const level: Level = {
    width,
    height,
    colour,
    hole: Int32Array.from(hole),
    trust,
    weight: new Float32Array(width * height),
    whole,
    source: new Int32Array(width * height).fill(-1),
  };
  for (const at of hole) level.weight[at] = patchTrust(level, at);
  return level;
}

function patchTrust({ width, height, trust }: Level, at: number): number {
  const [x, y] = [at % width, Math.floor(at / width)];
  let sum = 0;
  for (let row = Math.max(0, y - RADIUS); row <= Math.min(height - 1, y + RADIUS); row += 1) {
    for (let column = Math.max(0, x - RADIUS); column <= Math.min(width - 1, x + RADIUS); column += 1) {
      sum += trust[row * width + column];
    }
  }
  return sum;
}

/** The next coarser level: a pixel is known if all that it stands for is, and in the hole if any of it is. */
function halved(fine: Level): Level {
  const [width, height] = [(fine.width + 1) >> 1, (fine.height + 1) >> 1];
  const colour = new Float32Array(width * height * 3);
  const known = new Uint8Array(width * height);
  const wanted = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      let count = 0;
      let complete = 1;
      for (let row = 2 * y; row < Math.min(fine.height, 2 * y + 2); row += 1) {
        for (let column = 2 * x; column < Math.min(fine.width, 2 * x + 2); column += 1) {
          const from = row * fine.width + column;
          if (fine.trust[from] < 1) {
            complete = 0;
            if (fine.trust[from] > 0) wanted[at] = 1;
          }
          for (let k = 0; k < 3; k += 1) colour[at * 3 + k] += fine.colour[from * 3 + k];
          count += 1;
        }
      }
      known[at] = complete;
      for (let k = 0; k < 3; k += 1) colour[at * 3 + k] /= count;
    }
  }
  return makeLevel(colour, known, wanted, width, height);
}

/** Numbers 0..1 that are the same in every run. */
function makeRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Fills the coarsest level from the edge inwards: each pixel is compared by what is known or painted so far, so that the
 * surroundings go on instead of the first guess.
 */
function begin(level: Level, random: () => number): void {
  const { width, hole, trust, weight, source, colour } = level;
  const all: number[] = [];
  for (let at = 0; at < level.whole.length; at += 1) if (level.whole[at] === 1) all.push(at);
  const wanted = Float32Array.from(hole, (at) => trust[at]);
  for (const at of hole) trust[at] = 0;
  const steps = [-1, 1, -width, width];
  for (let index = 0; index < hole.length; index += 1) {
    const at = hole[index];
    weight[at] = patchTrust(level, at);
    let best = all[0];
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < steps.length + FIRST_TRIES; attempt += 1) {
      const candidate =
        attempt < steps.length ? shifted(level, at, steps[attempt]) : all[Math.floor(random() * all.length)];
      if (candidate < 0) continue;
      const cost = difference(level, at, candidate, least);
      if (cost >= least) continue;
      best = candidate;
      least = cost;
    }
    source[at] = best;
    colour.copyWithin(at * 3, best * 3, best * 3 + 3);
    trust[at] = wanted[index];
  }
  for (const at of hole) weight[at] = patchTrust(level, at);
}

/** What the source of a neighbour suggests for a pixel: the place beside it, -1 where there is none. */
function shifted({ source, whole }: Level, at: number, step: number): number {
  const neighbour = at + step;
  if (neighbour < 0 || neighbour >= source.length || source[neighbour] < 0) return -1;
  const candidate = source[neighbour] - step;
  return whole[candidate] === 1 ? candidate : -1;
}

/** Takes the sources over from the coarser level. */
function takeOver(level: Level, coarser: Level, random: () => number): void {
  const { width, height, whole } = level;
  for (const at of level.hole) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const from = coarser.source[(y >> 1) * coarser.width + (x >> 1)];
    let sourceX = clampTo(2 * (from % coarser.width) + (x & 1), width);
    let sourceY = clampTo(2 * Math.floor(from / coarser.width) + (y & 1), height);
    // Patches of the finer level reach less far, so that this one or a neighbour nearly always is whole.
    for (let reach = 1; whole[sourceY * width + sourceX] !== 1; reach += 1) {
      sourceX = clampTo(Math.round(2 * (from % coarser.width) + (random() * 2 - 1) * reach), width);
      sourceY = clampTo(
        Math.round(2 * Math.floor(from / coarser.width) + (random() * 2 - 1) * reach),
        height,
      );
    }
    level.source[at] = sourceY * width + sourceX;
  }
}

const clampTo = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));

/**
 * How little the patch around `from` suits the place `at`: weighted mean of squared colour differences, and a little for
 * the distance; any value above `limit` where it is above.
 */
function difference(level: Level, at: number, from: number, limit: number): number {
  const { width, height, colour, trust } = level;
  const x = at % width;
  const y = (at / width) | 0;
  const dx = (from % width) - x;
  const dy = ((from / width) | 0) - y;
  const far = FARTHEST * Math.max(width, height);
  const away = (DISTANCE_COST * (dx * dx + dy * dy)) / (far * far);
  const weight = level.weight[at];
  const most = (limit - away) * weight;
  if (most <= 0) return Number.POSITIVE_INFINITY;
  const left = Math.max(-RADIUS, -x);
  const right = Math.min(RADIUS, width - 1 - x);
  const bottom = Math.min(RADIUS, height - 1 - y);
  let sum = 0;
  for (let row = Math.max(-RADIUS, -y); row <= bottom; row += 1) {
    let p = at + row * width + left;
    let q = (from + row * width + left) * 3;
    for (const end = p + right - left; p <= end; p += 1, q += 3) {
      const share = trust[p];
      if (share === 0) continue;
      const r = colour[p * 3] - colour[q];
      const g = colour[p * 3 + 1] - colour[q + 1];
      const b = colour[p * 3 + 2] - colour[q + 2];
      sum += share * (r * r + g * g + b * b);
    }
    if (sum > most) return Number.POSITIVE_INFINITY;
  }
  return (weight > 0 ? sum / weight : 0) + away;
}

/** Improves every source by those of its neighbours and by chance. */
function search(level: Level, random: () => number, forwards: boolean): void {
  const { width, height, whole, hole, source } = level;
  const farthest = FARTHEST * Math.max(width, height);
  const order = forwards ? hole : hole.toReversed();
  const steps = [-1, 1, -width, width];
  for (const at of order) {
    let best = source[at];
    let least = difference(level, at, best, Number.POSITIVE_INFINITY);
    for (const step of steps) {
      const candidate = shifted(level, at, step);
      if (candidate < 0 || candidate === best) continue;
      const cost = difference(level, at, candidate, least);
      if (cost >= least) continue;
      best = candidate;
      least = cost;
    }
    const x = at % width;
    const y = (at / width) | 0;
    for (let reach = farthest; reach >= 1; reach /= 2) {
      const toX = Math.round((best % width) + (random() * 2 - 1) * reach);
      const toY = Math.round(((best / width) | 0) + (random() * 2 - 1) * reach);
      if (toX < 0 || toY < 0 || toX >= width || toY >= height) continue;
      if (Math.abs(toX - x) + Math.abs(toY - y) > 2 * farthest) continue;
      const candidate = toY * width + toX;
      if (candidate === best || whole[candidate] !== 1) continue;
      const cost = difference(level, at, candidate, least);
      if (cost >= least) continue;
      best = candidate;
      least = cost;
    }
    source[at] = best;
  }
}

/** Paints the hole with the mean of what all patches around a pixel want to see there, the better fitting ones most. */
function paint(level: Level): void {
  const { width, height, colour, hole, trust, source } = level;
  const weights = new Float32Array(width * height);
  for (const at of hole)
    weights[at] = trust[at] / (difference(level, at, source[at], Number.POSITIVE_INFINITY) + 1e-3);
  const painted = new Float32Array(hole.length * 3);
  for (let index = 0; index < hole.length; index += 1) {
    const at = hole[index];
    const x = at % width;
    const y = (at / width) | 0;
    const left = Math.max(-RADIUS, -x);
    const right = Math.min(RADIUS, width - 1 - x);
    const bottom = Math.min(RADIUS, height - 1 - y);
    let red = 0;
    let green = 0;
    let blue = 0;
    let total = 0;
    for (let row = Math.max(-RADIUS, -y); row <= bottom; row += 1) {
      for (let step = row * width + left; step <= row * width + right; step += 1) {
        const weight = weights[at + step];
        if (weight === 0) continue;
        const from = (source[at + step] - step) * 3;
        red += weight * colour[from];
        green += weight * colour[from + 1];
        blue += weight * colour[from + 2];
        total += weight;
      }
    }
    painted[index * 3] = red / total;
    painted[index * 3 + 1] = green / total;
    painted[index * 3 + 2] = blue / total;
  }
  for (let index = 0; index < hole.length; index += 1) {
    const to = hole[index] * 3;
    for (let k = 0; k < 3; k += 1) colour[to + k] = painted[index * 3 + k];
  }
}
