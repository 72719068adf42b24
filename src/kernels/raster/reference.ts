import {
  type ClipRect,
  type DrawCall,
  type GainMap,
  HEAD_POSE,
  type PlacedGains,
  type PlacedShape,
  type Raster,
  type ShadeCall,
  type Surface,
  type TexturedMesh,
} from './contract.ts';

const f = Math.fround;

/**
 * The raster in plain TypeScript: the oracle for the WASM kernel. Coverage is decided in 32-bit floats exactly as in
 * the kernel; colours are filtered in double precision.
 */
export function createReferenceRaster(): Raster {
  return {
    floats: (length) => new Float32Array(length),
    indices: (length) => new Uint16Array(length),
    bytes: (length) => new Uint8Array(length),
    gains: (length) => new Int16Array(length),
    accumulate,
    project,
    draw,
    addGains,
    shade,
    copy,
  };
}

function accumulate(positions: Float32Array, shape: PlacedShape, weight: number): void {
  const { indices, deltas } = shape;
  for (let i = 0; i < indices.length; i++) {
    const p = indices[i]! * 3;
    for (let k = 0; k < 3; k++) positions[p + k]! += weight * deltas[i * 3 + k]!;
  }
}

function project(
  positions: Float32Array,
  screen: Float32Array,
  headWeight: Float32Array,
  shoulderWeight: Float32Array,
  pose: Float32Array,
): void {
  for (let i = 0; i < headWeight.length; i++) {
    projectPoint(
      pose,
      positions[i * 3]!,
      positions[i * 3 + 1]!,
      positions[i * 3 + 2]!,
      headWeight[i]!,
      screen,
      i * 2,
    );
    const along = shoulderWeight[i]! * pose[HEAD_POSE.scale]!;
    screen[i * 2]! += along * pose[HEAD_POSE.sway]!;
    screen[i * 2 + 1]! -= along * pose[HEAD_POSE.breath]!;
  }
}

/**
 * Moves one point with the head (without the body) and maps it to target pixels.
 *
 * @param weight - How much it follows the head, 0..1.
 * @param out - Receives x and y at `at`.
 */
export function projectPoint(
  pose: Float32Array,
  x: number,
  y: number,
  z: number,
  weight: number,
  out: Float32Array | Float64Array,
  at: number,
): void {
  const [px, py, pz] = [pose[9]!, pose[10]!, pose[11]!];
  const [nx, ny] = [pose[12]!, pose[13]!];
  const [cos, sin] = [pose[14]!, pose[15]!];
  const dx = x - px;
  const dy = y - py;
  const dz = z - pz;
  const turned = pose[6]! * dx + pose[7]! * dy + pose[8]! * dz;
  const k = pose[18]! * (1 - (turned - dz) * pose[19]!);
  const hx = px + (pose[0]! * dx + pose[1]! * dy + pose[2]! * dz) * k - nx;
  const hy = py + (pose[3]! * dx + pose[4]! * dy + pose[5]! * dz) * k - ny;
  const ox = x + (nx + cos * hx - sin * hy + pose[16]! - x) * weight;
  const oy = y + (ny + sin * hx + cos * hy + pose[17]! - y) * weight;
  out[at] = (ox - pose[22]!) * pose[21]!;
  out[at + 1] = (oy - pose[23]!) * pose[21]!;
}

function copy(source: Surface, target: Surface, clip: ClipRect): void {
  for (let y = clip.top; y < clip.bottom; y++) {
    const from = (y * source.width + clip.left) * 4;
    target.data.set(source.data.subarray(from, from + (clip.right - clip.left) * 4), from);
  }
}

/** First integer whose pixel centre is at or right of `edge`, limited to `low..high`. */
function firstPixel(edge: number, low: number, high: number): number {
  const value = Math.ceil(f(edge - 0.5));
  return value > low ? Math.min(value, high) : low;
}

function draw(call: DrawCall): void {
  const { mesh, texture, target, clip, alpha, cull } = call;
  const { triangles } = mesh;
  for (let t = call.first; t < call.first + call.count; t++) {
    scan(mesh, triangles.subarray(t * 3, t * 3 + 3), clip, cull, (x, y, u, v) =>
      writeSample(texture, u, v, target.data, (y * target.width + x) * 4, alpha),
    );
  }
}

function addGains(target: GainMap, { x, y, width, height, data }: PlacedGains, weight: number): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (y + row) * target.width + x + column;
      const sum = target.data[at]! + weight * data[row * width + column]!;
      target.data[at] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
    }
  }
}

function shade({ mesh, first, count, gains, tint, target, clip }: ShadeCall): void {
  const { triangles, uv } = mesh;
  const inside = (v: number) =>
    uv[v * 2]! >= 1 &&
    uv[v * 2]! <= gains.width - 2 &&
    uv[v * 2 + 1]! >= 1 &&
    uv[v * 2 + 1]! <= gains.height - 2;
  for (let t = first; t < first + count; t++) {
    const corners = triangles.subarray(t * 3, t * 3 + 3);
    if (!corners.every(inside)) continue;
    scan(mesh, corners, clip, true, (x, y, u, v) => {
      const gain = bilinear(gains.data, 1, gains.width, Math.floor(u), Math.floor(v), u % 1, v % 1, 0);
      const at = (y * target.width + x) * 4;
      for (let k = 0; k < 3; k++) {
        const lit = target.data[at + k]! * (1 + (gain / 32_767) * tint[k]!);
        target.data[at + k] = Math.max(0, Math.min(255, Math.round(lit)));
      }
    });
  }
}

