// SIMD raster kernel. Same results as reference.ts within 2/255; every pointer is a byte offset in linear memory.
// The wrapper (wasm.ts) guarantees that all arrays lie inside the memory and that textures are at least 2 x 2.

/** a + (b - a) * weight, per 16-bit lane; weight is Q15, so the product is rounded in one instruction. */
// @ts-ignore: decorator
@inline
function blend(a: v128, b: v128, weight: v128): v128 {
  return i16x8.add(a, i16x8.q15mulr_sat_s(i16x8.sub(b, a), weight));
}

/** Vertical blend of two neighbouring texels: both columns of one bilinear sample, as eight 16-bit lanes. */
// @ts-ignore: decorator
@inline
function columns(texel: usize, stride: usize, v: i32): v128 {
  const upper = i16x8.extend_low_i8x16_u(v128.load64_zero(texel));
  const lower = i16x8.extend_low_i8x16_u(v128.load64_zero(texel + stride));
  return blend(upper, lower, i16x8.splat(<i16>((v & 0xffff) >> 1)));
}

/** One bilinear sample at 16.16 fixed-point texel coordinates; the lower four lanes hold RGBA. */
// @ts-ignore: decorator
@inline
function sample(texture: usize, width: i32, stride: usize, u: i32, v: i32): v128 {
  const both = columns(texture + (<usize>((v >> 16) * width + (u >> 16)) << 2), stride, v);
  return blend(both, v128.shuffle<i64>(both, both, 1, 1), i16x8.splat(<i16>((u & 0xffff) >> 1)));
}

/** Writes a premultiplied sample over one pixel. */
// @ts-ignore: decorator
@inline
function over(pixel: usize, colour: v128): void {
  const alpha = <i32>i16x8.extract_lane_s(colour, 3);
  if (alpha <= 0) return;
  let result = colour;
  if (alpha < 255) {
    const below = i16x8.extend_low_i8x16_u(v128.load32_zero(pixel));
    const rest = 255 - alpha;
    // rest * 32767 / 255, so that an untouched pixel keeps its value exactly
    result = i16x8.add(colour, i16x8.q15mulr_sat_s(below, i16x8.splat(<i16>((rest * 257) >> 1))));
  }
  v128.store32_lane(pixel, i8x16.narrow_i16x8_u(result, result), 0);
}

/** Limits to `low..high` before the conversion, so that huge coordinates cannot wrap; NaN becomes `low`. */
// @ts-ignore: decorator
@inline
function toInt(value: f32, low: f32, high: f32): i32 {
  return value > low ? (value < high ? <i32>value : <i32>high) : <i32>low;
}

/** Draws `span` pixels whose texels all lie inside the texture. */
// @ts-ignore: decorator
@inline
function drawSpan(pixel: usize, span: i32, texture: usize, width: i32, stride: usize, u: i32, v: i32, uStep: i32, vStep: i32, alpha: i32): void {
  let n = span;
  for (; n >= 2; n -= 2) {
    const u2 = u + uStep, v2 = v + vStep;
    const p = columns(texture + (<usize>((v >> 16) * width + (u >> 16)) << 2), stride, v);
    const q = columns(texture + (<usize>((v2 >> 16) * width + (u2 >> 16)) << 2), stride, v2);
    const weight = v128.shuffle<i64>(i16x8.splat(<i16>((u & 0xffff) >> 1)), i16x8.splat(<i16>((u2 & 0xffff) >> 1)), 0, 2);
    const both = blend(v128.shuffle<i64>(p, q, 0, 2), v128.shuffle<i64>(p, q, 1, 3), weight);
    const bytes = i8x16.narrow_i16x8_u(both, both);
    if (!alpha) v128.store64_lane(pixel, bytes, 0);
    else {
      // most pairs are wholly opaque or wholly empty
      const alphas = i32x4.extract_lane(bytes, 0) & i32x4.extract_lane(bytes, 1);
      if (<u32>alphas >= 0xff000000) v128.store64_lane(pixel, bytes, 0);
      else if (i64x2.extract_lane(bytes, 0) != 0) {
        over(pixel, both);
        over(pixel + 4, v128.shuffle<i64>(both, both, 1, 1));
      }
    }
    pixel += 8; u = u2 + uStep; v = v2 + vStep;
  }
  if (n > 0) {
    const one = sample(texture, width, stride, u, v);
    if (alpha) over(pixel, one);
    else v128.store32_lane(pixel, i8x16.narrow_i16x8_u(one, one), 0);
  }
}

