// SIMD raster kernel. Same results as reference.ts within 2/255; every pointer is a byte offset in linear memory.
// The wrapper (wasm.ts) guarantees that all arrays lie inside the memory and that textures are at least 2 x 2.
//
// Triangles are small: setting up a span costs more than its pixels. So pixels are put on a list first, which any number
// of triangles fills, and are then sampled four at a time without a look at where spans begin and end. The texels of a
// triangle are called into the cache beforehand (`touch`): they lie on many lines, and waiting for one line after the
// other would cost as much as all arithmetic.

/** a + (b - a) * weight, per 16-bit lane; weight is Q15, so the product is rounded in one instruction. */
// @ts-ignore: decorator
@inline
function blend(a: v128, b: v128, weight: v128): v128 {
  return i16x8.add(a, i16x8.q15mulr_sat_s(i16x8.sub(b, a), weight));
}

/** Limits to `low..high` before the conversion, so that huge coordinates cannot wrap; NaN becomes `low`. */
// @ts-ignore: decorator
@inline
function toInt(value: f32, low: f32, high: f32): i32 {
  return value > low ? (value < high ? <i32>value : <i32>high) : <i32>low;
}

// Lanes of vectors that loops need; read from memory because V8 builds a constant anew at every use.
const LANES = memory.data<i32>([0, 1, 2, 3, 0, 4, 8, 12, 0x4000, 0x4000, 0x4000, 0x4000], 16);

/** Pixels on the list before it is painted, and the bytes of one column of it: room for some more behind. */
const LIST: usize = 512, COLUMN: i32 = (512 + 32) * 4;
// The list's columns: addresses of the upper left texel and of the pixel; fractions of u and v, 16 bits each.
const TEXELS = memory.data(COLUMN, 16), PIXELS = memory.data(COLUMN, 16), FRACTIONS = memory.data(COLUMN, 16);
// Where lanes without a pixel are written.
const NOWHERE = memory.data(16, 16);
// What was read only to have it in the cache; the compiler would leave the reading out otherwise.
let touched: u32 = 0;

/** One bilinear sample as 32-bit lanes, 1 bit of fraction; the weights of a column's two texels are pairs of 16 bits. */
// @ts-ignore: decorator
@inline
function sample(texel: usize, stride: usize, left: v128, right: v128): v128 {
  const upper = v128.load8x8_u(texel), lower = v128.load8x8_u(texel + stride);
  return i32x4.shr_u(i32x4.add(
    i32x4.dot_i16x8_s(v128.shuffle<i16>(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11), left),
    i32x4.dot_i16x8_s(v128.shuffle<i16>(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15), right)), 13);
}

/** Samples four pixels of the list. */
// @ts-ignore: decorator
@inline
function sampleFour(at: usize, stride: usize, one: v128): v128 {
  const fractions = v128.load(FRACTIONS + at);
  const s = i32x4.shr_u(i32x4.shl(fractions, 16), 18), t = i32x4.shr_u(fractions, 18);
  // the four weights add up to exactly 1, so that an even colour stays as it is
  const w11 = i32x4.shr_u(i32x4.dot_i16x8_s(s, t), 14), w01 = i32x4.sub(t, w11), w10 = i32x4.sub(s, w11), w00 = i32x4.sub(i32x4.sub(one, s), w01);
  const left = v128.or(w00, i32x4.shl(w01, 16)), right = v128.or(w10, i32x4.shl(w11, 16));
  const a = sample(load<u32>(TEXELS + at), stride, v128.shuffle<i32>(left, left, 0, 0, 0, 0), v128.shuffle<i32>(right, right, 0, 0, 0, 0));
  const b = sample(load<u32>(TEXELS + at, 4), stride, v128.shuffle<i32>(left, left, 1, 1, 1, 1), v128.shuffle<i32>(right, right, 1, 1, 1, 1));
  const c = sample(load<u32>(TEXELS + at, 8), stride, v128.shuffle<i32>(left, left, 2, 2, 2, 2), v128.shuffle<i32>(right, right, 2, 2, 2, 2));
  const d = sample(load<u32>(TEXELS + at, 12), stride, v128.shuffle<i32>(left, left, 3, 3, 3, 3), v128.shuffle<i32>(right, right, 3, 3, 3, 3));
  // the average with 0 rounds off the last bit
  const zero = i32x4.splat(0);
  return i8x16.narrow_i16x8_u(i16x8.avgr_u(i16x8.narrow_i32x4_s(a, b), zero), i16x8.avgr_u(i16x8.narrow_i32x4_s(c, d), zero));
}

