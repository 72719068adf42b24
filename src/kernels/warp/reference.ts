import type { Planes, Warp, WarpCall } from './contract.ts';
import { cubicWeights, PHASES, UNITY } from './cubic.ts';

const f = Math.fround;

/**
 * The warp in plain TypeScript: the oracle for the WASM kernel. Coverage is decided in 32-bit floats exactly as in the
 * kernel; positions in the source are worked out in double precision.
 */
export function createReferenceWarp(): Warp {
  return {
    floats: (length) => new Float32Array(length),
    indices: (length) => new Uint16Array(length),
    bytes: (length) => new Uint8Array(length),
    warp,
  };
}

const weights = cubicWeights();

function warp({ mesh, source, target, scale, clip }: WarpCall): void {
  const at = (points: Float32Array, vertex: number): [number, number] => [
    f(points[vertex * 2]! * f(scale)),
    f(points[vertex * 2 + 1]! * f(scale)),
  ];
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    const corners: Corner[] = [...mesh.triangles.subarray(t, t + 3)]
      .map((vertex) => ({ to: at(mesh.to, vertex), from: at(mesh.from, vertex) }))
      .sort((a, b) => a.to[1] - b.to[1]);
    const [a, b, c] = corners as [Corner, Corner, Corner];
    const [ax, ay] = a.to;
    const area = f(f(f(b.to[0] - ax) * f(c.to[1] - ay)) - f(f(b.to[1] - ay) * f(c.to[0] - ax)));
    if (!(Math.abs(area) > 1e-6)) continue;
    const gradient = (k: 0 | 1): [number, number] => {
      const [toB, toC] = [b.from[k] - a.from[k], c.from[k] - a.from[k]];
      return [
        (toB * (c.to[1] - ay) - toC * (b.to[1] - ay)) / area,
        (toC * (b.to[0] - ax) - toB * (c.to[0] - ax)) / area,
      ];
    };
    const [ux, uy] = gradient(0);
    const [vx, vy] = gradient(1);
    const edge = (p: Corner, q: Corner, y: number) => {
      const slope = f(f(q.to[0] - p.to[0]) / f(q.to[1] - p.to[1]));
      return f(p.to[0] + f(f(y - p.to[1]) * slope));
    };
    const endRow = firstPixel(c.to[1], clip.top, clip.bottom);
    for (let y = firstPixel(ay, clip.top, clip.bottom); y < endRow; y++) {
      const centre = y + 0.5;
      const long = edge(a, c, centre);
      const short = centre < b.to[1] ? edge(a, b, centre) : edge(b, c, centre);
      const first = firstPixel(area > 0 ? long : short, clip.left, clip.right);
      const end = firstPixel(area > 0 ? short : long, clip.left, clip.right);
      for (let x = first; x < end; x++) {
        const [dx, dy] = [x + 0.5 - ax, centre - ay];
        const u = a.from[0] + dx * ux + dy * uy - 0.5;
        const v = a.from[1] + dx * vx + dy * vy - 0.5;
        target.data.forEach((plane, k) => {
          plane[y * target.width + x] = sample(source, k, u, v);
        });
      }
    }
  }
}

interface Corner {
  readonly to: readonly [number, number];
  readonly from: readonly [number, number];
}

/** First integer whose pixel centre is at or right of `edge`, limited to `low..high`. */
function firstPixel(edge: number, low: number, high: number): number {
  const value = Math.ceil(f(edge - 0.5));
  return value > low ? Math.min(value, high) : low;
}

function sample({ width, height, data }: Planes, plane: number, u: number, v: number): number {
  const split = (value: number): [number, number] => {
    const steps = Math.floor(value * PHASES + 0.5);
    return [Math.floor(steps / PHASES), steps & (PHASES - 1)];
  };
  const [x, across] = split(u);
  const [y, down] = split(v);
  let sum = 0;
  for (let j = 0; j < 4; j++) {
    const row = Math.min(height - 1, Math.max(0, y - 1 + j)) * width;
    for (let i = 0; i < 4; i++) {
      const column = Math.min(width - 1, Math.max(0, x - 1 + i));
      sum += data[plane]![row + column]! * weights[across * 4 + i]! * weights[down * 4 + j]!;
    }
  }
  return Math.min(255, Math.max(0, Math.floor(sum / UNITY ** 2 + 0.5)));
}