/** Like drawSpan, for spans that may leave the texture: there every sample is limited to its border. */
function drawBorderSpan(pixel: usize, span: i32, texture: usize, width: i32, height: i32, u0: f32, v0: f32, ux: f32, vx: f32, alpha: i32): void {
  const stride: usize = <usize>width << 2;
  const uLimit: f32 = (<f32>(width - 1) - <f32>0.001) * <f32>65536, vLimit: f32 = (<f32>(height - 1) - <f32>0.001) * <f32>65536;
  const u1: f32 = u0 + <f32>(span - 1) * ux, v1: f32 = v0 + <f32>(span - 1) * vx;
  // a tenth of a texel is more than the fixed-point steps can drift on the longest span
  if (min(u0, u1) >= <f32>0.1 && max(u0, u1) <= <f32>(width - 1) - <f32>0.1 && min(v0, v1) >= <f32>0.1 && max(v0, v1) <= <f32>(height - 1) - <f32>0.1) {
    drawSpan(pixel, span, texture, width, stride, <i32>(u0 * <f32>65536), <i32>(v0 * <f32>65536), <i32>nearest(ux * <f32>65536), <i32>nearest(vx * <f32>65536), alpha);
    return;
  }
  for (let n = 0; n < span; n++) {
    const u = toInt((u0 + <f32>n * ux) * <f32>65536, 0, uLimit), v = toInt((v0 + <f32>n * vx) * <f32>65536, 0, vLimit);
    const colour = sample(texture, width, stride, u, v);
    if (alpha) over(pixel, colour);
    else v128.store32_lane(pixel, i8x16.narrow_i16x8_u(colour, colour), 0);
    pixel += 4;
  }
}

// How much each channel takes of a gain, Q15; alpha none.
const TINT = memory.data(8, 8);

/** Brightens or darkens `span` pixels by gains that all lie inside the map, four at a time. */
function shadeSpan(pixel: usize, span: i32, gains: usize, width: i32, u0: i32, v0: i32, uStep: i32, vStep: i32): void {
  const tint = v128.load64_splat(TINT), below: usize = <usize>width << 1;
  for (let n = span; n > 0; n -= 4) {
    // beyond the end of the span the last pixel's texel is read again, and its gain is not used
    const lane = i32x4(0, 1, 2, 3), step = i32x4.min_s(lane, i32x4.splat(n - 1));
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

// Start, end and texture position of four rows.
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
  const alpha = mode == BLENDED ? 1 : 0;
  const stride: usize = <usize>textureWidth << 2;
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
      v128.store(ROWS, i32x4.trunc_sat_f32x4_s(first));
      v128.store(ROWS, i32x4.trunc_sat_f32x4_s(end), 16);
      if (inside) {
        v128.store(ROWS, i32x4.trunc_sat_f32x4_s(f32x4.mul(u, f32x4.splat(65536))), 32);
        v128.store(ROWS, i32x4.trunc_sat_f32x4_s(f32x4.mul(v, f32x4.splat(65536))), 48);
      } else {
        v128.store(ROWS, u, 32);
        v128.store(ROWS, v, 48);
      }
      const rows = min(4, endRow - y);
      let line: usize = target + (<usize>(y * targetWidth) << 2);
      for (let row: usize = 0; row < <usize>rows << 2; row += 4) {
        const x = load<i32>(ROWS + row), span = load<i32>(ROWS + row, 16) - x;
        if (span > 0) {
          const pixel = line + (<usize>x << 2);
          if (mode == SHADED) shadeSpan(pixel, span, texture, textureWidth, load<i32>(ROWS + row, 32), load<i32>(ROWS + row, 48), uStep, vStep);
          else if (inside) drawSpan(pixel, span, texture, textureWidth, stride, load<i32>(ROWS + row, 32), load<i32>(ROWS + row, 48), uStep, vStep, alpha);
          else drawBorderSpan(pixel, span, texture, textureWidth, textureHeight, load<f32>(ROWS + row, 32), load<f32>(ROWS + row, 48), ux, vx, alpha);
        }
        line += <usize>targetWidth << 2;
      }
    }
  }
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