/** Reads four pixels of the target. */
// @ts-ignore: decorator
@inline
function gather(at: usize): v128 {
  const ab = v128.load32_lane(load<u32>(PIXELS + at, 4), v128.load32_zero(load<u32>(PIXELS + at)), 1);
  return v128.load32_lane(load<u32>(PIXELS + at, 12), v128.load32_lane(load<u32>(PIXELS + at, 8), ab, 2), 3);
}

/** Writes four pixels of the target. */
// @ts-ignore: decorator
@inline
function scatter(at: usize, colours: v128): void {
  v128.store32_lane(load<u32>(PIXELS + at), colours, 0);
  v128.store32_lane(load<u32>(PIXELS + at, 4), colours, 1);
  v128.store32_lane(load<u32>(PIXELS + at, 8), colours, 2);
  v128.store32_lane(load<u32>(PIXELS + at, 12), colours, 3);
}

/** value / 255, rounded, in 16-bit lanes; exact up to 255 * 255. */
// @ts-ignore: decorator
@inline
function by255(value: v128): v128 {
  const rounded = i16x8.add(value, i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(rounded, i16x8.shr_u(rounded, 8)), 8);
}

/** What of `below` is seen through four premultiplied pixels, given what each lets through: 32-bit lanes, 0..255. */
// @ts-ignore: decorator
@inline
function through(below: v128, rest: v128): v128 {
  const both = v128.or(rest, i32x4.shl(rest, 16));
  const near = i16x8.mul(i16x8.extend_low_i8x16_u(below), v128.shuffle<i32>(both, both, 0, 0, 1, 1));
  const far = i16x8.mul(i16x8.extend_high_i8x16_u(below), v128.shuffle<i32>(both, both, 2, 2, 3, 3));
  return i8x16.narrow_i16x8_u(by255(near), by255(far));
}

/** Lets the lanes behind the list's end read what is there and write nowhere. */
function padList(end: usize): void {
  v128.store(PIXELS + end, i32x4.splat(<i32>NOWHERE));
  v128.store(TEXELS + end, v128.load32_splat(TEXELS));
}

/** Draws the list: `end` bytes of every column. */
function paint(end: usize, stride: usize, blended: bool): void {
  padList(end);
  const one = v128.load(LANES, 32);
  if (!blended) {
    for (let at: usize = 0; at < end; at += 16) scatter(at, sampleFour(at, stride, one));
    return;
  }
  for (let at: usize = 0; at < end; at += 16) {
    const colours = sampleFour(at, stride, one);
    const rest = i32x4.shr_u(v128.not(colours), 24);
    // most fours are wholly opaque or wholly empty
    if (!v128.any_true(rest)) scatter(at, colours);
    else if (v128.any_true(colours)) scatter(at, i8x16.add_sat_u(colours, through(gather(at), rest)));
  }
}

