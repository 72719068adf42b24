// Triangles over 8-bit planes with bicubic filtering, in WebAssembly SIMD. The reference is `reference.ts`.
//
// Rows are set up four at a time, as in the raster. Along a row the place in the source goes on in 16.16 fixed point, and
// its upper six fraction bits choose the weights. Sixteen pixels around it are one vector: two dot products filter four
// rows across, one product filters down.

// @ts-ignore: decorator
@inline
function toInt(value: f32, low: f32, high: f32): i32 {
  return value > low ? (value < high ? <i32>value : <i32>high) : <i32>low;
}

// @ts-ignore: decorator
@inline
function clampTo(value: i32, high: i32): i32 {
  return value < 0 ? 0 : value > high ? high : value;
}

/** Filters four rows of four pixels; the weights of a phase add up to 256. */
// @ts-ignore: decorator
@inline
function filter(upper: v128, lower: v128, across: v128, down: v128): i32 {
  const a = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(upper), across);
  const b = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(lower), across);
  const rows = i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
  const product = i32x4.mul(rows, down);
  const pairs = i32x4.add(product, v128.shuffle<i32>(product, product, 2, 3, 0, 1));
  const sum = (i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1) + 0x8000) >> 16;
  return clampTo(sum, 255);
}

// @ts-ignore: decorator
@inline
function block(at: usize, stride: usize, across: v128, down: v128): i32 {
  const upper = v128.load32_lane(at + stride, v128.load32_zero(at), 1);
  const low = at + (stride << 1);
  return filter(upper, v128.load32_lane(low + stride, v128.load32_zero(low), 1), across, down);
}

/** Draws `span` pixels whose surroundings all lie inside the source. */
function drawSpan(pixel: usize, span: i32, source: usize, stride: usize, u0: i32, v0: i32, uStep: i32, vStep: i32, weights: usize, sourceGap: usize, targetGap: usize): void {
  let u = u0, v = v0;
  for (let n = span; n > 0; n--) {
    const across = v128.load64_splat(weights + (<usize>((u >> 10) & 63) << 3));
    const down = i32x4.extend_low_i16x8_s(v128.load64_zero(weights + (<usize>((v >> 10) & 63) << 3)));
    const at = source + <usize>((v >> 16) - 1) * stride + <usize>((u >> 16) - 1);
    store<u8>(pixel, block(at, stride, across, down));
    if (sourceGap) store<u8>(pixel + targetGap, block(at + sourceGap, stride, across, down));
    pixel++; u += uStep; v += vStep;
  }
}

/** Sixteen pixels, as far as they are in the source. */
const BLOCK = memory.data(16, 16);

function gather(source: usize, width: i32, height: i32, x: i32, y: i32): void {
  for (let j = 0; j < 4; j++) {
    const row = source + <usize>(clampTo(y + j, height - 1) * width);
    for (let i = 0; i < 4; i++) store<u8>(BLOCK + <usize>(j * 4 + i), load<u8>(row + <usize>clampTo(x + i, width - 1)));
  }
}

/** Like drawSpan, for spans that come near the border of the source or leave it. */
function drawBorderSpan(pixel: usize, span: i32, source: usize, width: i32, height: i32, u0: f32, v0: f32, ux: f32, vx: f32, weights: usize, sourceGap: usize, targetGap: usize): void {
  const u1: f32 = u0 + <f32>(span - 1) * ux, v1: f32 = v0 + <f32>(span - 1) * vx;
  // a tenth of a pixel is more than the fixed-point steps can drift on the longest span
  if (min(u0, u1) >= <f32>1.1 && max(u0, u1) <= <f32>(width - 3) - <f32>0.1 && min(v0, v1) >= <f32>1.1 && max(v0, v1) <= <f32>(height - 3) - <f32>0.1) {
    drawSpan(pixel, span, source, width, <i32>(u0 * <f32>65536) + 512, <i32>(v0 * <f32>65536) + 512, <i32>nearest(ux * <f32>65536), <i32>nearest(vx * <f32>65536), weights, sourceGap, targetGap);
    return;
  }
  const uLimit = <f32>(width + 2), vLimit = <f32>(height + 2);
  for (let n = 0; n < span; n++) {
    const u = <i32>floor(min(max(u0 + <f32>n * ux, <f32>-3), uLimit) * <f32>64 + <f32>0.5);
    const v = <i32>floor(min(max(v0 + <f32>n * vx, <f32>-3), vLimit) * <f32>64 + <f32>0.5);
    const across = v128.load64_splat(weights + (<usize>(u & 63) << 3));
    const down = i32x4.extend_low_i16x8_s(v128.load64_zero(weights + (<usize>(v & 63) << 3)));
    gather(source, width, height, (u >> 6) - 1, (v >> 6) - 1);
    store<u8>(pixel, block(BLOCK, 4, across, down));
    if (sourceGap) {
      gather(source + sourceGap, width, height, (u >> 6) - 1, (v >> 6) - 1);
      store<u8>(pixel + targetGap, block(BLOCK, 4, across, down));
    }
    pixel++;
  }
}

