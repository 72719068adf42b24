// Scaling of RGBA pictures in WebAssembly SIMD. The reference is `reference.ts`. A pixel is one vector of four floats.

/**
 * Scales one row.
 *
 * @param source - RGBA bytes, borders already repeated as far as the filter reaches.
 * @param first - First source pixel of each output pixel (i32).
 * @param weights - `taps` per output pixel (f32).
 * @param count - Output pixels.
 * @param out - Receives four floats per output pixel.
 */
export function scaleRow(source: usize, first: usize, weights: usize, taps: i32, count: i32, out: usize): void {
  for (let x = 0; x < count; x++) {
    let pixel = source + (<usize>load<i32>(first) << 2);
    let sum = f32x4.splat(0);
    for (let tap = 0; tap < taps; tap++) {
      const words = i16x8.extend_low_i8x16_u(v128.load32_zero(pixel));
      const values = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
      sum = f32x4.add(sum, f32x4.mul(values, v128.load32_splat(weights)));
      pixel += 4;
      weights += 4;
    }
    v128.store(out, sum);
    first += 4;
    out += 16;
  }
}

/**
 * Blends scaled rows into one row of bytes.
 *
 * @param rows - `taps` addresses of scaled rows (u32).
 * @param weights - One per row (f32).
 * @param count - Pixels.
 * @param out - Receives RGBA bytes.
 * @param opaque - Whether alpha becomes 255; otherwise no colour exceeds it.
 */
export function blendRows(rows: usize, weights: usize, taps: i32, count: i32, out: usize, opaque: bool): void {
  const half = f32x4.splat(0.5);
  for (let x = 0; x < count; x++) {
    const at = <usize>x << 4;
    let sum = half;
    for (let tap = 0; tap < taps; tap++) {
      const row = <usize>load<u32>(rows + (<usize>tap << 2));
      sum = f32x4.add(sum, f32x4.mul(v128.load(row + at), v128.load32_splat(weights + (<usize>tap << 2))));
    }
    const limit = f32x4.min(f32x4.max(sum, f32x4.splat(0)), f32x4.splat(255));
    let values = i32x4.trunc_sat_f32x4_s(limit);
    if (opaque) values = i32x4.replace_lane(values, 3, 255);
    else values = i32x4.min_u(values, v128.shuffle<i32>(values, values, 3, 3, 3, 3));
    const words = i16x8.narrow_i32x4_s(values, values);
    v128.store32_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
    out += 4;
  }
}
