// RGBA -> I420 (BT.709, limited range) in WebAssembly SIMD. The reference is `reference.ts`: same integers, bit for bit.
//
// Four pixels lie in one vector of 16 bytes. Masking out every second byte leaves R and B as 16-bit lanes, shifting
// leaves G and A, so one dot product per pair sums the weighted channels without any shuffle. Alpha has weight 0.

// 15-bit weights; two per 32-bit lane, low half first: (R, B) and (G, A).
// @ts-ignore: decorator
@inline function pair(low: i32, high: i32): v128 { return i32x4.splat((low & 0xffff) | (high << 16)); }

// @ts-ignore: decorator
@inline function luma(rb: v128, ga: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(rb, pair(5983, 2032)), i32x4.dot_i16x8_s(ga, pair(20127, 0)));
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat((16 << 15) + (1 << 14))), 15);
}

// Sums of four pixels come in, so the shift is two larger.
// @ts-ignore: decorator
@inline function chroma(rb: v128, ga: v128, red: i32, green: i32, blue: i32): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(rb, pair(red, blue)), i32x4.dot_i16x8_s(ga, pair(green, 0)));
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat((128 << 17) + (1 << 16))), 17);
}

// @ts-ignore: decorator
@inline function storeEight(at: usize, low: v128, high: v128): void {
  const words = i16x8.narrow_i32x4_s(low, high);
  v128.store64_lane(at, i8x16.narrow_i16x8_u(words, words), 0);
}

// @ts-ignore: decorator
@inline function storeFour(at: usize, values: v128): void {
  const words = i16x8.narrow_i32x4_s(values, values);
  v128.store32_lane(at, i8x16.narrow_i16x8_u(words, words), 0);
}

// @ts-ignore: decorator
@inline function lumaOf(at: usize): i32 {
  return (5983 * <i32>load<u8>(at) + 20127 * <i32>load<u8>(at, 1) + 2032 * <i32>load<u8>(at, 2) + (16 << 15) + (1 << 14)) >> 15;
}

// @ts-ignore: decorator
@inline function sumOf(top: usize, bottom: usize, channel: usize): i32 {
  return <i32>load<u8>(top + channel) + <i32>load<u8>(top + channel, 4) + <i32>load<u8>(bottom + channel) + <i32>load<u8>(bottom + channel, 4);
}

/** Converts a whole picture. `source`, `target`: byte offsets; `width`, `height`: pixels, even. */
export function rgbaToI420(source: usize, target: usize, width: i32, height: i32): void {
  const mask = i32x4.splat(0x00ff00ff);
  const stride = <usize>width << 2;
  let cb = target + <usize>(width * height);
  let cr = cb + <usize>((width * height) >> 2);
  const vectorWidth = width & ~7;
  for (let y = 0; y < height; y += 2) {
    let top = source + <usize>y * stride;
    let bottom = top + stride;
    let lumaTop = target + <usize>(y * width);
    let lumaBottom = lumaTop + <usize>width;
    let x = 0;
    for (; x < vectorWidth; x += 8) {
      const t0 = v128.load(top), t1 = v128.load(top, 16), b0 = v128.load(bottom), b1 = v128.load(bottom, 16);
      const t0rb = v128.and(t0, mask), t0ga = i16x8.shr_u(t0, 8), t1rb = v128.and(t1, mask), t1ga = i16x8.shr_u(t1, 8);
      const b0rb = v128.and(b0, mask), b0ga = i16x8.shr_u(b0, 8), b1rb = v128.and(b1, mask), b1ga = i16x8.shr_u(b1, 8);
      storeEight(lumaTop, luma(t0rb, t0ga), luma(t1rb, t1ga));
      storeEight(lumaBottom, luma(b0rb, b0ga), luma(b1rb, b1ga));

      const rb0 = i16x8.add(t0rb, b0rb), rb1 = i16x8.add(t1rb, b1rb);
      const ga0 = i16x8.add(t0ga, b0ga), ga1 = i16x8.add(t1ga, b1ga);
      const rb = i16x8.add(v128.shuffle<i32>(rb0, rb1, 0, 2, 4, 6), v128.shuffle<i32>(rb0, rb1, 1, 3, 5, 7));
      const ga = i16x8.add(v128.shuffle<i32>(ga0, ga1, 0, 2, 4, 6), v128.shuffle<i32>(ga0, ga1, 1, 3, 5, 7));
      storeFour(cb, chroma(rb, ga, -3298, -11094, 14392));
      storeFour(cr, chroma(rb, ga, 14392, -13073, -1319));

      top += 32; bottom += 32; lumaTop += 8; lumaBottom += 8; cb += 4; cr += 4;
    }
    for (; x < width; x += 2) {
      store<u8>(lumaTop, lumaOf(top)); store<u8>(lumaTop, lumaOf(top + 4), 1);
      store<u8>(lumaBottom, lumaOf(bottom)); store<u8>(lumaBottom, lumaOf(bottom + 4), 1);
      const r = sumOf(top, bottom, 0), g = sumOf(top, bottom, 1), b = sumOf(top, bottom, 2);
      store<u8>(cb, (-3298 * r - 11094 * g + 14392 * b + (128 << 17) + (1 << 16)) >> 17);
      store<u8>(cr, (14392 * r - 13073 * g - 1319 * b + (128 << 17) + (1 << 16)) >> 17);
      top += 8; bottom += 8; lumaTop += 2; lumaBottom += 2; cb += 1; cr += 1;
    }
  }
}
