/**
 * The rotation that agrees best with a covariance of two point sets: the eigenvector of the largest eigenvalue of Horn's
 * 4 x 4 matrix, as a quaternion (Horn, "Closed-form solution of absolute orientation using unit quaternions", 1987).
 *
 * @param covariance - Row-major 3 x 3: sums of `from[row] * to[column]` about the means.
 * @returns Row-major 3 x 3 that turns `from` into `to`.
 */
export function bestRotation(covariance: Float64Array): number[] {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = covariance as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // biome-ignore format: a matrix
  const matrix = Float64Array.of(
    xx + yy + zz, yz - zy, zx - xz, xy - yx,
    yz - zy, xx - yy - zz, xy + yx, zx + xz,
    zx - xz, xy + yx, yy - xx - zz, yz + zy,
    xy - yx, zx + xz, yz + zy, zz - xx - yy,
  );
  const [w, x, y, z] = largestEigenvector(matrix) as unknown as [number, number, number, number];
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - z * w),
    2 * (x * z + y * w),
    2 * (x * y + z * w),
    1 - 2 * (x * x + z * z),
    2 * (y * z - x * w),
    2 * (x * z - y * w),
    2 * (y * z + x * w),
    1 - 2 * (x * x + y * y),
  ];
}

/** Sides of the matrix. */
const N = 4;
/** The rotations so far; used again by every call. */
const vectors = new Float64Array(N * N);

/**
 * Eigenvector of the largest eigenvalue of a symmetric 4 x 4 matrix, by cyclic Jacobi rotations.
 *
 * @param a - Row-major; changed.
 */
function largestEigenvector(a: Float64Array): Float64Array {
  vectors.fill(0);
  for (let i = 0; i < N; i++) vectors[i * N + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < N; p++) for (let q = p + 1; q < N; q++) off += a[p * N + q]! ** 2;
    if (off === 0) break;
    for (let p = 0; p < N; p++) {
      for (let q = p + 1; q < N; q++) {
        const apart = a[p * N + q]!;
        if (apart === 0) continue;
        const theta = (a[q * N + q]! - a[p * N + p]!) / (2 * apart);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < N; k++) turn(a, k * N + p, k * N + q, c, s);
        for (let k = 0; k < N; k++) {
          turn(a, p * N + k, q * N + k, c, s);
          turn(vectors, k * N + p, k * N + q, c, s);
        }
      }
    }
  }
  let best = 0;
  for (let i = 1; i < N; i++) if (a[i * N + i]! > a[best * N + best]!) best = i;
  return Float64Array.from({ length: N }, (_, row) => vectors[row * N + best]!);
}

/** Turns two numbers as coordinates of one point, by an angle of cosine `c` and sine `s`. */
function turn(values: Float64Array, i: number, j: number, c: number, s: number): void {
  const x = values[i]!;
  const y = values[j]!;
  values[i] = c * x - s * y;
  values[j] = s * x + c * y;
}
