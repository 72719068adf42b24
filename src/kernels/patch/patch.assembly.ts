// Scaled parts of planes in WebAssembly SIMD. The reference is `reference.ts`.

/**
 * Scales columns of bytes.
 *
 * @param source - Bytes, `stride` per row.
 * @param first - First row of each row of the result (i32).
 * @param weights - `taps` per row of the result (f32).
 * @param width - Columns, a multiple of 8.
 * @param out - Receives `rows * width` floats.
 */
export function scaleDown(
  source: usize, stride: i32, first: usize, weights: usize, taps: i32, rows: i32, width: i32, out: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const start = source + <usize>(load<i32>(first + (<usize>row << 2)) * stride);
    for (let x = 0; x < width; x += 8) {
      let left = f32x4.splat(0), right = f32x4.splat(0);
      let at = start + <usize>x, weight = weights;
      for (let tap = 0; tap < taps; tap++) {
        const words = v128.load_ext<u8>(at);
        const share = v128.load32_splat(weight);
        left = f32x4.add(left, f32x4.mul(share, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words))));
        right = f32x4.add(right, f32x4.mul(share, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words))));
        at += <usize>stride;
        weight += 4;
      }
      v128.store(out, left);
      v128.store(out, right, 16);
      out += 32;
    }
    weights += <usize>taps << 2;
  }
}

/**
 * Scales rows of floats.
 *
 * @param source - Floats, `stride` per row.
 * @param first - First column of each column of the result (i32).
 * @param weights - `taps` per column of the result (f32).
 * @param width - Columns of the result.
 * @param out - Receives `rows` rows, `outStride` floats each.
 */
export function scaleAcross(
  source: usize, stride: i32, first: usize, weights: usize, taps: i32, rows: i32, width: i32, out: usize, outStride: i32,
): void {
  const vectors = taps & ~3;
  for (let row = 0; row < rows; row++) {
    let weight = weights;
    for (let x = 0; x < width; x++) {
      let at = source + (<usize>load<i32>(first + (<usize>x << 2)) << 2);
      let sums = f32x4.splat(0);
      let tap = 0;
      for (; tap < vectors; tap += 4) {
        sums = f32x4.add(sums, f32x4.mul(v128.load(at), v128.load(weight)));
        at += 16;
        weight += 16;
      }
      const pairs = f32x4.add(sums, v128.shuffle<f32>(sums, sums, 2, 3, 0, 1));
      let sum = f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
      for (; tap < taps; tap++) {
        sum += load<f32>(at) * load<f32>(weight);
        at += 4;
        weight += 4;
      }
      store<f32>(out + (<usize>x << 2), sum);
    }
    source += <usize>stride << 2;
    out += <usize>outStride << 2;
  }
}

/** Four columns, scaled. */
// @ts-ignore: decorator
@inline function four(at: usize, stride: usize, weight: usize, taps: i32): v128 {
  let sum = f32x4.splat(0);
  for (let tap = 0; tap < taps; tap++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load32_splat(weight)));
    at += stride;
    weight += 4;
  }
  return sum;
}

/**
 * Scales columns of a picture and of its mask, and lays the one over bytes as strongly as the other says. Bytes under a mask below
 * `nothing` stay as they are.
 *
 * @param picture - Floats, `width` per row; so is `mask`.
 * @param width - Columns, a multiple of 4.
 * @param bytes - `rows * width`, changed in place.
 */
export function blend(
  picture: usize, first: usize, weights: usize, taps: i32,
  mask: usize, maskFirst: usize, maskWeights: usize, maskTaps: i32,
  rows: i32, width: i32, nothing: f32, bytes: usize,
): void {
  const stride = <usize>width << 2;
  const least = f32x4.splat(nothing), one = f32x4.splat(1), half = f32x4.splat(0.5);
  const zero = f32x4.splat(0), white = f32x4.splat(255);
  for (let row = 0; row < rows; row++) {
    let from = picture + <usize>load<i32>(first) * stride;
    let through = mask + <usize>load<i32>(maskFirst) * stride;
    for (let x = 0; x < width; x += 4) {
      const share = f32x4.min(four(through, stride, maskWeights, maskTaps), one);
      const seen = f32x4.ge(share, least);
      if (v128.any_true(seen)) {
        const old = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(bytes)));
        const before = f32x4.convert_i32x4_u(old);
        const painted = f32x4.sub(four(from, stride, weights, taps), before);
        const mixed = f32x4.add(f32x4.add(before, f32x4.mul(share, painted)), half);
        const limited = i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(mixed, zero), white));
        const chosen = v128.bitselect(limited, old, seen);
        const words = i16x8.narrow_i32x4_s(chosen, chosen);
        v128.store32_lane(bytes, i8x16.narrow_i16x8_u(words, words), 0);
      }
      bytes += 4;
      from += 16;
      through += 16;
    }
    first += 4;
    maskFirst += 4;
    weights += <usize>taps << 2;
    maskWeights += <usize>maskTaps << 2;
  }
}
