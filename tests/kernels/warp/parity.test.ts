import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compileWarp,
  createReferenceWarp,
  createWasmWarp,
  type Warp,
} from '../../../src/kernels/warp/index.ts';

const WIDTH = 60;
const HEIGHT = 46;
const CLIP = { left: 3, top: 2, right: WIDTH - 4, bottom: HEIGHT - 1 };

let module: WebAssembly.Module;
beforeAll(async () => {
  const bytes = readFileSync(new URL('../../../assets/kernels/warp.wasm', import.meta.url));
  module = await compileWarp(bytes);
});

/** Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Scene {
  readonly to: readonly number[];
  readonly from: readonly number[];
  readonly planes: readonly Uint8Array[];
  readonly scale?: number;
  /** Columns by which the target is wider than the source. */
  readonly wider?: number;
}

/** Draws triangles that share no vertices over a target of 90s. */
function drawScene(warp: Warp, { to, from, planes, scale = 1, wider = 0 }: Scene): Uint8Array[] {
  const triangles = warp.indices(to.length / 2);
  triangles.forEach((_, i) => {
    triangles[i] = i;
  });
  const mesh = { triangles, to: warp.floats(to.length), from: warp.floats(from.length) };
  mesh.to.set(to);
  mesh.from.set(from);
  const place = (width: number, content: (k: number) => Uint8Array) => ({
    width,
    height: HEIGHT,
    data: planes.map((_, k) => {
      const data = warp.bytes(width * HEIGHT);
      data.set(content(k));
      return data;
    }),
  });
  const source = place(WIDTH, (k) => planes[k]!);
  const target = place(WIDTH + wider, () => new Uint8Array((WIDTH + wider) * HEIGHT).fill(90));
  warp.warp({ mesh, source, target, scale, clip: CLIP });
  return target.data.map((plane) => plane.slice());
}

function noise(next: () => number): Uint8Array {
  return Uint8Array.from({ length: WIDTH * HEIGHT }, () => 256 * next());
}

describe('the warp', () => {
  it('gives in WASM what the reference gives, also beyond the border, for two planes and for a target of another size', async () => {
    const next = random(5);
    let moved = 0;
    for (let round = 0; round < 120; round++) {
      const to = Array.from({ length: 12 }, () => 90 * next() - 15);
      const from = to.map((value) => value + (round % 3 === 0 ? 30 : 3) * (next() - 0.5));
      const planes = round % 2 === 0 ? [noise(next)] : [noise(next), noise(next)];
      const scene = { to, from, planes, scale: round % 5 === 0 ? 0.5 : 1, wider: round % 3 };
      const expected = drawScene(createReferenceWarp(), scene);
      const actual = drawScene(await createWasmWarp(module, 1 << 16), scene);
      expected.forEach((plane, k) => {
        plane.forEach((value, i) => {
          if (value !== 90) moved++;
          // one of 64 phases apart in noise
          if (Math.abs(value - actual[k]![i]!) > 12)
            expect.fail(`round ${round}, plane ${k}, pixel ${i % WIDTH}, ${(i / WIDTH) | 0}`);
        });
      });
    }
    expect(moved).toBeGreaterThan(20_000);
  });

  it('copies exactly what does not move, and what moves by whole pixels', async () => {
    const plane = noise(random(9));
    const to = [5.3, 3.2, 50.7, 10.1, 20.4, 40.9];
    const warp = await createWasmWarp(module, 1 << 16);
    for (const [dx, dy] of [
      [0, 0],
      [3, -2],
    ] as const) {
      const from = to.map((value, i) => value + (i % 2 === 0 ? dx : dy));
      const [drawn] = drawScene(warp, { to, from, planes: [plane] });
      let covered = 0;
      drawn!.forEach((value, i) => {
        if (value === 90) return;
        covered++;
        expect(value).toBe(plane[i + dy * WIDTH + dx]);
      });
      expect(covered).toBeGreaterThan(500);
    }
  });

  it('leaves no gap and no overlap along a common edge', async () => {
    const square = [10, 8, 50, 9, 11, 41, 50, 9, 11, 41, 49, 40];
    const plane = new Uint8Array(WIDTH * HEIGHT).fill(200);
    const [drawn] = drawScene(await createWasmWarp(module, 1 << 16), {
      to: square,
      from: square,
      planes: [plane],
    });
    for (let y = 12; y < 38; y++) for (let x = 14; x < 46; x++) expect(drawn![y * WIDTH + x]).toBe(200);
  });

  it('keeps fine detail half-way between pixels', async () => {
    // a wave of four pixels: half of the finest that a picture can hold
    const plane = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
      Math.round(128 + 90 * Math.sin((Math.PI / 2) * (i % WIDTH))),
    );
    const to = [0, 0, 120, 0, 0, 120];
    const from = to.map((value, i) => value + (i % 2 === 0 ? 0.5 : 0));
    const [drawn] = drawScene(await createWasmWarp(module, 1 << 16), { to, from, planes: [plane] });
    const row = drawn!.subarray(20 * WIDTH + 10, 20 * WIDTH + 50);
    const swing = Math.sqrt(row.reduce((sum, value) => sum + (value - 128) ** 2, 0) / row.length);
    expect(swing / (90 / Math.SQRT2)).toBeGreaterThan(0.9);
    expect(swing / (90 / Math.SQRT2)).toBeLessThan(1.05);
  });
});
