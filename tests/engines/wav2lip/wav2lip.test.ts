/** Wav2Lip's crop, mask and paste on faces whose place is known, and on a network that is seen at work. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../../src/platform/node/use.ts';
import type { Network, NetworkSignature } from '../../../src/core/network.ts';
import { LocalHost } from '../../../src/engines/onnx/local-host.ts';
import { BoxPainter } from '../../../src/engines/painting/box-painter.ts';
import { LowerFaceMask } from '../../../src/engines/painting/lower-face-mask.ts';
import { faceBox } from '../../../src/engines/wav2lip/face-box.ts';
import { AREA, addMasked, SIDE } from '../../../src/engines/wav2lip/face-tensor.ts';
import { wav2lipEngine } from '../../../src/engines/wav2lip/index.ts';
import { referencePatch } from '../../../src/kernels/patch/index.ts';
import { readManifest } from '../../../src/models/catalogue.ts';
import { testHearingEngine } from '../hearing-conformance.ts';
import { type Film, motionOf, openFilm } from '../lip/filmed-face.ts';
import { webRuntime } from '../onnx/test-runtime.ts';
import { tinyWav2Lip } from '../onnx/tiny-networks.ts';

let film: Film;
let folder = '';
let host: LocalHost;
const opened = new Map<number | null, Network>();
const painter = new BoxPainter(referencePatch, SIDE, 'bgr');

beforeAll(async () => {
  film = await openFilm();
  folder = mkdtempSync(join(tmpdir(), 'loquent-wav2lip-test-'));
  host = new LocalHost({ runtime: webRuntime, device: { kind: 'cpu', index: 0 }, threads: 1, graphs: null });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function networkOf(batch: number | null): Promise<Network> {
  const known = opened.get(batch);
  if (known) return known;
  const path = join(folder, `${batch}.onnx`);
  writeFileSync(path, tinyWav2Lip(batch === null ? {} : { batch }));
  const { networks } = await readManifest('wav2lip');
  const signature = networks['generator'] as NetworkSignature;
  const network = await host.open({ name: 'wav2lip/generator', path, signature, identity: null });
  opened.set(batch, network);
  return network;
}

testHearingEngine({
  engine: wav2lipEngine,
  dimension: 80,
  networks: async (batch) => ({ generator: await networkOf(batch) }),
  shots: async () =>
    [{}, { yaw: 0.2 }, { roll: 0.15, x: 0.05 }, { scale: 0.9, pitch: 0.1 }].map((head) =>
      film.shoot(motionOf({}, head)),
    ),
  within: (face) => {
    const box = faceBox(face);
    return { ...box, y: box.y + Math.floor(box.height * 0.45), height: Math.ceil(box.height * 0.56) };
  },
});

describe('the face that the network sees', () => {
  test('is that of the frame, with the lower half missing in the first three channels', () => {
    const { frame, face } = film.shoot(motionOf({}));
    const tensor = new Float32Array(6 * AREA);
    painter.cut(frame, faceBox(face), tensor.subarray(3 * AREA));
    addMasked(tensor);
    for (let channel = 0; channel < 3; channel += 1) {
      const masked = tensor.subarray(channel * AREA, (channel + 1) * AREA);
      const whole = tensor.subarray((channel + 3) * AREA, (channel + 4) * AREA);
      expect(masked.subarray(0, AREA / 2)).toEqual(whole.subarray(0, AREA / 2));
      expect(masked.subarray(AREA / 2).every((value) => value === 0)).toBe(true);
    }
    // Lips are redder than blue; the order is blue, green, red.
    const lips = (channel: number) => tensor[channel * AREA + 73 * SIDE + 48]!;
    expect(lips(5)).toBeGreaterThan(lips(3) + 0.1);
    expect(tensor.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  test('goes from the forehead to below the chin and from ear to ear', () => {
    const { face } = film.shoot(motionOf({}));
    const box = faceBox(face);
    const { landmarks } = face;
    expect(Math.abs(box.y - landmarks[151 * 3 + 1]!)).toBeLessThanOrEqual(0.5);
    expect(box.y + box.height).toBeGreaterThan(landmarks[152 * 3 + 1]!);
    expect(box.width / box.height).toBeGreaterThan(0.7);
    expect(box.width / box.height).toBeLessThan(1.2);
  });
});

describe('the mask', () => {
  test('covers lips and chin, leaves eyes and nose, and has soft edges', () => {
    const { face } = film.shoot(motionOf({}));
    const box = faceBox(face);
    const mask = new LowerFaceMask(SIDE);
    mask.update(face, box);
    const at = (landmark: number) => {
      const column = Math.floor(((face.landmarks[landmark * 3]! - box.x) / box.width) * SIDE);
      const row = Math.floor(((face.landmarks[landmark * 3 + 1]! - box.y) / box.height) * SIDE);
      return mask.values[row * SIDE + column]!;
    };
    for (const lip of [13, 14, 61, 291, 0, 17]) expect(at(lip), String(lip)).toBeGreaterThan(0.95);
    for (const upper of [33, 263, 1, 6]) expect(at(upper), String(upper)).toBeLessThan(0.1);
    const steps = mask.values.map((value, index) =>
      index % SIDE === 0 ? 0 : Math.abs(value - mask.values[index - 1]!),
    );
    expect(Math.max(...steps)).toBeLessThan(0.35);
  });
});

describe('putting back', () => {
  test('what was cut out changes hardly anything', () => {
    const { frame, face } = film.shoot(motionOf({}));
    const box = faceBox(face);
    const picture = new Float32Array(3 * AREA);
    painter.cut(frame, box, picture);
    const mask = new LowerFaceMask(SIDE);
    mask.update(face, box);
    const before = frame.y.slice();
    painter.lay(frame, box, picture, mask.values);
    const differences = Array.from(frame.y, (value, at) => Math.abs(value - before[at]!));
    const changed = differences.filter((value) => value > 0);
    expect(changed.reduce((sum, value) => sum + value, 0) / changed.length).toBeLessThan(4);
  });

  test('a picture of one colour gives this colour', () => {
    const { frame, face } = film.shoot(motionOf({}));
    const box = faceBox(face);
    const [blue, green, red] = [0.2, 0.5, 0.8];
    const mouth = new Float32Array(3 * AREA);
    for (const [channel, value] of [blue, green, red].entries())
      mouth.fill(value, channel * AREA, (channel + 1) * AREA);
    const mask = new LowerFaceMask(SIDE);
    mask.update(face, box);
    painter.lay(frame, box, mouth, mask.values);
    const [x, y] = [Math.round(face.landmarks[17 * 3]!), Math.round(face.landmarks[17 * 3 + 1]!)];
    const luma = 16 + 219 * (0.2126 * red + 0.7152 * green + 0.0722 * blue);
    expect(Math.abs(frame.y[y * frame.width + x]! - luma)).toBeLessThan(1);
  });
});