// Start, end and source position of four rows.
const ROWS = memory.data(64, 16);

/** `sourceGap`, `targetGap`: from the first plane to the second, 0 if there is none. */
export function warp(
  indices: usize, count: i32, to: usize, from: usize, scale: f32, weights: usize,
  source: usize, sourceWidth: i32, sourceHeight: i32, target: usize, targetWidth: i32, sourceGap: usize, targetGap: usize,
  left: i32, top: i32, right: i32, bottom: i32,
): void {
  const topF = <f32>top, bottomF = <f32>bottom;
  const leftEdge = f32x4.splat(<f32>left), rightEdge = f32x4.splat(<f32>right), half = f32x4.splat(0.5);
  for (let t = 0; t < count; t++) {
    const triangle = indices + <usize>t * 6;
    let a = <usize>load<u16>(triangle) << 3, b = <usize>load<u16>(triangle, 2) << 3, c = <usize>load<u16>(triangle, 4) << 3;
    let ay: f32 = load<f32>(to + a, 4) * scale, by: f32 = load<f32>(to + b, 4) * scale, cy: f32 = load<f32>(to + c, 4) * scale;
    // from top to bottom: a, b, c
    if (by < ay) { const k = a; a = b; b = k; const y = ay; ay = by; by = y; }
    if (cy < ay) { const k = a; a = c; c = k; const y = ay; ay = cy; cy = y; }
    if (cy < by) { const k = b; b = c; c = k; const y = by; by = cy; cy = y; }
    const firstRow = toInt(ceil(ay - <f32>0.5), topF, bottomF), endRow = toInt(ceil(cy - <f32>0.5), topF, bottomF);
    if (firstRow >= endRow) continue;
    const ax: f32 = load<f32>(to + a) * scale, bx: f32 = load<f32>(to + b) * scale, cx: f32 = load<f32>(to + c) * scale;
    const area: f32 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (!(area > <f32>1e-6 || area < <f32>-1e-6)) continue;
    const au: f32 = load<f32>(from + a) * scale, av: f32 = load<f32>(from + a, 4) * scale;
    const bu: f32 = load<f32>(from + b) * scale - au, bv: f32 = load<f32>(from + b, 4) * scale - av;
    const cu: f32 = load<f32>(from + c) * scale - au, cv: f32 = load<f32>(from + c, 4) * scale - av;
    const inverse: f32 = <f32>1 / area;
    const ux: f32 = (bu * (cy - ay) - cu * (by - ay)) * inverse, uy: f32 = (cu * (bx - ax) - bu * (cx - ax)) * inverse;
    const vx: f32 = (bv * (cy - ay) - cv * (by - ay)) * inverse, vy: f32 = (cv * (bx - ax) - bv * (cx - ax)) * inverse;
    const slopeAB: f32 = (bx - ax) / (by - ay), slopeBC: f32 = (cx - bx) / (cy - by), slopeAC: f32 = (cx - ax) / (cy - ay);
    const bIsRight = area > 0;
    const axs = f32x4.splat(ax), ays = f32x4.splat(ay), bxs = f32x4.splat(bx), bys = f32x4.splat(by);
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
      v128.store(ROWS, i32x4.trunc_sat_f32x4_s(first));
      v128.store(ROWS, i32x4.trunc_sat_f32x4_s(end), 16);
      v128.store(ROWS, f32x4.sub(f32x4.add(f32x4.add(f32x4.splat(au), f32x4.mul(fromA, f32x4.splat(uy))), f32x4.mul(across, f32x4.splat(ux))), half), 32);
      v128.store(ROWS, f32x4.sub(f32x4.add(f32x4.add(f32x4.splat(av), f32x4.mul(fromA, f32x4.splat(vy))), f32x4.mul(across, f32x4.splat(vx))), half), 48);
      const rows = min(4, endRow - y);
      let line: usize = target + <usize>(y * targetWidth);
      for (let row: usize = 0; row < <usize>rows << 2; row += 4) {
        const x = load<i32>(ROWS + row), span = load<i32>(ROWS + row, 16) - x;
        if (span > 0) drawBorderSpan(line + <usize>x, span, source, sourceWidth, sourceHeight, load<f32>(ROWS + row, 32), load<f32>(ROWS + row, 48), ux, vx, weights, sourceGap, targetGap);
        line += <usize>targetWidth;
      }
    }
  }
}
