// A plane seen through an affine map, in WebAssembly SIMD. The reference is `reference.ts`.

/** Weights of four neighbours at a share of the way from the second to the third: of Catmull and Rom's curve, or of a straight line. */
// @ts-ignore: decorator
@inline function weights(s: f32, curves: bool): v128 {
  if (!curves) return f32x4(0, 1 - s, s, 0);
  return f32x4(
    <f32>0.5 * s * (s * (2 - s) - 1),
    1 + <f32>0.5 * s * s * (3 * s - 5),
    <f32>0.5 * s * (1 + s * (4 - 3 * s)),
    <f32>0.5 * s * s * (s - 1),
  );
}

/**
 * Samples a plane.
 *
 * @param plane - Floats, `stride` per row: all four rows and columns of neighbours of every place are in it.
 * @param xx - With the others: where the middle of the first element of the result lies, in elements from the middle of the first one, and
 *   how far it is to the next one and to the next row.
 * @param out - Receives `height` rows of `width` floats.
 */
export function sample(
  plane: usize, stride: i32, x0: f64, y0: f64, xx: f64, yx: f64, xy: f64, yy: f64, curves: bool, out: usize, width: i32, height: i32,
): void {
  const down = <usize>stride << 2;
  for (let row = 0; row < height; row++) {
    const startX = x0 + <f64>row * xy, startY = y0 + <f64>row * yy;
    for (let column = 0; column < width; column++) {
      const x = startX + <f64>column * xx, y = startY + <f64>column * yx;
      const left = Math.floor(x), top = Math.floor(y);
      let at = plane + (<usize>((<i32>top - 1) * stride + <i32>left - 1) << 2);
      const below = weights(<f32>(y - top), curves);
      let sum = f32x4.mul(v128.load(at), v128.shuffle<f32>(below, below, 0, 0, 0, 0));
      at += down;
      sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.shuffle<f32>(below, below, 1, 1, 1, 1)));
      at += down;
      sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.shuffle<f32>(below, below, 2, 2, 2, 2)));
      at += down;
      sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.shuffle<f32>(below, below, 3, 3, 3, 3)));
      sum = f32x4.mul(sum, weights(<f32>(x - left), curves));
      sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
      store<f32>(out, f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1));
      out += 4;
    }
  }
}
