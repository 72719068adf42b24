// A turned square over a still frame in WebAssembly SIMD. The reference is `reference.ts`: same integers, bit for bit.

// @ts-ignore: decorator
@inline const FRACTION: i32 = 20;

/** Four numbers 0..1 as whole numbers 0..255, rounded downwards. */
// @ts-ignore: decorator
@inline function bytesOf(at: usize): v128 {
  const values = f32x4.mul(v128.load(at), f32x4.splat(255));
  return i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(values, f32x4.splat(0)), f32x4.splat(255)));
}

/**
 * Makes RGBA of three planes.
 *
 * @param square - Floats: red, green and blue, one plane after the other.
 * @param area - Pixels, a multiple of 4.
 */
export function pack(square: usize, area: i32, out: usize): void {
  const plane = <usize>area << 2;
  const opaque = i32x4.splat(0xff000000);
  for (let x = 0; x < area; x += 4) {
    const green = i32x4.shl(bytesOf(square + plane), 8);
    const blue = i32x4.shl(bytesOf(square + 2 * plane), 16);
    v128.store(out, v128.or(v128.or(bytesOf(square), green), v128.or(blue, opaque)));
    square += 16;
    out += 16;
  }
}

/** Two sums of two neighbouring pixels of a row, eight words. */
// @ts-ignore: decorator
@inline function pairs(at: usize): v128 {
  const row = v128.load(at);
  const left = v128.shuffle<i32>(row, row, 0, 2, 0, 2), right = v128.shuffle<i32>(row, row, 1, 3, 1, 3);
  return i16x8.add(i16x8.extend_low_i8x16_u(left), i16x8.extend_low_i8x16_u(right));
}

/**
 * Halves a picture, in place or elsewhere: every pixel is the mean of four.
 *
 * @param side - Of the result, even.
 */
export function halve(source: usize, side: i32, out: usize): void {
  const stride = <usize>side << 3;
  const two = i16x8.splat(2);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column += 2) {
      const sums = i16x8.add(pairs(source), pairs(source + stride));
      const means = i16x8.shr_u(i16x8.add(sums, two), 2);
      v128.store64_lane(out, i8x16.narrow_i16x8_u(means, means), 0);
      source += 16;
      out += 8;
    }
    source += stride;
  }
}

/** One of two bytes in each word, or what lies between them. `share` is that of the other one, 0..256. */
// @ts-ignore: decorator
@inline function between(one: v128, other: v128, share: v128): v128 {
  const sum = i16x8.add(i16x8.mul(one, i16x8.sub(i16x8.splat(256), share)), i16x8.mul(other, share));
  return i16x8.shr_u(i16x8.add(sum, i16x8.splat(128)), 8);
}

/** A word for each of two pixels, four times. */
// @ts-ignore: decorator
@inline function words(first: i32, second: i32): v128 {
  return v128.shuffle<i32>(i16x8.splat(<i16>first), i16x8.splat(<i16>second), 0, 1, 4, 5);
}

/**
 * Lays the square over the part of the frame that it reaches.
 *
 * @param square - RGBA, `side` pixels per row.
 * @param opacity - Words 0..256, `width` per row.
 * @param still - RGBA, `width` pixels per row; so is `out`.
 * @param spans - For each row its first column that is seen and the one behind the last, both even (i32).
 */
export function lay(
  square: usize, side: i32, opacity: usize, still: usize, width: i32, rows: i32, spans: usize,
  u0: i32, v0: i32, right: i32, down: i32, out: usize,
): void {
  const below = <usize>side << 2;
  for (let row = 0; row < rows; row++) {
    const first = load<i32>(spans), end = load<i32>(spans, 4);
    let u = u0 + row * down + first * right, v = v0 + row * right - first * down;
    let share = opacity + (<usize>first << 1), old = still + (<usize>first << 2), to = out + (<usize>first << 2);
    for (let column = first; column < end; column += 2) {
      const u1 = u + right, v1 = v - down;
      const share0 = <i32>load<u16>(share), share1 = <i32>load<u16>(share, 2);
      if ((share0 | share1) != 0) {
        // Beyond the square nothing is read: what is not seen may be anything.
        const at0 = square + (share0 > 0 ? <usize>((v >> FRACTION) * side + (u >> FRACTION)) << 2 : 0);
        const at1 = square + (share1 > 0 ? <usize>((v1 >> FRACTION) * side + (u1 >> FRACTION)) << 2 : 0);
        const above0 = v128.load64_zero(at0), above1 = v128.load64_zero(at1);
        const below0 = v128.load64_zero(at0 + below), below1 = v128.load64_zero(at1 + below);
        // Left neighbours of both, then right neighbours of both.
        const above = v128.shuffle<i32>(above0, above1, 0, 4, 1, 5);
        const under = v128.shuffle<i32>(below0, below1, 0, 4, 1, 5);
        const s = words((u >> (FRACTION - 8)) & 255, (u1 >> (FRACTION - 8)) & 255);
        const t = words((v >> (FRACTION - 8)) & 255, (v1 >> (FRACTION - 8)) & 255);
        const upper = between(i16x8.extend_low_i8x16_u(above), i16x8.extend_high_i8x16_u(above), s);
        const lower = between(i16x8.extend_low_i8x16_u(under), i16x8.extend_high_i8x16_u(under), s);
        let after = between(upper, lower, t);
        if (share0 + share1 != 512) {
          const before = i16x8.extend_low_i8x16_u(v128.load64_zero(old));
          after = between(before, after, words(share0, share1));
        }
        v128.store64_lane(to, i8x16.narrow_i16x8_u(after, after), 0);
      }
      u = u1 + right;
      v = v1 - down;
      share += 4;
      old += 8;
      to += 8;
    }
    opacity += <usize>width << 1;
    still += <usize>width << 2;
    out += <usize>width << 2;
    spans += 8;
  }
}