/** Puts four pixels on the list; `u` and `v` are texel coordinates, 16.16 fixed point. */
// @ts-ignore: decorator
@inline
function enlist(at: usize, texture: v128, layout: v128, pixels: v128, u: v128, v: v128): void {
  const place = v128.shuffle<i16>(i32x4.shr_u(u, 16), v, 0, 9, 2, 11, 4, 13, 6, 15);
  v128.store(TEXELS + at, i32x4.add(texture, i32x4.shl(i32x4.dot_i16x8_s(place, layout), 2)));
  v128.store(FRACTIONS + at, v128.shuffle<i16>(u, i32x4.shl(v, 16), 0, 9, 2, 11, 4, 13, 6, 15));
  v128.store(PIXELS + at, pixels);
}

/** Has the texels of a rectangle on their way to the cache: none waits for the other. */
function touch(texture: usize, stride: usize, left: i32, top: i32, right: i32, bottom: i32): void {
  let line = texture + <usize>top * stride + (<usize>left << 2), sum: u32 = 0;
  const width = <usize>(right - left) << 2;
  for (let y = top; y <= bottom; y++) {
    sum ^= load<u32>(line) ^ load<u32>(line + width);
    for (let at: usize = 64; at < width; at += 64) sum ^= load<u32>(line + at);
    line += stride;
  }
  touched = sum;
}

// How much each channel takes of a gain, Q15; alpha none.
const TINT = memory.data(8, 8);

/** Brightens or darkens `span` pixels by gains that all lie inside the map, four at a time. */
function shadeSpan(pixel: usize, span: i32, gains: usize, width: i32, u0: i32, v0: i32, uStep: i32, vStep: i32): void {
  const tint = v128.load64_splat(TINT), below: usize = <usize>width << 1, lane = v128.load(LANES);
  for (let n = span; n > 0; n -= 4) {
    // beyond the end of the span the last pixel's texel is read again, and its gain is not used
    const step = i32x4.min_s(lane, i32x4.splat(n - 1));
    const u = i32x4.add(i32x4.splat(u0), i32x4.mul(step, i32x4.splat(uStep)));
    const v = i32x4.add(i32x4.splat(v0), i32x4.mul(step, i32x4.splat(vStep)));
    const texel = i32x4.shl(i32x4.add(i32x4.mul(i32x4.shr_s(v, 16), i32x4.splat(width)), i32x4.shr_s(u, 16)), 1);
    const a = gains + i32x4.extract_lane(texel, 0), b = gains + i32x4.extract_lane(texel, 1), c = gains + i32x4.extract_lane(texel, 2), d = gains + i32x4.extract_lane(texel, 3);
    const upper = v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
    const lower = v128.load32_lane(d + below, v128.load32_lane(c + below, v128.load32_lane(b + below, v128.load32_zero(a + below), 1), 2), 3);
    if (v128.any_true(v128.or(upper, lower))) {
      const s = i32x4.shr_u(i32x4.shl(u, 16), 17), t = i32x4.shr_u(i32x4.shl(v, 16), 17);
      const both = blend(upper, lower, v128.or(t, i32x4.shl(t, 16)));
      // (1 - s) and s beside each other: the product with left and right texel is their blend
      const across = v128.or(i32x4.sub(i32x4.splat(32767), s), i32x4.shl(s, 16));
      const gain = v128.and(i32x4.shr_s(i32x4.dot_i16x8_s(both, across), 15), i32x4.lt_s(lane, i32x4.splat(n)));
      const colour = v128.load(pixel);
      const near = lit(i16x8.extend_low_i8x16_u(colour), v128.shuffle<i16>(gain, gain, 0, 0, 0, 0, 2, 2, 2, 2), tint);
      const far = lit(i16x8.extend_high_i8x16_u(colour), v128.shuffle<i16>(gain, gain, 4, 4, 4, 4, 6, 6, 6, 6), tint);
      v128.store(pixel, i8x16.narrow_i16x8_u(near, far));
    }
    pixel += 16; u0 += uStep << 2; v0 += vStep << 2;
  }
}

