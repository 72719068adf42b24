import { type Plane, plane } from './planes.ts';

/** Sweeps per level of {@link fillUnknown}. */
const SWEEPS = 4;

/**
 * Fills unknown pixels smoothly from known ones: averages known pixels level by level down to one value, then hands
 * the averages back up (push-pull; Gortler et al., "The lumigraph", 1996) and evens them out on each level towards the
 * membrane that hangs from the known pixels, so that the edge of the filling is not to be seen.
 *
 * @param channels - Planes of one size; changed in place where `known` is below 1. Where it is 0 they may hold anything.
 * @param known - Weight of each pixel, 0 (unknown) .. 1.
 */
export function fillUnknown(channels: readonly Plane[], known: Plane): void {
  const { width, height } = known;
  if (width <= 2 && height <= 2) {
    for (const channel of channels) fillWithMean(channel, known);
    return;
  }
  const weight = halve(known, null);
  const coarse = channels.map((channel) => {
    const half = halve(known, channel.data);
    for (let index = 0; index < half.data.length; index += 1) {
      if (weight.data[index] > 0) half.data[index] /= weight.data[index];
    }
    return half;
  });
  for (let index = 0; index < weight.data.length; index += 1)
    weight.data[index] = Math.min(1, weight.data[index]);
  fillUnknown(coarse, weight);
  channels.forEach((channel, k) => {
    takeOver(channel, coarse[k], known);
    evenOut(channel, known);
  });
}

/** Sums of `known`, or of `known * values`, over blocks of 2 x 2. */
function halve(known: Plane, values: Float32Array | null): Plane {
  const { width, height, data } = known;
  const out = plane((width + 1) >> 1, (height + 1) >> 1);
  for (let y = 0, from = 0; y < height; y += 1) {
    const start = (y >> 1) * out.width;
    for (let x = 0; x < width; x += 1, from += 1) {
      const share = data[from];
      if (share > 0) out.data[start + (x >> 1)] += values === null ? share : share * values[from];
    }
  }
  return out;
}

/** Fills what is unknown with the coarser level, bilinear. */
function takeOver({ data }: Plane, coarse: Plane, known: Plane): void {
  const { width, height } = known;
  const small = coarse.data;
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.min(coarse.height - 1, Math.max(0, (y - 0.5) / 2));
    const top = (row | 0) * coarse.width;
    const bottom = Math.min(coarse.height - 1, (row | 0) + 1) * coarse.width;
    const t = row - (row | 0);
    for (let x = 0; x < width; x += 1, at += 1) {
      const share = known.data[at];
      if (share === 1) continue;
      const column = Math.min(coarse.width - 1, Math.max(0, (x - 0.5) / 2));
      const left = column | 0;
      const right = Math.min(coarse.width - 1, left + 1);
      const s = column - left;
      const above = small[top + left] * (1 - s) + small[top + right] * s;
      const below = small[bottom + left] * (1 - s) + small[bottom + right] * s;
      const filled = above * (1 - t) + below * t;
      // Whatever an unknown pixel held, also what is not a number, is gone.
      data[at] = share === 0 ? filled : filled * (1 - share) + data[at] * share;
    }
  }
}

/** Gauss-Seidel sweeps of the Laplace equation over the wholly unknown pixels. */
function evenOut({ width, height, data }: Plane, known: Plane): void {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (let y = 0; y < height; y += 1) {
      const up = y > 0 ? -width : 0;
      const down = y + 1 < height ? width : 0;
      for (let x = 0; x < width; x += 1) {
        const at = y * width + x;
        if (known.data[at] > 0) continue;
        const left = x > 0 ? -1 : 0;
        const right = x + 1 < width ? 1 : 0;
        data[at] = (data[at + up] + data[at + down] + data[at + left] + data[at + right]) / 4;
      }
    }
  }
}

function fillWithMean({ data }: Plane, known: Plane): void {
  const total = known.data.reduce((sum, share) => sum + share, 0);
  const sum = data.reduce(
    (all, value, index) => (known.data[index] > 0 ? all + value * known.data[index] : all),
    0,
  );
  data.fill(total > 0 ? sum / total : 0.5);
}

/** For each pixel, the way to a nearest known one. */
export interface WayOut {
  /** Steps to the right and down, pixels; both 0 where the pixel itself is known. */
  readonly dx: Plane;
  readonly dy: Plane;
}

/**
 * Finds a (nearly) nearest known pixel for every unknown one: two sweeps that hand on vectors (Danielsson, "Euclidean
 * distance mapping", 1980).
 */
export function nearestKnown(known: Plane): WayOut {
  const { width, height } = known;
  const dx = plane(width, height);
  const dy = plane(width, height);
  const far = 2 * (width + height);
  for (let index = 0; index < dx.data.length; index += 1) {
    if (known.data[index] < 1) dx.data[index] = far;
  }
  const x = dx.data;
  const y = dy.data;
  const relax = (at: number, from: number, stepX: number, stepY: number) => {
    const nextX = x[from] + stepX;
    const nextY = y[from] + stepY;
    if (nextX * nextX + nextY * nextY < x[at] * x[at] + y[at] * y[at]) {
      x[at] = nextX;
      y[at] = nextY;
    }
  };
  const sweep = (rowStep: 1 | -1) => {
    const first = rowStep === 1 ? 0 : height - 1;
    for (let row = first; row >= 0 && row < height; row += rowStep) {
      const start = row * width;
      const before = row - rowStep;
      if (before >= 0 && before < height) {
        for (let column = 0; column < width; column += 1) {
          const at = start + column;
          if (known.data[at] === 1) continue;
          const up = before * width + column;
          relax(at, up, 0, -rowStep);
          if (column > 0) relax(at, up - 1, -1, -rowStep);
          if (column + 1 < width) relax(at, up + 1, 1, -rowStep);
        }
      }
      for (let column = 1; column < width; column += 1) relax(start + column, start + column - 1, -1, 0);
      for (let column = width - 2; column >= 0; column -= 1) relax(start + column, start + column + 1, 1, 0);
    }
  };
  sweep(1);
  sweep(-1);
  return { dx, dy };
}
