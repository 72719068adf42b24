/** LSE-D and LSE-C on embeddings whose distances are known, and what SyncNet is shown. */
import { describe, expect, test } from 'vitest';
import type { Network, Tensor } from '../../src/core/network.ts';
import { syncDistance } from '../../src/quality/sync-distance.ts';
import { SYNC_SIDE, SyncMeter } from '../../src/quality/sync-meter.ts';

/** Numbers that never come again. */
function courses(count: number, late: number): Float32Array[] {
  return Array.from({ length: count }, (_, index) => {
    const time = index - late;
    return Float32Array.from({ length: 8 }, (_unused, order) =>
      Math.sin(time * (0.7 + 0.31 * order) + order),
    );
  });
}

describe('the distance of lips and sound', () => {
  test('is least where they fit, and says how late the lips are', () => {
    const [sounds, lips] = [courses(100, 0), courses(100, 3)];
    const found = syncDistance(lips, sounds)!;
    expect(found.lag).toBeCloseTo(3 / 25, 9);
    // Only the first three have nothing to fit: they are compared with zeros.
    expect(found.distance).toBeLessThan(0.2);
    expect(found.confidence).toBeGreaterThan(1);
    expect(syncDistance(sounds, lips)!.lag).toBeCloseTo(-3 / 25, 9);
  });

  test('is the mean of euclidean distances, beyond the ends of zeros, and confidence is what the median is above it', () => {
    const lips = [Float32Array.of(3, 4), Float32Array.of(3, 4)];
    const found = syncDistance(lips, [Float32Array.of(0, 0), Float32Array.of(3, 4)])!;
    // In step: (5 + 0) / 2; with the sound one frame later: (0 + 5) / 2; all others 5.
    expect(found.distance).toBeCloseTo(2.5, 4);
    expect(found.confidence).toBeCloseTo(2.5, 4);
    expect(found.lag).toBe(0);
  });

  test('of nothing is not told', () => {
    expect(syncDistance([], [])).toBeNull();
  });
});

/** A network that keeps what it was shown, and answers with one number. */
function spy(batch: number | null, answer: (at: number) => number) {
  const shown: Tensor[] = [];
  let at = 0;
  const network: Network = {
    device: 'cpu',
    batch,
    async run(inputs) {
      const tensor = Object.values(inputs)[0]!;
      shown.push({ shape: tensor.shape, data: tensor.data.slice() });
      const count = tensor.shape[0]!;
      const data = new Float32Array(count * 1024);
      for (let sample = 0; sample < count; sample += 1)
        data.fill(answer(at++), sample * 1024, (sample + 1) * 1024);
      return { embedding: { shape: [count, 1024], data } };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { network, shown };
}

/** A picture of one colour. */
function picture(red: number, green: number, blue: number): Float32Array {
  return Float32Array.from({ length: SYNC_SIDE * SYNC_SIDE * 3 }, (_, at) => [red, green, blue][at % 3]!);
}

describe('SyncNet', () => {
  test('sees five pictures at a time, blue first, and hears the fifth of a second that belongs to them', async () => {
    const [lips, sound] = [spy(null, (at) => at), spy(null, (at) => at)];
    const meter = new SyncMeter({ lips: lips.network, sound: sound.network });
    for (let frame = 0; frame < 12; frame += 1) await meter.show(picture(frame, 100, 200));
    expect(lips.shown.length).toBe(8);
    const { shape, data } = lips.shown[2]!;
    expect(shape).toEqual([1, 3, 5, SYNC_SIDE, SYNC_SIDE]);
    const at = (channel: number, frame: number) => data[(channel * 5 + frame) * SYNC_SIDE * SYNC_SIDE + 77]!;
    expect([at(0, 0), at(1, 0), at(2, 0), at(2, 4)]).toEqual([200, 100, 2, 6]);
    const columns = Float32Array.from({ length: 60 * 13 }, (_, index) => index);
    const found = await meter.finish(columns, 12 * 640);
    // One window less than five pictures out of twelve would make.
    expect(sound.shown[0]!.shape).toEqual([7, 1, 13, 20]);
    expect(sound.shown[0]!.data[0]).toBe(0);
    // Window 1, coefficient 2, column 3: four columns later.
    expect(sound.shown[0]!.data[13 * 20 + 2 * 20 + 3]).toBe((4 + 3) * 13 + 2);
    expect(found).toMatchObject({ lag: 0 });
    expect(found!.distance).toBeLessThan(1e-3);
  });

  test('is given as many as it takes at once', async () => {
    const [lips, sound] = [spy(3, () => 1), spy(2, () => 1)];
    const meter = new SyncMeter({ lips: lips.network, sound: sound.network });
    for (let frame = 0; frame < 9; frame += 1) await meter.show(picture(1, 2, 3));
    await meter.finish(new Float32Array(50 * 13), 9 * 640);
    expect(lips.shown.every(({ shape }) => shape[0] === 3)).toBe(true);
    expect(sound.shown.map(({ shape }) => shape[0])).toEqual([2, 2]);
  });

  test('says nothing of less than a fifth of a second', async () => {
    const meter = new SyncMeter({ lips: spy(null, () => 1).network, sound: spy(null, () => 1).network });
    await meter.show(picture(1, 2, 3));
    expect(await meter.finish(new Float32Array(13), 640)).toBeNull();
  });
});