/** colour * (1 + gain * tint), in 16-bit lanes; seven bits of fraction, so that weak gains are rounded but once. */
// @ts-ignore: decorator
@inline
function lit(colour: v128, gain: v128, tint: v128): v128 {
  const fine = i16x8.shl(colour, 7);
  const change = i16x8.q15mulr_sat_s(fine, i16x8.q15mulr_sat_s(gain, tint));
  return i16x8.shr_s(i16x8.add_sat_s(i16x8.add_sat_s(fine, change), i16x8.splat(64)), 7);
}

// First pixel (as an address unless it is shaded), length and texture position of the spans of four rows.
const ROWS = memory.data(64, 16);

/** What a triangle does with the pixels under it. */
const OPAQUE = 0, BLENDED = 1, SHADED = 2;

export function draw(
  indices: usize, count: i32, screen: usize, uv: usize,
  texture: usize, textureWidth: i32, textureHeight: i32,
  target: usize, targetWidth: i32,
  left: i32, top: i32, right: i32, bottom: i32,
  alpha: i32, cull: i32,
): void {
  fill(indices, count, screen, uv, texture, textureWidth, textureHeight, target, targetWidth, left, top, right, bottom, alpha ? BLENDED : OPAQUE, cull);
}

export function shade(
  indices: usize, count: i32, screen: usize, uv: usize,
  gains: usize, gainsWidth: i32, gainsHeight: i32,
  target: usize, targetWidth: i32,
  left: i32, top: i32, right: i32, bottom: i32,
  red: i32, green: i32, blue: i32,
): void {
  store<i16>(TINT, <i16>red);
  store<i16>(TINT, <i16>green, 2);
  store<i16>(TINT, <i16>blue, 4);
  fill(indices, count, screen, uv, gains, gainsWidth, gainsHeight, target, targetWidth, left, top, right, bottom, SHADED, 1);
}

export function addGains(target: usize, targetWidth: i32, patch: usize, width: i32, height: i32, weight: i32): void {
  const w = i16x8.splat(<i16>weight);
  for (let y = 0; y < height; y++) {
    let to = target, from = patch, n = width;
    for (; n >= 8; n -= 8) {
      v128.store(to, i16x8.add_sat_s(v128.load(to), i16x8.q15mulr_sat_s(v128.load(from), w)));
      to += 16; from += 16;
    }
    for (; n > 0; n--) {
      v128.store16_lane(to, i16x8.add_sat_s(v128.load16_splat(to), i16x8.q15mulr_sat_s(v128.load16_splat(from), w)), 0);
      to += 2; from += 2;
    }
    target += <usize>targetWidth << 1; patch += <usize>width << 1;
  }
}

