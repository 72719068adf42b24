/** LatentSync's alignment, masks, schedule and windows, on networks whose answers are known. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Network } from '../../../src/core/network.ts';
import type { HearingShot } from '../../../src/engines/hearing-engine.ts';
import { AlignedPainter } from '../../../src/engines/latentsync/aligned-face.ts';
import { alignmentOf, anchorsOf } from '../../../src/engines/latentsync/alignment.ts';
import { denoise, denoisingSteps } from '../../../src/engines/latentsync/ddim.ts';
import { keptMask, pasteMask } from '../../../src/engines/latentsync/face-masks.ts';
import { latentSyncEngine } from '../../../src/engines/latentsync/index.ts';
import { normalNoise } from '../../../src/engines/latentsync/noise.ts';
import { SquarePicture } from '../../../src/engines/painting/square-picture.ts';
import { inverse } from '../../../src/kernels/affine/index.ts';
import { testHearingEngine } from '../hearing-conformance.ts';
import { TinyModels } from '../latents/tiny-models.ts';
import { type Film, motionOf, openFilm } from '../lip/filmed-face.ts';
import { LIGHT, tinyLatentSync } from '../onnx/tiny-latents.ts';

type Place = readonly [number, number];
const golden = JSON.parse(readFileSync(new URL('../latents/golden.json', import.meta.url), 'utf8')) as {
  frames: number[];
  latentsync: number[][];
  ddim: Record<string, { table: [number, number, number][]; last: number[] }>;
  alignment: { anchors: Place[]; side: number; matrix: number[][] }[];
};
/** Side of the tests' pictures: those of version 1.5. */
const SIDE = 256;
const settings = { model: 'latentsync-15', seed: 1, steps: 4 };
let film: Film;
let models: TinyModels;

beforeAll(async () => {
  film = await openFilm();
  models = new TinyModels();
});
afterAll(() => models[Symbol.asyncDispose]());

const networksOf = (batch: number | null) =>
  models.openLatents('latentsync-15', batch, SIDE, () => tinyLatentSync(SIDE));

testHearingEngine({
  engine: latentSyncEngine,
  dimension: 5 * 384,
  networks: networksOf,
  settings,
  shots: async () =>
    [{}, { yaw: 0.2 }, { roll: 0.15, x: 0.05 }, { scale: 0.9, pitch: 0.1 }].map((head) =>
      film.shoot(motionOf({}, head)),
    ),
  within: (face) => {
    const { xx, xy, x0, yx, yy, y0 } = inverse(alignmentOf(anchorsOf(face), SIDE));
    const corners = [9, 248].flatMap((x) => [95, 243].map((y): Place => [x, y]));
    const across = corners.map(([x, y]) => xx * x + xy * y + x0);
    const down = corners.map(([x, y]) => yx * x + yy * y + y0);
    const [x, y] = [Math.floor(Math.min(...across)) - 2, Math.floor(Math.min(...down)) - 2];
    return { x, y, width: Math.max(...across) + 2 - x, height: Math.max(...down) + 2 - y };
  },
});

