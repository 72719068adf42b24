// Turned squares out of planar YCbCr as RGB in floats, in WebAssembly SIMD. The reference is `reference.ts`.
//
// Four values at a time: their places are one vector, and two neighbouring samples of a row are one 16-bit load. Where the
// four places do not all lie inside, each is read alone and clamped.

const LUMA: f32 = 255.0 / 219.0;
const RED_FROM_V: f32 = 1.5748 * 255.0 / 224.0;
const GREEN_FROM_U: f32 = -0.1873 * 255.0 / 224.0;
const GREEN_FROM_V: f32 = -0.4681 * 255.0 / 224.0;
const BLUE_FROM_U: f32 = 1.8556 * 255.0 / 224.0;

/** Halves rows and columns; each element is the mean of four, rounded half up. Exact. */
export function halve(source: usize, stride: usize, width: i32, height: i32, target: usize): void {
  const columns = width >> 1, rows = height >> 1;
  const vectorColumns = columns & ~15;
  const two = i16x8.splat(2);
  for (let y = 0; y < rows; y++) {
    let upper = source + <usize>(y << 1) * stride;
    let lower = upper + stride;
    let x = 0;
    for (; x < vectorColumns; x += 16) {
      const a = i16x8.add(i16x8.extadd_pairwise_i8x16_u(v128.load(upper)), i16x8.extadd_pairwise_i8x16_u(v128.load(lower)));
      const b = i16x8.add(i16x8.extadd_pairwise_i8x16_u(v128.load(upper, 16)), i16x8.extadd_pairwise_i8x16_u(v128.load(lower, 16)));
      v128.store(target, i8x16.narrow_i16x8_u(i16x8.shr_u(i16x8.add(a, two), 2), i16x8.shr_u(i16x8.add(b, two), 2)));
      upper += 32; lower += 32; target += 16;
    }
    for (; x < columns; x++) {
      store<u8>(target, (<i32>load<u8>(upper) + <i32>load<u8>(upper, 1) + <i32>load<u8>(lower) + <i32>load<u8>(lower, 1) + 2) >> 2);
      upper += 2; lower += 2; target += 1;
    }
  }
}

/** Two neighbours at each of four offsets: the left one in the low byte of each 32-bit lane, the right one above it. */
// @ts-ignore: decorator
@inline function pairs(plane: usize, offsets: v128): v128 {
  let found = v128.load16_lane(plane + <usize>i32x4.extract_lane(offsets, 0), i32x4.splat(0), 0);
  found = v128.load16_lane(plane + <usize>i32x4.extract_lane(offsets, 1), found, 2);
  found = v128.load16_lane(plane + <usize>i32x4.extract_lane(offsets, 2), found, 4);
  return v128.load16_lane(plane + <usize>i32x4.extract_lane(offsets, 3), found, 6);
}

// @ts-ignore: decorator
@inline function across(found: v128, share: v128): v128 {
  const left = f32x4.convert_i32x4_s(v128.and(found, i32x4.splat(255)));
  const right = f32x4.convert_i32x4_s(i32x4.shr_u(found, 8));
  return f32x4.add(left, f32x4.mul(f32x4.sub(right, left), share));
}

/** Four places of a plane, all inside. */
// @ts-ignore: decorator
@inline function four(plane: usize, stride: i32, offsets: v128, shareX: v128, shareY: v128): v128 {
  const upper = across(pairs(plane, offsets), shareX);
  const lower = across(pairs(plane + <usize>stride, offsets), shareX);
  return f32x4.add(upper, f32x4.mul(f32x4.sub(lower, upper), shareY));
}

// @ts-ignore: decorator
@inline function within(value: i32, limit: i32): i32 { return value < 0 ? 0 : value >= limit ? limit - 1 : value; }

/** One place of a plane, anywhere. */
function one(plane: usize, stride: i32, width: i32, height: i32, x: f32, y: f32): f32 {
  const floorX = floor(x), floorY = floor(y);
  const column = <i32>floorX, row = <i32>floorY;
  const x0 = within(column, width), x1 = within(column + 1, width);
  const upper = plane + <usize>(within(row, height) * stride), lower = plane + <usize>(within(row + 1, height) * stride);
  const a = <f32>load<u8>(upper + <usize>x0), b = <f32>load<u8>(upper + <usize>x1);
  const c = <f32>load<u8>(lower + <usize>x0), d = <f32>load<u8>(lower + <usize>x1);
  const ab = a + (b - a) * (x - floorX), cd = c + (d - c) * (x - floorX);
  return ab + (cd - ab) * (y - floorY);
}

// @ts-ignore: decorator
@inline function toRange(value: v128, low: v128, gain: v128): v128 {
  const inside = f32x4.min(f32x4.max(value, f32x4.splat(0)), f32x4.splat(255));
  return f32x4.add(low, f32x4.mul(inside, gain));
}

// @ts-ignore: decorator
@inline function limited(value: f32): f32 { return min(max(value, <f32>0), <f32>255); }

// Whether all of four places have a right and a lower neighbour.
// @ts-ignore: decorator
@inline function allInside(xs: v128, ys: v128, width: i32, height: i32): bool {
  const zero = f32x4.splat(0);
  const least = v128.and(f32x4.ge(xs, zero), f32x4.ge(ys, zero));
  const most = v128.and(f32x4.lt(xs, f32x4.splat(<f32>(width - 1))), f32x4.lt(ys, f32x4.splat(<f32>(height - 1))));
  return i32x4.all_true(v128.and(least, most));
}