function fill(
  indices: usize, count: i32, screen: usize, uv: usize,
  texture: usize, textureWidth: i32, textureHeight: i32,
  target: usize, targetWidth: i32,
  left: i32, top: i32, right: i32, bottom: i32,
  mode: i32, cull: i32,
): void {
  const blended = mode == BLENDED, stride: usize = <usize>textureWidth << 2, rowBytes = targetWidth << 2;
  const lane = v128.load(LANES), bytes = v128.load(LANES, 16);
  const texels = i32x4.splat(<i32>texture), layout = i32x4.splat(1 | (textureWidth << 16));
  let waiting: usize = 0;
  const topF = <f32>top, bottomF = <f32>bottom;
  const leftEdge = f32x4.splat(<f32>left), rightEdge = f32x4.splat(<f32>right), half = f32x4.splat(0.5);
  const uInside = <f32>(textureWidth - 2), vInside = <f32>(textureHeight - 2);
  for (let t = 0; t < count; t++) {
    const triangle = indices + <usize>t * 6;
    let a = <usize>load<u16>(triangle) << 3, b = <usize>load<u16>(triangle, 2) << 3, c = <usize>load<u16>(triangle, 4) << 3;
    let ay = load<f32>(screen + a, 4), by = load<f32>(screen + b, 4), cy = load<f32>(screen + c, 4);
    // from top to bottom: a, b, c
    if (by < ay) { const k = a; a = b; b = k; const y = ay; ay = by; by = y; }
    if (cy < ay) { const k = a; a = c; c = k; const y = ay; ay = cy; cy = y; }
    if (cy < by) { const k = b; b = c; c = k; const y = by; by = cy; cy = y; }
    const firstRow = toInt(ceil(ay - <f32>0.5), topF, bottomF), endRow = toInt(ceil(cy - <f32>0.5), topF, bottomF);
    if (firstRow >= endRow) continue;
    const ax = load<f32>(screen + a), bx = load<f32>(screen + b), cx = load<f32>(screen + c);
    const area: f32 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (!(area > <f32>1e-6 || area < <f32>-1e-6)) continue;
    const au = load<f32>(uv + a), av = load<f32>(uv + a, 4), bu = load<f32>(uv + b), bv = load<f32>(uv + b, 4), cu = load<f32>(uv + c), cv = load<f32>(uv + c, 4);
    if (cull && area * ((bu - au) * (cv - av) - (bv - av) * (cu - au)) <= 0) continue;
    const inverse: f32 = <f32>1 / area;
    const ux: f32 = ((bu - au) * (cy - ay) - (cu - au) * (by - ay)) * inverse, uy: f32 = ((cu - au) * (bx - ax) - (bu - au) * (cx - ax)) * inverse;
    const vx: f32 = ((bv - av) * (cy - ay) - (cv - av) * (by - ay)) * inverse, vy: f32 = ((cv - av) * (bx - ax) - (bv - av) * (cx - ax)) * inverse;
    // Well-shaped triangles whose corners lie a texel inside need no further checks: no rounding error reaches the border.
    const inside = min(au, min(bu, cu)) >= 1 && max(au, max(bu, cu)) <= uInside && min(av, min(bv, cv)) >= 1 && max(av, max(bv, cv)) <= vInside
      && abs(ux) + abs(uy) + abs(vx) + abs(vy) < 64 && abs(area) > <f32>0.01 && ay > -16384 && cy < 16384 && min(ax, min(bx, cx)) > -16384 && max(ax, max(bx, cx)) < 16384;
    if (mode == SHADED && !inside) continue;
    const uStep = <i32>nearest(ux * <f32>65536), vStep = <i32>nearest(vx * <f32>65536);
    if (inside && mode != SHADED) touch(texture, stride, <i32>min(au, min(bu, cu)), <i32>min(av, min(bv, cv)), <i32>max(au, max(bu, cu)), <i32>max(av, max(bv, cv)));
    const uRamp = i32x4.mul(lane, i32x4.splat(uStep)), vRamp = i32x4.mul(lane, i32x4.splat(vStep));
    const slopeAB: f32 = (bx - ax) / (by - ay), slopeBC: f32 = (cx - bx) / (cy - by), slopeAC: f32 = (cx - ax) / (cy - ay);
    const bIsRight = area > 0;
    const axs = f32x4.splat(ax), ays = f32x4.splat(ay), bxs = f32x4.splat(bx), bys = f32x4.splat(by);
    // four rows at a time: setting up a row costs as much as several pixels
    for (let y = firstRow; y < endRow; y += 4) {
      const centre = f32x4.add(f32x4.splat(<f32>y), f32x4(0.5, 1.5, 2.5, 3.5));
      const fromA = f32x4.sub(centre, ays);
      const long = f32x4.add(axs, f32x4.mul(fromA, f32x4.splat(slopeAC)));
      const upper = f32x4.add(axs, f32x4.mul(fromA, f32x4.splat(slopeAB)));
      const lower = f32x4.add(bxs, f32x4.mul(f32x4.sub(centre, bys), f32x4.splat(slopeBC)));
      const short = v128.bitselect(upper, lower, f32x4.lt(centre, bys));
      const first = f32x4.pmax(leftEdge, f32x4.pmin(rightEdge, f32x4.ceil(f32x4.sub(bIsRight ? long : short, half))));
      const end = f32x4.pmax(leftEdge, f32x4.pmin(rightEdge, f32x4.ceil(f32x4.sub(bIsRight ? short : long, half))));
      const across = f32x4.sub(f32x4.add(first, half), axs);
      const u = f32x4.sub(f32x4.add(f32x4.add(f32x4.splat(au), f32x4.mul(fromA, f32x4.splat(uy))), f32x4.mul(across, f32x4.splat(ux))), half);
      const v = f32x4.sub(f32x4.add(f32x4.add(f32x4.splat(av), f32x4.mul(fromA, f32x4.splat(vy))), f32x4.mul(across, f32x4.splat(vx))), half);
      const x = i32x4.trunc_sat_f32x4_s(first), pixels = i32x4.mul(i32x4.add(lane, i32x4.splat(y)), i32x4.splat(rowBytes));
      v128.store(ROWS, i32x4.add(i32x4.splat(<i32>target), i32x4.add(pixels, i32x4.shl(x, 2))));
      v128.store(ROWS, i32x4.sub(i32x4.trunc_sat_f32x4_s(end), x), 16);
      if (inside) {
        v128.store(ROWS, i32x4.trunc_sat_f32x4_s(f32x4.mul(u, f32x4.splat(65536))), 32);
        v128.store(ROWS, i32x4.trunc_sat_f32x4_s(f32x4.mul(v, f32x4.splat(65536))), 48);
      } else {
        v128.store(ROWS, u, 32);
        v128.store(ROWS, v, 48);
      }
      const rows = <usize>min(4, endRow - y) << 2;
      if (mode == SHADED) {
        for (let row: usize = 0; row < rows; row += 4) shadeSpan(load<u32>(ROWS + row), load<i32>(ROWS + row, 16), texture, textureWidth, load<i32>(ROWS + row, 32), load<i32>(ROWS + row, 48), uStep, vStep);
        continue;
      }
      for (let row: usize = 0; row < rows; row += 4) {
        let n = load<i32>(ROWS + row, 16), pixel = i32x4.add(v128.load32_splat(ROWS + row), bytes);
        if (inside) {
          let us = i32x4.add(v128.load32_splat(ROWS + row, 32), uRamp), vs = i32x4.add(v128.load32_splat(ROWS + row, 48), vRamp);
          // without a look at the length: most spans are short, and lanes behind the end are written over
          enlist(waiting, texels, layout, pixel, us, vs);
          for (; n > 4; n -= 4) {
            waiting += 16;
            if (waiting >= LIST << 2) { paint(waiting, stride, blended); waiting = 0; }
            us = i32x4.add(us, i32x4.splat(uStep << 2)); vs = i32x4.add(vs, i32x4.splat(vStep << 2)); pixel = i32x4.add(pixel, i32x4.splat(16));
            enlist(waiting, texels, layout, pixel, us, vs);
          }
          waiting += <usize>max(n, 0) << 2;
        } else {
          for (let done = 0; done < n; done += 4) {
            const along = f32x4.convert_i32x4_s(i32x4.add(lane, i32x4.splat(done)));
            const us = limited(f32x4.add(v128.load32_splat(ROWS + row, 32), f32x4.mul(along, f32x4.splat(ux))), textureWidth);
            const vs = limited(f32x4.add(v128.load32_splat(ROWS + row, 48), f32x4.mul(along, f32x4.splat(vx))), textureHeight);
            enlist(waiting, texels, layout, pixel, us, vs);
            waiting += <usize>min(n - done, 4) << 2;
            if (waiting >= LIST << 2) { paint(waiting, stride, blended); waiting = 0; }
            pixel = i32x4.add(pixel, i32x4.splat(16));
          }
        }
        if (waiting >= LIST << 2) { paint(waiting, stride, blended); waiting = 0; }
      }
    }
    // triangles may overlap: no four pixels that are blended at once come from two of them
    if (blended && (waiting & 12)) {
      padList(waiting);
      waiting = (waiting + 15) & ~15;
    }
  }
  if (waiting) paint(waiting, stride, blended);
}

