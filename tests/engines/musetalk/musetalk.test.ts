/** MuseTalk's crop, sequence and caches, on networks whose answers are known. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Network } from '../../../src/core/network.ts';
import type { HearingShot } from '../../../src/engines/hearing-engine.ts';
import { faceBox } from '../../../src/engines/musetalk/face-box.ts';
import { museTalkEngine } from '../../../src/engines/musetalk/index.ts';
import { positions } from '../../../src/engines/musetalk/positions.ts';
import { testHearingEngine } from '../hearing-conformance.ts';
import { TinyModels } from '../latents/tiny-models.ts';
import { type Film, motionOf, openFilm } from '../lip/filmed-face.ts';
import { LIGHT, tinyMuseTalk } from '../onnx/tiny-latents.ts';

const golden = JSON.parse(readFileSync(new URL('../latents/golden.json', import.meta.url), 'utf8')) as {
  positions: [number, number, number][];
  frames: number[];
  musetalk: number[][];
};
let film: Film;
let models: TinyModels;

beforeAll(async () => {
  film = await openFilm();
  models = new TinyModels();
});
afterAll(() => models[Symbol.asyncDispose]());

const networksOf = (batch: number | null) => models.openLatents('musetalk', batch, 256, tinyMuseTalk);

testHearingEngine({
  engine: museTalkEngine,
  dimension: 5 * 384,
  networks: networksOf,
  shots: async () =>
    [{}, { yaw: 0.2 }, { roll: 0.15, x: 0.05 }, { scale: 0.9, pitch: 0.1 }].map((head) =>
      film.shoot(motionOf({}, head)),
    ),
  within: (face) => {
    const box = faceBox(face);
    return { ...box, y: box.y + Math.floor(box.height * 0.49), height: Math.ceil(box.height * 0.52) };
  },
});

const settings = { model: 'musetalk', seed: 1 };
const shotOf = (heard: number, source: string | null = null): HearingShot => ({
  ...film.shoot(motionOf({})),
  heard: new Float32Array(10 * 1920).fill(heard),
  sequence: 0,
  source,
});

describe("MuseTalk's input", () => {
  test('has the places of its sequence added to what is heard', () => {
    const table = positions();
    expect(table).toHaveLength(50 * 384);
    for (const [place, index, value] of golden.positions)
      expect(Math.abs(table[place * 384 + index]! - value), `${place}:${index}`).toBeLessThan(1e-6);
  });

  test('is what is heard around a frame, from 80 ms before it on', () => {
    for (const [index, frame] of golden.frames.entries()) {
      const first = museTalkEngine.window.first(frame, 25);
      const rows = Array.from({ length: museTalkEngine.window.rows }, (_, row) => first + row);
      expect(rows.map((row) => (row < 0 || row > 99 ? -1 : row))).toEqual(golden.musetalk[index]);
    }
    expect(museTalkEngine.window.beyond).toBe('zeros');
  });

  test('is a face from ear to ear whose nose has its bridge in the middle', () => {
    const { face } = film.shoot(motionOf({}));
    const box = faceBox(face);
    const [bridge, chin] = [face.landmarks[5 * 3 + 1]!, face.landmarks[152 * 3 + 1]!];
    expect(Math.abs(box.y - (2 * bridge - chin))).toBeLessThan(2);
    const below = (box.y + box.height - chin) / (chin - box.y);
    expect(below).toBeGreaterThan(0.02);
    expect(below).toBeLessThan(0.06);
    expect(box.x).toBeLessThan(face.landmarks[132 * 3]!);
    expect(box.x + box.width).toBeGreaterThan(face.landmarks[361 * 3]!);
  });
});

describe("MuseTalk's picture", () => {
  test('is as bright as what is heard makes it, at the time 0', async () => {
    const renderer = await museTalkEngine.load(await networksOf(null), settings);
    const [quiet, loud] = [shotOf(0), shotOf(2)];
    await renderer.repaint([quiet, loud]);
    const { landmarks } = quiet.face;
    const at = Math.round(landmarks[17 * 3 + 1]!) * quiet.frame.width + Math.round(landmarks[17 * 3]!);
    // Pictures go from -1 to 1, luma has 219 steps.
    const step = (LIGHT * 2 * 219) / 2;
    expect(loud.frame.y[at]! - quiet.frame.y[at]!).toBeGreaterThan(step - 2.5);
    expect(loud.frame.y[at]! - quiet.frame.y[at]!).toBeLessThan(step + 2.5);
  });

  test('of a frame that comes again is encoded once, and is the same', async () => {
    const networks = await networksOf(null);
    let encoded = 0;
    const encoder = networks['vae-encoder']!;
    const counting: Network = {
      ...encoder,
      run: (inputs, signal) => {
        encoded += inputs['picture']!.shape[0]!;
        return encoder.run(inputs, signal);
      },
    };
    const renderer = await museTalkEngine.load({ ...networks, 'vae-encoder': counting }, settings);
    const [first, again, other] = [shotOf(1, '0:7'), shotOf(1, '0:7'), shotOf(1, '1:7')];
    await renderer.repaint([first]);
    expect(encoded).toBe(2);
    await renderer.repaint([again]);
    expect(encoded).toBe(2);
    expect(again.frame.y).toEqual(first.frame.y);
    await renderer.repaint([other, shotOf(1)]);
    expect(encoded).toBe(6);
  });
});
