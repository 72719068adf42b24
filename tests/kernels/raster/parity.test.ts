import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compileRaster,
  createReferenceRaster,
  createWasmRaster,
  HEAD_POSE_LENGTH,
  type Raster,
  type Surface,
} from '../../../src/kernels/raster/index.ts';

const WIDTH = 61;
const HEIGHT = 47;
const CAPACITY = 1 << 20;

let module: WebAssembly.Module;
beforeAll(async () => {
  const bytes = readFileSync(new URL('../../../assets/kernels/raster.wasm', import.meta.url));
  module = await compileRaster(bytes);
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
  readonly screen: readonly number[];
  readonly uv: readonly number[];
  readonly texture: { width: number; height: number; data: Uint8Array };
  readonly alpha: boolean;
  readonly cull: boolean;
}

function drawScene(raster: Raster, scene: Scene): Uint8Array {
  const screen = raster.floats(scene.screen.length);
  screen.set(scene.screen);
  const uv = raster.floats(scene.uv.length);
  uv.set(scene.uv);
  const triangles = raster.indices(scene.screen.length / 2);
  triangles.forEach((_, i) => {
    triangles[i] = i;
  });
  const data = raster.bytes(scene.texture.data.length);
  data.set(scene.texture.data);
  const target: Surface = { width: WIDTH, height: HEIGHT, data: raster.bytes(WIDTH * HEIGHT * 4) };
  target.data.fill(90);
  raster.draw({
    mesh: { triangles, screen, uv },
    first: 0,
    count: triangles.length / 3,
    texture: { ...scene.texture, data },
    target,
    clip: { left: 3, top: 2, right: WIDTH - 4, bottom: HEIGHT - 1 },
    alpha: scene.alpha,
    cull: scene.cull,
  });
  return target.data;
}

function texture(next: () => number, opaque: boolean) {
  const width = 2 + Math.floor(next() * 70);
  const height = 2 + Math.floor(next() * 70);
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i += 4) {
    // premultiplied: colours at or below alpha
    const alpha = opaque ? 255 : [0, 255, 255, Math.floor(next() * 256)][Math.floor(next() * 4)]!;
    for (let k = 0; k < 3; k++) data[i + k] = Math.floor(next() * (alpha + 1));
    data[i + 3] = alpha;
  }
  return { width, height, data };
}