/** Texel coordinates as 16.16 fixed point, limited to a texture of this size. */
// @ts-ignore: decorator
@inline
function limited(value: v128, size: i32): v128 {
  // in this order of the operands NaN becomes 0
  const inside = f32x4.pmin(f32x4.splat(<f32>size - <f32>1.001), f32x4.pmax(f32x4.splat(0), value));
  return i32x4.trunc_sat_f32x4_s(f32x4.mul(inside, f32x4.splat(65536)));
}

export function accumulate(positions: usize, indices: usize, deltas: usize, count: i32, weight: f32): void {
  for (let i = 0; i < count; i++) {
    const p = positions + <usize>load<u16>(indices + (<usize>i << 1)) * 12, d = deltas + <usize>i * 12;
    store<f32>(p, load<f32>(p) + weight * load<f32>(d));
    store<f32>(p, load<f32>(p, 4) + weight * load<f32>(d, 4), 4);
    store<f32>(p, load<f32>(p, 8) + weight * load<f32>(d, 8), 8);
  }
}

// Layout of `pose`: see HeadPose in contract.ts.
export function project(positions: usize, screen: usize, headWeight: usize, shoulderWeight: usize, count: i32, pose: usize): void {
  const m0 = load<f32>(pose), m1 = load<f32>(pose, 4), m2 = load<f32>(pose, 8), m3 = load<f32>(pose, 12), m4 = load<f32>(pose, 16), m5 = load<f32>(pose, 20), m6 = load<f32>(pose, 24), m7 = load<f32>(pose, 28), m8 = load<f32>(pose, 32);
  const px = load<f32>(pose, 36), py = load<f32>(pose, 40), pz = load<f32>(pose, 44), nx = load<f32>(pose, 48), ny = load<f32>(pose, 52);
  const cosRoll = load<f32>(pose, 56), sinRoll = load<f32>(pose, 60), shiftX = load<f32>(pose, 64), shiftY = load<f32>(pose, 68), size = load<f32>(pose, 72), perspective = load<f32>(pose, 76);
  const breath = load<f32>(pose, 80), scale = load<f32>(pose, 84), originX = load<f32>(pose, 88), originY = load<f32>(pose, 92), sway = load<f32>(pose, 96);
  for (let i = 0; i < count; i++) {
    const p = positions + <usize>i * 12, x = load<f32>(p), y = load<f32>(p, 4);
    let ox = x, oy = y;
    const w = load<f32>(headWeight + (<usize>i << 2));
    if (w > 0) {
      const dx = x - px, dy = y - py, dz = load<f32>(p, 8) - pz;
      const turned = m6 * dx + m7 * dy + m8 * dz;
      const k: f32 = size * (1 - (turned - dz) * perspective);
      const hx = px + (m0 * dx + m1 * dy + m2 * dz) * k - nx, hy = py + (m3 * dx + m4 * dy + m5 * dz) * k - ny;
      ox += (nx + cosRoll * hx - sinRoll * hy + shiftX - x) * w;
      oy += (ny + sinRoll * hx + cosRoll * hy + shiftY - y) * w;
    }
    const along = load<f32>(shoulderWeight + (<usize>i << 2));
    ox += along * sway;
    oy -= along * breath;
    const s = screen + (<usize>i << 3);
    store<f32>(s, (ox - originX) * scale);
    store<f32>(s, (oy - originY) * scale, 4);
  }
}

export function copyRows(target: usize, source: usize, rowBytes: i32, offset: i32, length: i32, rows: i32): void {
  for (let y = 0; y < rows; y++) {
    const at = <usize>(y * rowBytes + offset);
    memory.copy(target + at, source + at, <usize>length);
  }
}
