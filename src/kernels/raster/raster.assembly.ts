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

export function draw(
  indices: usize, count: i32, screen: usize, uv: usize,
  texture: usize, textureWidth: i32, textureHeight: i32,
  target: usize, targetWidth: i32,
  left: i32, top: i32, right: i32, bottom: i32,
  alpha: i32, cull: i32,
): void {
  const stride: usize = <usize>textureWidth << 2;
  const uLimit: f32 = <f32>(textureWidth - 1) - 0.001, vLimit: f32 = <f32>(textureHeight - 1) - 0.001;
  const uEnd: i64 = <i64>(textureWidth - 1) << 16, vEnd: i64 = <i64>(textureHeight - 1) << 16;
  const leftF = <f32>left, topF = <f32>top, rightF = <f32>right, bottomF = <f32>bottom;
  for (let t = 0; t < count; t++) {
    const triangle = indices + <usize>t * 6;
    const a = <usize>load<u16>(triangle) << 3, b = <usize>load<u16>(triangle, 2) << 3, c = <usize>load<u16>(triangle, 4) << 3;
    const ay = load<f32>(screen + a, 4), by = load<f32>(screen + b, 4), cy = load<f32>(screen + c, 4);
    const firstRow = toInt(ceil(min(ay, min(by, cy)) - <f32>0.5), topF, bottomF);
    const endRow = toInt(ceil(max(ay, max(by, cy)) - <f32>0.5), topF, bottomF);
    if (firstRow >= endRow) continue;
    const ax = load<f32>(screen + a), bx = load<f32>(screen + b), cx = load<f32>(screen + c);
    const area: f32 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (!(area > <f32>1e-6 || area < <f32>-1e-6)) continue;
    const au = load<f32>(uv + a), av = load<f32>(uv + a, 4), bu = load<f32>(uv + b), bv = load<f32>(uv + b, 4), cu = load<f32>(uv + c), cv = load<f32>(uv + c, 4);
    if (cull && area * ((bu - au) * (cv - av) - (bv - av) * (cu - au)) <= 0) continue;
    const inverse: f32 = <f32>1 / area;
    const ux: f32 = ((bu - au) * (cy - ay) - (cu - au) * (by - ay)) * inverse, uy: f32 = ((cu - au) * (bx - ax) - (bu - au) * (cx - ax)) * inverse;
    const vx: f32 = ((bv - av) * (cy - ay) - (cv - av) * (by - ay)) * inverse, vy: f32 = ((cv - av) * (bx - ax) - (bv - av) * (cx - ax)) * inverse;
    const slopeAB: f32 = by != ay ? (bx - ax) / (by - ay) : 0, slopeBC: f32 = cy != by ? (cx - bx) / (cy - by) : 0, slopeCA: f32 = ay != cy ? (ax - cx) / (ay - cy) : 0;
    const uStep = <i32>nearest(ux * <f32>65536), vStep = <i32>nearest(vx * <f32>65536);
    for (let y = firstRow; y < endRow; y++) {
      const yc: f32 = <f32>y + <f32>0.5;
      let from: f32 = Infinity, to: f32 = -Infinity;
      const aAbove = ay <= yc, bAbove = by <= yc, cAbove = cy <= yc;
      if (aAbove != bAbove) { const x = ax + (yc - ay) * slopeAB; from = min(from, x); to = max(to, x); }
      if (bAbove != cAbove) { const x = bx + (yc - by) * slopeBC; from = min(from, x); to = max(to, x); }
      if (cAbove != aAbove) { const x = cx + (yc - cy) * slopeCA; from = min(from, x); to = max(to, x); }
      const first = toInt(ceil(from - <f32>0.5), leftF, rightF), end = toInt(ceil(to - <f32>0.5), leftF, rightF);
      const span = end - first;
      if (span <= 0) continue;
      const fx: f32 = <f32>first + <f32>0.5 - ax, fy: f32 = yc - ay;
      const u0: f32 = au + fx * ux + fy * uy - <f32>0.5, v0: f32 = av + fx * vx + fy * vy - <f32>0.5;
      let pixel: usize = target + (<usize>(y * targetWidth + first) << 2);
      if (u0 >= 0 && u0 < uLimit && v0 >= 0 && v0 < vLimit) {
        let u = <i32>(u0 * <f32>65536), v = <i32>(v0 * <f32>65536);
        // the exact fixed-point position of the last sample decides whether the whole span stays inside
        const uLast = <i64>u + <i64>(span - 1) * <i64>uStep, vLast = <i64>v + <i64>(span - 1) * <i64>vStep;
        if (uLast >= 0 && uLast < uEnd && vLast >= 0 && vLast < vEnd) {
          let n = span;
          if (!alpha) {
            for (; n >= 2; n -= 2) {
              const u2 = u + uStep, v2 = v + vStep;
              const p = columns(texture + (<usize>((v >> 16) * textureWidth + (u >> 16)) << 2), stride, v);
              const q = columns(texture + (<usize>((v2 >> 16) * textureWidth + (u2 >> 16)) << 2), stride, v2);
              const weight = v128.shuffle<i64>(i16x8.splat(<i16>((u & 0xffff) >> 1)), i16x8.splat(<i16>((u2 & 0xffff) >> 1)), 0, 2);
              const result = blend(v128.shuffle<i64>(p, q, 0, 2), v128.shuffle<i64>(p, q, 1, 3), weight);
              v128.store64_lane(pixel, i8x16.narrow_i16x8_u(result, result), 0);
              pixel += 8; u = u2 + uStep; v = v2 + vStep;
            }
            if (n > 0) {
              const result = sample(texture, textureWidth, stride, u, v);
              v128.store32_lane(pixel, i8x16.narrow_i16x8_u(result, result), 0);
            }
          } else {
            for (; n > 0; n--) {
              over(pixel, sample(texture, textureWidth, stride, u, v));
              pixel += 4; u += uStep; v += vStep;
            }
          }
          continue;
        }
      }
      for (let n = 0; n < span; n++) {
        const u = toInt(max(u0 + <f32>n * ux, <f32>0) * <f32>65536, 0, uLimit * <f32>65536), v = toInt(max(v0 + <f32>n * vx, <f32>0) * <f32>65536, 0, vLimit * <f32>65536);
        const colour = sample(texture, textureWidth, stride, u, v);
        if (alpha) over(pixel, colour);
        else v128.store32_lane(pixel, i8x16.narrow_i16x8_u(colour, colour), 0);
        pixel += 4;
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
  const breath = load<f32>(pose, 80), scale = load<f32>(pose, 84), originX = load<f32>(pose, 88), originY = load<f32>(pose, 92);
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
    oy -= load<f32>(shoulderWeight + (<usize>i << 2)) * breath;
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