/**
 * Reads a square. Places are counted from the first element of each part: luma `x, y`, chroma `cx, cy`, which advance by
 * `chroma` of luma's steps. With `black`, places outside `minX..maxX, minY..maxY` become `low`.
 */
export function sample(
  out: usize, side: i32,
  luma: usize, lumaStride: i32, lumaWidth: i32, lumaHeight: i32, x0: f32, y0: f32,
  u: usize, v: usize, chromaStride: i32, chromaWidth: i32, chromaHeight: i32, cx0: f32, cy0: f32, chroma: f32,
  right: f32, down: f32, low: f32, gain: f32,
  black: i32, minX: f32, minY: f32, maxX: f32, maxY: f32,
): void {
  const lanes = f32x4(0, 1, 2, 3);
  const stepX = f32x4.mul(lanes, f32x4.splat(right)), stepY = f32x4.mul(lanes, f32x4.splat(down));
  const scale = f32x4.splat(chroma);
  const lows = f32x4.splat(low), gains = f32x4.splat(gain);
  for (let row = 0; row < side; row++) {
    const startX = x0 - <f32>row * down, startY = y0 + <f32>row * right;
    for (let column = 0; column < side; column += 4) {
      const awayX = <f32>column * right - <f32>row * down, awayY = <f32>column * down + <f32>row * right;
      const xs = f32x4.add(f32x4.splat(startX + <f32>column * right), stepX);
      const ys = f32x4.add(f32x4.splat(startY + <f32>column * down), stepY);
      const cxs = f32x4.add(f32x4.splat(cx0 + chroma * awayX), f32x4.mul(stepX, scale));
      const cys = f32x4.add(f32x4.splat(cy0 + chroma * awayY), f32x4.mul(stepY, scale));
      if (allInside(xs, ys, lumaWidth, lumaHeight) && allInside(cxs, cys, chromaWidth, chromaHeight)) {
        const xi = i32x4.trunc_sat_f32x4_s(xs), yi = i32x4.trunc_sat_f32x4_s(ys);
        const at = i32x4.add(i32x4.mul(yi, i32x4.splat(lumaStride)), xi);
        const shareX = f32x4.sub(xs, f32x4.convert_i32x4_s(xi)), shareY = f32x4.sub(ys, f32x4.convert_i32x4_s(yi));
        const ci = i32x4.trunc_sat_f32x4_s(cxs), cj = i32x4.trunc_sat_f32x4_s(cys);
        const place = i32x4.add(i32x4.mul(cj, i32x4.splat(chromaStride)), ci);
        const cShareX = f32x4.sub(cxs, f32x4.convert_i32x4_s(ci)), cShareY = f32x4.sub(cys, f32x4.convert_i32x4_s(cj));
        const l = f32x4.mul(f32x4.splat(LUMA), f32x4.sub(four(luma, lumaStride, at, shareX, shareY), f32x4.splat(16)));
        const cb = f32x4.sub(four(u, chromaStride, place, cShareX, cShareY), f32x4.splat(128));
        const cr = f32x4.sub(four(v, chromaStride, place, cShareX, cShareY), f32x4.splat(128));
        const r = toRange(f32x4.add(l, f32x4.mul(f32x4.splat(RED_FROM_V), cr)), lows, gains);
        const green = f32x4.add(f32x4.mul(f32x4.splat(GREEN_FROM_U), cb), f32x4.mul(f32x4.splat(GREEN_FROM_V), cr));
        const g = toRange(f32x4.add(l, green), lows, gains);
        const b = toRange(f32x4.add(l, f32x4.mul(f32x4.splat(BLUE_FROM_U), cb)), lows, gains);
        // r0 g0 b0 r1, g1 b1 r2 g2, b2 r3 g3 b3
        v128.store(out, v128.shuffle<i32>(v128.shuffle<i32>(r, g, 0, 4, 1, 5), b, 0, 1, 4, 2));
        v128.store(out, v128.shuffle<i32>(v128.shuffle<i32>(g, b, 1, 5, 2, 6), r, 0, 1, 6, 2), 16);
        v128.store(out, v128.shuffle<i32>(v128.shuffle<i32>(b, r, 2, 7, 3, 3), g, 0, 1, 7, 2), 32);
        out += 48;
        continue;
      }
      for (let k = 0; k < 4; k++) {
        const away = <f32>(column + k);
        const x = startX + away * right, y = startY + away * down;
        if (black && (x <= minX || y <= minY || x >= maxX || y >= maxY)) {
          store<f32>(out, low); store<f32>(out, low, 4); store<f32>(out, low, 8);
          out += 12;
          continue;
        }
        const cx = cx0 + chroma * (away * right - <f32>row * down), cy = cy0 + chroma * (away * down + <f32>row * right);
        const l = LUMA * (one(luma, lumaStride, lumaWidth, lumaHeight, x, y) - 16);
        const cb = one(u, chromaStride, chromaWidth, chromaHeight, cx, cy) - 128;
        const cr = one(v, chromaStride, chromaWidth, chromaHeight, cx, cy) - 128;
        store<f32>(out, low + gain * limited(l + RED_FROM_V * cr));
        store<f32>(out, low + gain * limited(l + GREEN_FROM_U * cb + GREEN_FROM_V * cr), 4);
        store<f32>(out, low + gain * limited(l + BLUE_FROM_U * cb), 8);
        out += 12;
      }
    }
  }
}