/** A coordinate from one of several families: inside, at pixel centres, just outside, far away, huge. */
function coordinate(next: () => number, size: number): number {
  switch (Math.floor(next() * 8)) {
    case 0:
      return Math.floor(next() * size) + 0.5;
    case 1:
      return Math.floor(next() * size);
    case 2:
      return (next() - 0.5) * 40 * size;
    case 3:
      return (next() - 0.5) * 1e7;
    default:
      return next() * size * 1.2 - size * 0.1;
  }
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('raster kernel', () => {
  it('agrees with the reference on random, degenerate, far and huge triangles', async () => {
    const next = random(7);
    for (let round = 0; round < 400; round++) {
      const count = 1 + Math.floor(next() * 4);
      const opaque = next() < 0.5;
      const skin = texture(next, opaque);
      const screen: number[] = [];
      const uv: number[] = [];
      for (let v = 0; v < count * 3; v++) {
        screen.push(coordinate(next, WIDTH), coordinate(next, HEIGHT));
        uv.push(next() * 1.4 * skin.width - 0.2 * skin.width, next() * 1.4 * skin.height - 0.2 * skin.height);
      }
      if (round % 5 === 0) screen.splice(2, 2, screen[0]!, screen[1]!);
      const scene: Scene = { screen, uv, texture: skin, alpha: !opaque, cull: round % 3 === 0 };
      const expected = drawScene(createReferenceRaster(), scene);
      const actual = drawScene(await createWasmRaster(module, CAPACITY), scene);
      expect(largestDifference(actual, expected), `round ${round}`).toBeLessThanOrEqual(4);
    }
  });

  it('covers a plane of neighbouring triangles without gaps and without drawing a pixel twice', async () => {
    const next = random(3);
    const columns = 9;
    const rows = 7;
    const corner = (x: number, y: number) => {
      const inner = x > 0 && y > 0 && x < columns && y < rows ? 1 : 0;
      return [
        (x * WIDTH) / columns + inner * (next() - 0.5) * 5,
        (y * HEIGHT) / rows + inner * (next() - 0.5) * 5,
      ];
    };
    const grid = Array.from({ length: rows + 1 }, (_, y) =>
      Array.from({ length: columns + 1 }, (_, x) => corner(x, y)),
    );
    const screen: number[] = [];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const [a, b, c, d] = [grid[y]![x]!, grid[y]![x + 1]!, grid[y + 1]![x]!, grid[y + 1]![x + 1]!];
        screen.push(...a, ...b, ...c, ...b, ...d, ...c);
      }
    }
    // half transparent white: a gap stays 90, a double pixel gets lighter
    const data = new Uint8Array(4 * 4 * 4).fill(128);
    const scene = {
      texture: { width: 4, height: 4, data },
      screen,
      uv: screen.map(() => 2),
      alpha: true,
      cull: false,
    };
    for (const raster of [createReferenceRaster(), await createWasmRaster(module, CAPACITY)]) {
      const out = drawScene(raster, scene);
      for (let y = 2; y < HEIGHT - 1; y++) {
        for (let x = 3; x < WIDTH - 4; x++) expect(Math.abs(out[(y * WIDTH + x) * 4]! - 173)).toBeLessThan(2);
      }
    }
  });

  it('leaves everything outside the clip rectangle alone', async () => {
    const scene: Scene = {
      screen: [-500, -500, 1000, -400, 20, 1500],
      uv: [0, 0, 5, 0, 0, 5],
      texture: texture(random(1), true),
      alpha: false,
      cull: false,
    };
    for (const raster of [createReferenceRaster(), await createWasmRaster(module, CAPACITY)]) {
      const out = drawScene(raster, scene);
      for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < WIDTH; x++) {
          const inside = x >= 3 && x < WIDTH - 4 && y >= 2 && y < HEIGHT - 1;
          if (!inside) expect(out[(y * WIDTH + x) * 4]).toBe(90);
        }
      }
    }
  });

  it('never reads behind the last row and column of a texture', async () => {
    const raster = await createWasmRaster(module, CAPACITY);
    const size = 16;
    const data = raster.bytes(size * size * 4);
    const behind = raster.bytes(size * 8);
    data.fill(40);
    behind.fill(255);
    const target = { width: WIDTH, height: HEIGHT, data: raster.bytes(WIDTH * HEIGHT * 4) };
    const triangles = raster.indices(3);
    triangles.set([0, 1, 2]);
    const screen = raster.floats(6);
    const uv = raster.floats(6);
    const next = random(11);
    for (let round = 0; round < 300; round++) {
      screen.forEach((_, i) => {
        screen[i] = next() * 80 - 10;
      });
      uv.forEach((_, i) => {
        uv[i] = size - 1.5 + next() * 2;
      });
      raster.draw({
        mesh: { triangles, screen, uv },
        first: 0,
        count: 1,
        texture: { width: size, height: size, data },
        target,
        clip: { left: 0, top: 0, right: WIDTH, bottom: HEIGHT },
        alpha: false,
        cull: false,
      });
    }
    expect(Math.max(...target.data)).toBe(40);
  });

  it('survives coordinates that are not finite', async () => {
    const raster = await createWasmRaster(module, CAPACITY);
    const skin = texture(random(5), true);
    for (const bad of [Number.NaN, Infinity, -Infinity, 3e38]) {
      for (let at = 0; at < 6; at++) {
        const screen = [1, 1, 50, 5, 20, 40];
        screen[at] = bad;
        expect(() =>
          drawScene(raster, { screen, uv: [0, 0, 9, 0, 0, 9], texture: skin, alpha: false, cull: false }),
        ).not.toThrow();
      }
    }
  });

  it('adds sparse displacements and moves the head like the reference', async () => {
    const count = 40;
    const results = [createReferenceRaster(), await createWasmRaster(module, CAPACITY)].map((raster) => {
      const seeded = random(21);
      const fill = (values: Float32Array, scale: number) => {
        values.forEach((_, i) => {
          values[i] = (seeded() - 0.5) * scale;
        });
        return values;
      };
      const positions = fill(raster.floats(count * 3), 300);
      const indices = raster.indices(7);
      indices.set([0, 3, 4, 11, 20, 33, 39]);
      raster.accumulate(positions, { indices, deltas: fill(raster.floats(21), 20) }, 0.7);
      const pose = fill(raster.floats(HEAD_POSE_LENGTH), 2);
      const screen = raster.floats(count * 2);
      const weights = () => fill(raster.floats(count), 2).map(Math.abs);
      const [head, shoulders] = [raster.floats(count), raster.floats(count)];
      head.set(weights());
      shoulders.set(weights());
      raster.project(positions, screen, head, shoulders, pose);
      return { positions, screen };
    });
    for (const key of ['positions', 'screen'] as const) {
      results[0]![key].forEach((value, i) => {
        expect(results[1]![key][i]).toBeCloseTo(value, 1);
      });
    }
  });

  it('refuses to allocate beyond its memory', async () => {
    const raster = await createWasmRaster(module, 1000);
    expect(() => raster.bytes(1 << 20)).toThrow(RangeError);
  });

  it('reports a damaged kernel file', async () => {
    await expect(compileRaster(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'ASSET_CORRUPT' });
  });

  it('adds up gains and shades as the reference does, and leaves alpha and the outside alone', async () => {
    const next = random(23);
    for (let round = 0; round < 60; round++) {
      const [width, height] = [4 + Math.floor(next() * 40), 4 + Math.floor(next() * 40)];
      const values = Array.from({ length: width * height }, () => Math.floor((next() - 0.5) * 20_000));
      const part = { x: 1, y: 2, width: 1 + Math.floor(next() * (width - 1)), height: height - 2 };
      const extra = Array.from({ length: part.width * part.height }, () =>
        Math.floor((next() - 0.5) * 20_000),
      );
      const pixels = Array.from({ length: WIDTH * HEIGHT * 4 }, () => Math.floor(next() * 256));
      const screen = Array.from({ length: 12 }, (_, i) => next() * (i % 2 ? HEIGHT : WIDTH) * 1.3 - 8);
      const uv = Array.from({ length: 12 }, (_, i) => 1 + next() * ((i % 2 ? height : width) - 3));
      const weight = next();
      const run = (raster: Raster): Uint8Array => {
        const [gains, more] = [raster.gains(values.length), raster.gains(extra.length)];
        gains.set(values);
        more.set(extra);
        const map = { width, height, data: gains };
        raster.addGains(map, { ...part, data: more }, weight);
        const target = { width: WIDTH, height: HEIGHT, data: raster.bytes(pixels.length) };
        target.data.set(pixels);
        const mesh = { triangles: raster.indices(6), screen: raster.floats(12), uv: raster.floats(12) };
        mesh.triangles.set([0, 1, 2, 3, 4, 5]);
        mesh.screen.set(screen);
        mesh.uv.set(uv);
        const clip = { left: 3, top: 2, right: WIDTH - 4, bottom: HEIGHT - 1 };
        raster.shade({ mesh, first: 0, count: 2, gains: map, tint: [0.5, 0.7, -0.3], target, clip });
        return target.data;
      };
      const expected = run(createReferenceRaster());
      const actual = run(await createWasmRaster(module, CAPACITY));
      expect(largestDifference(actual, expected), `round ${round}`).toBeLessThanOrEqual(2);
      for (let i = 3; i < pixels.length; i += 4) expect(actual[i]).toBe(pixels[i]);
      for (let x = 0; x < WIDTH * 4; x++) expect(actual[x]).toBe(pixels[x]);
    }
  });

  it('leaves out triangles whose gains would lie outside the map', async () => {
    const raster = await createWasmRaster(module, CAPACITY);
    const target = { width: WIDTH, height: HEIGHT, data: raster.bytes(WIDTH * HEIGHT * 4) };
    target.data.fill(100);
    const gains = { width: 8, height: 8, data: raster.gains(64).fill(32_767) };
    const mesh = { triangles: raster.indices(3), screen: raster.floats(6), uv: raster.floats(6) };
    mesh.triangles.set([0, 1, 2]);
    mesh.screen.set([0, 0, 60, 0, 0, 40]);
    for (const far of [-1e9, 0, 7.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      mesh.uv.set([2, 2, far, 2, 2, 5]);
      const clip = { left: 0, top: 0, right: WIDTH, bottom: HEIGHT };
      raster.shade({ mesh, first: 0, count: 1, gains, tint: [1, 1, 1], target, clip });
      expect(target.data.every((value) => value === 100)).toBe(true);
    }
  });
});