/** Calls `plot` for the pixels of a triangle, with the texel coordinates of their centres (texel centres at whole numbers). */
function scan(
  { screen, uv }: TexturedMesh,
  corners: ArrayLike<number>,
  clip: ClipRect,
  cull: boolean,
  plot: (x: number, y: number, u: number, v: number) => void,
): void {
  let [a, b, c] = [corners[0]!, corners[1]!, corners[2]!];
  // from top to bottom, by the same swaps as in the kernel
  if (screen[b * 2 + 1]! < screen[a * 2 + 1]!) [a, b] = [b, a];
  if (screen[c * 2 + 1]! < screen[a * 2 + 1]!) [a, c] = [c, a];
  if (screen[c * 2 + 1]! < screen[b * 2 + 1]!) [b, c] = [c, b];
  const [ax, ay, bx, by] = [screen[a * 2]!, screen[a * 2 + 1]!, screen[b * 2]!, screen[b * 2 + 1]!];
  const [cx, cy] = [screen[c * 2]!, screen[c * 2 + 1]!];
  const [au, av, bu, bv] = [uv[a * 2]!, uv[a * 2 + 1]!, uv[b * 2]!, uv[b * 2 + 1]!];
  const [cu, cv] = [uv[c * 2]!, uv[c * 2 + 1]!];
  const cross = (x1: number, y1: number, x2: number, y2: number) => f(f(x1 * y2) - f(y1 * x2));
  const [abx, aby, acx, acy] = [f(bx - ax), f(by - ay), f(cx - ax), f(cy - ay)];
  const [abu, abv, acu, acv] = [f(bu - au), f(bv - av), f(cu - au), f(cv - av)];
  const area = cross(abx, aby, acx, acy);
  if (!(Math.abs(area) > f(1e-6))) return;
  if (cull && area * cross(abu, abv, acu, acv) <= 0) return;
  const inverse = f(1 / area);
  const ux = f(cross(abu, aby, acu, acy) * inverse);
  const uy = f(cross(acu, acx, abu, abx) * inverse);
  const vx = f(cross(abv, aby, acv, acy) * inverse);
  const vy = f(cross(acv, acx, abv, abx) * inverse);
  const slope = (x1: number, y1: number, x2: number, y2: number) => f(f(x2 - x1) / f(y2 - y1));
  const [long, upper, lower] = [slope(ax, ay, cx, cy), slope(ax, ay, bx, by), slope(bx, by, cx, cy)];
  const lastRow = firstPixel(cy, clip.top, clip.bottom);
  for (let y = firstPixel(ay, clip.top, clip.bottom); y < lastRow; y++) {
    const yc = y + 0.5;
    const fy = f(yc - ay);
    const onLong = f(ax + f(fy * long));
    const onShort = yc < by ? f(ax + f(fy * upper)) : f(bx + f(f(yc - by) * lower));
    const first = firstPixel(area > 0 ? onLong : onShort, clip.left, clip.right);
    const last = firstPixel(area > 0 ? onShort : onLong, clip.left, clip.right);
    const fx = f(f(first + 0.5) - ax);
    const u = f(f(f(au + f(fy * uy)) + f(fx * ux)) - 0.5);
    const v = f(f(f(av + f(fy * vy)) + f(fx * vx)) - 0.5);
    for (let x = first; x < last; x++) {
      const n = x - first;
      plot(x, y, u + n * ux, v + n * vx);
    }
  }
}

function writeSample(
  texture: Surface,
  u: number,
  v: number,
  out: Uint8Array,
  at: number,
  alpha: boolean,
): void {
  const { width, height, data } = texture;
  const cu = Math.min(Math.max(u, 0), width - 1.001);
  const cv = Math.min(Math.max(v, 0), height - 1.001);
  const column = Math.floor(cu);
  const row = Math.floor(cv);
  const [fu, fv] = [cu - column, cv - row];
  const channel = (k: number) => bilinear(data, 4, width, column, row, fu, fv, k);
  const rest = alpha ? 1 - Math.round(channel(3)) / 255 : 0;
  for (let k = 0; k < 4; k++) out[at + k] = Math.min(255, Math.round(channel(k) + out[at + k]! * rest));
}

/** Channel `k` of a picture with `channels` numbers per texel, between texel `column`, `row` and its neighbours. */
function bilinear(
  data: ArrayLike<number>,
  channels: number,
  width: number,
  column: number,
  row: number,
  fu: number,
  fv: number,
  k: number,
): number {
  const p = (row * width + column) * channels + k;
  const q = p + width * channels;
  return (
    (data[p]! * (1 - fu) + data[p + channels]! * fu) * (1 - fv) +
    (data[q]! * (1 - fu) + data[q + channels]! * fu) * fv
  );
}
