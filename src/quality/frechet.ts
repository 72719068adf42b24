/**
 * How far apart two sets of points lie, each taken as a normal distribution: the Fréchet distance `|m - n|² + tr(S + T - 2 √(S T))` of their
 * means m, n and covariances S, T. Over features of Inception-v3 it is the FID (Heusel et al., 2017).
 *
 * With A and B the centred points in rows, `S = AᵀA / (a - 1)` and `T = BᵀB / (b - 1)`, the roots of the eigenvalues of `S T` are the singular
 * values of `A Bᵀ / √((a - 1)(b - 1))`. So neither covariances nor their roots are made, and nothing is lost where there are fewer points than
 * numbers in each, where the roots do not exist in floating point.
 *
 * @param a - At least two points of the same length; time grows with the third power of how many there are.
 * @param b - Likewise.
 * @returns 0 for the same set; `null` with fewer than two points in one of them.
 */
export function frechetDistance(a: readonly Float32Array[], b: readonly Float32Array[]): number | null {
  if (a.length < 2 || b.length < 2) return null;
  const [one, other] = [centred(a), centred(b)];
  let distance = spread(one.rows) + spread(other.rows);
  for (const [at, mean] of one.mean.entries()) distance += (mean - other.mean[at]!) ** 2;
  const scale = 1 / Math.sqrt((a.length - 1) * (b.length - 1));
  const cross = one.rows.map((row) =>
    Float64Array.from(other.rows, (column) => scale * product(row, column)),
  );
  for (const value of singularValues(cross)) distance -= 2 * value;
  return Math.max(0, distance);
}

interface Centred {
  readonly mean: Float64Array;
  readonly rows: readonly Float64Array[];
}

function centred(points: readonly Float32Array[]): Centred {
  const mean = new Float64Array(points[0]!.length);
  for (const point of points)
    for (let at = 0; at < mean.length; at++) mean[at]! += point[at]! / points.length;
  return { mean, rows: points.map((point) => Float64Array.from(point, (value, at) => value - mean[at]!)) };
}

/** Trace of the covariance. */
function spread(rows: readonly Float64Array[]): number {
  return rows.reduce((sum, row) => sum + product(row, row), 0) / (rows.length - 1);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

/** Two rows are at right angles when the cosine between them is below this. */
const RIGHT = 1e-12;
/** Rows shorter than this share of the whole, squared, are what rounding leaves of zeros. */
const NOTHING = 1e-30;
/** Rounds after which it is near enough in any case; about ten are usual. */
const ROUNDS = 40;

/**
 * Singular values of a matrix by Jacobi's one-sided rotations (Hestenes, 1958): rows are turned against each other, two at a time, until
 * all are at right angles; then their lengths are the singular values. The eigenvalues of `M Mᵀ` without squaring them first.
 *
 * @param rows - Changed.
 */
export function singularValues(rows: readonly Float64Array[]): number[] {
  const nothing = NOTHING * rows.reduce((sum, row) => sum + product(row, row), 0);
  for (let round = 0, turned = true; turned && round < ROUNDS; round++) {
    turned = false;
    for (let index = 1; index < rows.length; index++) {
      for (let before = 0; before < index; before++)
        turned = turnApart(rows[before]!, rows[index]!, nothing) || turned;
    }
  }
  return rows.map((row) => Math.sqrt(product(row, row))).toSorted((a, b) => b - a);
}

/** Turns two rows in their plane until they are at right angles. @returns Whether they were not. */
function turnApart(one: Float64Array, other: Float64Array, nothing: number): boolean {
  const [aa, bb, ab] = [product(one, one), product(other, other), product(one, other)];
  if (Math.abs(ab) <= nothing + RIGHT * Math.sqrt(aa * bb)) return false;
  const cotangent = (bb - aa) / (2 * ab);
  const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let at = 0; at < one.length; at++) {
    const [x, y] = [one[at]!, other[at]!];
    one[at] = cosine * x - sine * y;
    other[at] = sine * x + cosine * y;
  }
  return true;
}