describe('the face that the network sees', () => {
  test.each(golden.alignment)('is turned and scaled by the formulas ($side)', ({ anchors, side, matrix }) => {
    const { xx, xy, x0, yx, yy, y0 } = alignmentOf(anchors, side);
    const found = [xx, xy, x0, yx, yy, y0];
    for (const [index, value] of matrix.flat().entries())
      expect(Math.abs(found[index]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(1e-9);
  });

  test('is upright however the head is held', () => {
    for (const roll of [-0.3, 0, 0.3]) {
      const { face } = film.shoot(motionOf({}, { roll }));
      const map = alignmentOf(anchorsOf(face), SIDE);
      const seen = (landmark: number): Place => {
        const [x, y] = [face.landmarks[landmark * 3]!, face.landmarks[landmark * 3 + 1]!];
        return [map.xx * x + map.xy * y + map.x0, map.yx * x + map.yy * y + map.y0];
      };
      expect(Math.abs(seen(33)[1] - seen(263)[1])).toBeLessThan(6);
      // Lips and chin are where the network paints.
      for (const landmark of [13, 14, 61, 291, 17]) {
        const [x, y] = seen(landmark).map(Math.floor) as [number, number];
        expect(keptMask(SIDE)[y * SIDE + x], String(landmark)).toBe(0);
      }
    }
  });

  test('put back as it was changes hardly anything, and nothing outside', async () => {
    const { frame, face } = film.shoot(motionOf({}, { roll: 0.2 }));
    const map = alignmentOf(anchorsOf(face), SIDE);
    const picture = new SquarePicture(SIDE);
    const painter = await AlignedPainter.load();
    painter.cut(frame, map, picture);
    const before = frame.y.slice();
    painter.lay(frame, map, picture, pasteMask(keptMask(SIDE), SIDE), 1);
    const changes = Array.from(frame.y, (value, at) => Math.abs(value - before[at]!)).filter(Boolean);
    expect(changes.length).toBeGreaterThan(100);
    expect(changes.reduce((sum, value) => sum + value, 0) / changes.length).toBeLessThan(3);
  });
});

describe('the mask', () => {
  test('keeps what is above the cheeks, the nose and the corners below, and paints the rest', () => {
    const mask = keptMask(256);
    const at = (x: number, y: number) => mask[y * 256 + x];
    for (const [x, y] of [
      [128, 94],
      [128, 127],
      [8, 150],
      [248, 150],
      [128, 243],
      [15, 240],
    ] as const)
      expect(at(x, y), `${x},${y}`).toBe(1);
    for (const [x, y] of [
      [9, 95],
      [77, 95],
      [179, 127],
      [247, 140],
      [128, 128],
      [128, 241],
    ] as const)
      expect(at(x, y), `${x},${y}`).toBe(0);
    const painted = mask.filter((value) => value === 0).length / mask.length;
    expect(painted).toBeGreaterThan(0.4);
    expect(painted).toBeLessThan(0.42);
    const large = keptMask(512);
    expect(large.filter((value) => value === 0).length / large.length).toBeCloseTo(painted, 2);
  });

  test('shows nothing of what is kept, and all of what lies deep inside', () => {
    const kept = keptMask(SIDE);
    const shown = pasteMask(kept, SIDE);
    expect(shown.every((share, at) => share >= 0 && share <= 1 && (kept[at] === 0 || share === 0))).toBe(
      true,
    );
    expect(shown[190 * SIDE + 128]).toBeGreaterThan(0.999);
    const steps = shown.map((share, at) => (at % SIDE === 0 ? 0 : Math.abs(share - shown[at - 1]!)));
    expect(Math.max(...steps)).toBeLessThan(0.2);
  });
});

describe('the steps from noise to a picture', () => {
  test.each(Object.entries(golden.ddim))('are those of DDIM (%s)', (count, { table, last }) => {
    const steps = denoisingSteps(Number(count));
    expect(steps).toHaveLength(Number(count));
    const values = Float32Array.from({ length: 6 }, (_, index) => Math.sin(index + 1));
    for (const [index, step] of steps.entries()) {
      const [time, from, to] = table[index]!;
      expect(step.time).toBe(time);
      expect(step.from).toBeCloseTo(from, 12);
      expect(step.to).toBeCloseTo(to, 12);
      denoise(
        values,
        values.map((value) => 0.3 * value + Math.cos(time / 100)),
        step,
      );
    }
    for (const [index, value] of last.entries()) expect(Math.abs(values[index]! - value)).toBeLessThan(1e-4);
  });

  test('begin with noise that the seed decides', () => {
    const noise = normalNoise(50_000, 7);
    expect(normalNoise(50_000, 7)).toEqual(noise);
    expect(normalNoise(50_000, 8)).not.toEqual(noise);
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });
});

test('what is heard of a frame begins 80 ms before it, and the ends of the speech last', () => {
  const { first, rows, beyond } = latentSyncEngine.window;
  expect(beyond).toBe('nearest');
  for (const [index, frame] of golden.frames.entries()) {
    const places = Array.from({ length: rows }, (_, row) =>
      Math.min(99, Math.max(0, first(frame, 25) + row)),
    );
    expect(places).toEqual(golden.latentsync[index]);
  }
});

describe('a movement', () => {
  const sequence = (count: number, heard: (index: number) => number): HearingShot[] => {
    const { frame, face } = film.shoot(motionOf({}));
    return Array.from({ length: count }, (_, index) => ({
      frame: { ...frame, y: frame.y.slice(), u: frame.u.slice(), v: frame.v.slice() },
      face,
      heard: new Float32Array(10 * 1920).fill(heard(index)),
      sequence: 0,
      source: '0:0',
    }));
  };
  /** Luma below the lips. */
  const chin = ({ frame, face: { landmarks } }: HearingShot): number =>
    frame.y[Math.round(landmarks[18 * 3 + 1]!) * frame.width + Math.round(landmarks[18 * 3]!)]!;

  test('is painted 16 frames at once, each by what is heard with it, enlarged by the guidance', async () => {
    const networks = await networksOf(null);
    const unet = networks['unet']!;
    const times: number[] = [];
    const watched: Network = {
      ...unet,
      run: (inputs, signal) => {
        times.push(inputs['timestep']!.data[0]!);
        expect(inputs['latents']!.shape).toEqual([2, 13, 16, SIDE / 8, SIDE / 8]);
        return unet.run(inputs, signal);
      },
    };
    const paint = async (guidance: number) => {
      const shots = sequence(19, (index) => index % 3);
      const renderer = await latentSyncEngine.load({ ...networks, unet: watched }, { ...settings, guidance });
      await renderer.repaint(shots);
      return shots.map(chin);
    };
    const plain = await paint(1);
    expect(times.toSorted((a, b) => b - a)).toEqual([751, 751, 501, 501, 251, 251, 1, 1]);
    const enlarged = await paint(3);
    // Pictures go from -1 to 1, luma has 219 steps.
    const step = (LIGHT * 219) / 2;
    for (const index of [3, 12, 15]) {
      expect(Math.abs(plain[index + 2]! - plain[index]! - 2 * step)).toBeLessThan(2.5);
      expect(Math.abs(enlarged[index + 2]! - enlarged[index]! - 6 * step)).toBeLessThan(2.5);
    }
  });

  test('is the same with the same seed, and not with another', async () => {
    const paint = async (seed: number) => {
      const shots = sequence(2, () => 1);
      await (await latentSyncEngine.load(await networksOf(null), { ...settings, seed })).repaint(shots);
      return shots[1]!.frame.y;
    };
    const first = await paint(1);
    expect(await paint(1)).toEqual(first);
    expect(await paint(2)).not.toEqual(first);
  });
});
