/** Ditto: its sampling against golden numbers, what it hears and is told, and the whole engine on tiny networks with its signatures. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../../src/platform/node/use.ts';
import { HubertStates } from '../../../src/audio/front-ends/hubert-states.ts';
import {
  CONTROL_SHAPE,
  type Controls,
  degrees,
  motionSchema,
  neutralMotion,
  seconds,
} from '../../../src/core/index.ts';
import type { Network, NetworkSignature, Tensor } from '../../../src/core/network.ts';
import { Conditions, emotionRow } from '../../../src/engines/ditto/conditions.ts';
import { DirectedHead } from '../../../src/engines/ditto/directed-head.ts';
import { dittoEngine, dittoMover } from '../../../src/engines/ditto/index.ts';
import { motionSampler } from '../../../src/engines/ditto/motion-sampler.ts';
import { MOTION_NUMBERS, motionVectorOf, PARTS } from '../../../src/engines/ditto/motion-vector.ts';
import { MotionWindows } from '../../../src/engines/ditto/motion-windows.ts';
import { diffusionSteps } from '../../../src/engines/ditto/schedule.ts';
import { LocalHost } from '../../../src/engines/onnx/local-host.ts';
import { type HeadSight, seeHead } from '../../../src/engines/portrait/head-networks.ts';
import type { HeadState } from '../../../src/engines/portrait/keypoints.ts';
import type { DirectedMotion } from '../../../src/engines/portrait-engine.ts';
import { readManifest } from '../../../src/models/catalogue.ts';
import { type DrawnFace, drawFace } from '../mesh/drawn-face.ts';
import { webRuntime } from '../onnx/test-runtime.ts';
import { tinyDitto } from '../onnx/tiny-portrait.ts';
import { testPortraitEngine } from '../portrait-conformance.ts';

interface Golden {
  readonly schedules: Readonly<Record<string, readonly (readonly [number, number, number, number])[]>>;
  readonly motions: readonly {
    readonly frames: number;
    readonly overlap: number;
    readonly online: boolean;
    readonly place: number;
    readonly motion: readonly number[];
    readonly starts: readonly (number | null)[];
  }[];
}
const golden = JSON.parse(readFileSync(new URL('./fixtures/golden.json', import.meta.url), 'utf8')) as Golden;

let face: DrawnFace;
let folder = '';
let host: LocalHost;
let networks: Record<string, Network> = {};
let sight: HeadSight;

beforeAll(async () => {
  face = await drawFace();
  folder = mkdtempSync(join(tmpdir(), 'loquent-ditto-test-'));
  host = new LocalHost({ runtime: webRuntime, device: { kind: 'cpu', index: 0 }, threads: 1, graphs: null });
  const { networks: signatures } = await readManifest('ditto');
  for (const [role, bytes] of Object.entries(tinyDitto())) {
    const path = join(folder, `${role}.onnx`);
    writeFileSync(path, bytes);
    const signature = signatures[role] as NetworkSignature;
    networks[role] = await host.open({ name: `ditto/${role}`, path, signature, identity: null });
  }
  sight = await seeHead(networks['motion']!, sitter());
});
afterAll(async () => {
  networks = {};
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const sitter = () => ({ avatar: face.avatar, photo: face.picture });
const settings = { seed: 3, steps: 2 };
const natural = motionSchema.parse({});
const asked = (change: Partial<Controls> = {}): Controls =>
  ({
    ...Object.fromEntries(Object.keys(CONTROL_SHAPE).map((name) => [name, natural[name as keyof Controls]])),
    ...change,
  }) as Controls;
function motionAt(index: number, loud: number, change: Partial<DirectedMotion> = {}): DirectedMotion {
  const heard = new Float32Array(1024).fill(loud);
  return { ...neutralMotion(seconds(index / 25)), heard, asked: asked(), ...change };
}

testPortraitEngine({
  engine: dittoEngine,
  networks: async () => networks,
  sitter,
  movements: () => [0, 0.1, 0.4, 0.8].map((loud, index) => motionAt(index, loud)),
  drawing: 'decoder',
});

describe('the sampling of Ditto', () => {
  test.each([10, 50])('has the schedule of the formulas for %d steps', (count) => {
    const steps = diffusionSteps(count);
    const wanted = golden.schedules[count]!;
    expect(steps).toHaveLength(wanted.length);
    for (const [index, { time, motion, noise, fresh }] of steps.entries()) {
      const [t, m, n, f] = wanted[index]!;
      expect(time).toBe(t);
      expect(motion).toBeCloseTo(m, 12);
      expect(noise).toBeCloseTo(n, 9);
      expect(fresh).toBeCloseTo(f, 12);
    }
  });

  test.each(golden.motions)(
    'joins windows of $frames frames, $overlap of them shared, as its code does (online: $online, number $place)',
    async ({ frames, overlap, online, place, motion, starts }) => {
      const told: number[] = [];
      const draw = async (start: Float32Array) => {
        told.push(start[place]!);
        const drawn = new Float32Array(80 * MOTION_NUMBERS);
        for (let frame = 0; frame < 80; frame += 1)
          drawn[frame * MOTION_NUMBERS + place] =
            Math.sin(1.3 * (told.length - 1) + 0.37 * frame + 0.11 * place) * (1 + place / 100);
        return drawn;
      };
      const silence = online ? Array.from({ length: overlap }, () => new Float32Array(4)) : undefined;
      const windows = new MotionWindows(new Float32Array(MOTION_NUMBERS).fill(7), { overlap, silence }, draw);
      const given: number[] = [];
      for (let frame = 0; frame < frames; frame += 1)
        for (const vector of await windows.push(new Float32Array(4))) given.push(vector[place]!);
      for (const vector of await windows.flush()) given.push(vector[place]!);
      expect(given).toHaveLength(frames);
      for (const [index, value] of given.entries()) expect(value).toBeCloseTo(motion[index]!, 5);
      expect(told).toHaveLength(starts.length);
      for (const [index, start] of starts.entries()) expect(told[index]).toBeCloseTo(start ?? 7, 5);
    },
  );

  test('hands out frames as soon as no later window changes them, and keeps no more than it needs', async () => {
    const windows = new MotionWindows(
      new Float32Array(MOTION_NUMBERS),
      { overlap: 10 },
      async () => new Float32Array(80 * MOTION_NUMBERS),
    );
    const counts: number[] = [];
    for (let frame = 0; frame < 220; frame += 1) {
      const { length } = await windows.push(new Float32Array(1));
      if (length > 0) counts.push(frame, length);
    }
    expect(counts).toEqual([79, 70, 149, 70, 219, 70]);
  });

  test('online is that of a file with silence before it, where its windows are the same', async () => {
    // Every window answers by what it hears, and by where it goes on from.
    const draw = async (start: Float32Array, conditions: readonly Float32Array[]) =>
      Float32Array.from({ length: 80 * MOTION_NUMBERS }, (_, at) => {
        const number = at % MOTION_NUMBERS;
        // The expression begins with that of the photo, online: here it tells nothing.
        return (
          conditions[Math.floor(at / MOTION_NUMBERS)]![0]! + (number < PARTS.exp ? start[number]! / 2 : 0)
        );
      });
    const source = new Float32Array(MOTION_NUMBERS).fill(3);
    const silence = Array.from({ length: 10 }, () => new Float32Array(1));
    const heard = Array.from({ length: 200 }, (_, index) => Float32Array.of(Math.sin(index / 7)));
    const all = async (windows: MotionWindows, rows: readonly Float32Array[]) => {
      const given = [];
      for (const row of rows) given.push(...(await windows.push(row)));
      return [...given, ...(await windows.flush())];
    };
    const online = await all(new MotionWindows(source, { overlap: 10, silence }, draw), heard);
    const file = await all(new MotionWindows(source, { overlap: 10 }, draw), [...silence, ...heard]);
    expect(online).toEqual(file.slice(10));
  });

  test('online begins after 20 frames, goes on by 10, and counts motion from what it made in silence', async () => {
    let windows = 0;
    const draw = async () => {
      windows += 1;
      return new Float32Array(80 * MOTION_NUMBERS).fill(windows);
    };
    const silence = Array.from({ length: 70 }, () => new Float32Array(1));
    const motion = new MotionWindows(new Float32Array(MOTION_NUMBERS), { overlap: 70, silence }, draw);
    const counts: number[] = [];
    for (let frame = 0; frame < 45; frame += 1) {
      const { length } = await motion.push(new Float32Array(1));
      if (length > 0) counts.push(frame + 1, length);
    }
    expect(counts).toEqual([20, 10, 30, 10, 40, 10]);
    expect(await motion.flush()).toHaveLength(15);
    expect(motion.beginning![0]).toBe(1);
  });

  test('is the same for the same seed, another for another, and nothing but the motion in the end', async () => {
    const seen: Readonly<Record<string, Tensor>>[] = [];
    const still: Network = {
      ...networks['lmdm']!,
      async run(inputs) {
        seen.push(inputs);
        const motion = { shape: [1, 80, 265], data: new Float32Array(80 * 265).fill(5) };
        return { motion, noise: inputs['noisy']! };
      },
    };
    const conditions = Array.from({ length: 80 }, () => new Float32Array(1103));
    const start = new Float32Array(265);
    const result = await motionSampler(still, 3, 1)(start, conditions);
    expect(result.every((value) => value === 5)).toBe(true);
    expect(seen.map(({ time }) => time!.data[0])).toEqual([999, 665, 332]);
    await motionSampler(still, 3, 1)(start, conditions);
    expect(seen[4]!['noisy']!.data).toEqual(seen[1]!['noisy']!.data);
    await motionSampler(still, 3, 2)(start, conditions);
    expect(seen[7]!['noisy']!.data).not.toEqual(seen[1]!['noisy']!.data);
    const noise = seen[0]!['noisy']!.data;
    const mean = noise.reduce((a, b) => a + b) / noise.length;
    const variance = noise.reduce((a, b) => a + b * b) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe('what Ditto hears', () => {
  test('are means of pairs of states in the middle of pieces, one row for every started 40 ms, however the sound is cut', async () => {
    const pieces: Float32Array[] = [];
    const network: Network = {
      device: 'cpu',
      batch: null,
      async run({ speech }) {
        pieces.push(speech!.data);
        const states = new Float32Array(20 * 1024);
        // Each state is the sample that it begins with.
        for (let row = 0; row < 20; row += 1)
          states.fill(speech!.data[row * 320]!, row * 1024, (row + 1) * 1024);
        return { states: { shape: [20, 1024], data: states } };
      },
      async [Symbol.asyncDispose]() {},
    };
    const sound = Float32Array.from({ length: 10_000 }, (_, index) => index + 1);
    const rows = async (cut: number) => {
      const hubert = new HubertStates(network);
      const found = [];
      for (let at = 0; at < sound.length; at += cut)
        found.push(
          ...(await hubert.push({ samples: sound.subarray(at, at + cut), time: seconds(at / 16_000) })),
        );
      return [...found, ...(await hubert.flush())];
    };
    const found = await rows(640);
    expect(found).toHaveLength(Math.ceil(10_000 / 640));
    expect(pieces[0]).toHaveLength(6480);
    expect(pieces[0]![1999]).toBe(0);
    expect(pieces[0]![2000]).toBe(1);
    expect(found.map(({ time }) => Number(time.toFixed(3))).slice(0, 2)).toEqual([0.02, 0.06]);
    for (const [index, { values }] of found.entries()) {
      expect(values).toHaveLength(1024);
      const at = (sample: number) => (sample >= 0 && sample < sound.length ? sample + 1 : 0);
      expect(values[0]).toBe((at(640 * index - 80) + at(640 * index + 240)) / 2);
    }
    const other = await rows(1777);
    expect(other.map(({ values }) => values[0])).toEqual(found.map(({ values }) => values[0]));
  });
});

describe('what Ditto is told', () => {
  test('is what is heard, the emotion, the eyes and the points of the photo, in this order', () => {
    const row = new Conditions(face.avatar, sight).of(new Float32Array(1024).fill(2), {});
    expect(row).toHaveLength(1103);
    expect([row[0], row[1023]]).toEqual([2, 2]);
    const eyes = row.subarray(1032, 1040);
    // Three heights of a width of each eye.
    expect(eyes[0]).toBeGreaterThan(0.5);
    expect(eyes[1]).toBeCloseTo(eyes[0]!, 1);
    // The eyes are mirrored, and so is what they do across.
    expect(eyes[2]).toBeCloseTo(-eyes[3]!, 2);
    expect(row.subarray(1040)).toEqual(sight.state.kp);
  });

  test('of an emotion is what the original says of its label, and neutral without one', () => {
    const label = (index: number) => {
      const weights = Array.from({ length: 8 }, (_, at) => Math.exp(at === index ? 8 : 0));
      const sum = weights.reduce((a, b) => a + b);
      return weights.map((weight) => weight / sum);
    };
    for (const [emotion, index] of [
      ['angry', 0],
      ['happy', 3],
      ['surprised', 6],
      ['contempt', 7],
    ] as const)
      for (const [at, value] of emotionRow({ [emotion]: 1 }).entries())
        expect(value).toBeCloseTo(label(index)[at]!, 9);
    for (const [at, value] of emotionRow({}).entries()) expect(value).toBeCloseTo(label(4)[at]!, 9);
    const [some, more] = [emotionRow({ happy: 0.4 })[3]!, emotionRow({ happy: 0.7 })[3]!];
    expect(more).toBeGreaterThan(some);
  });
});

describe('a head that Ditto moves', () => {
  const stateAfter = (
    generated: (vector: Float32Array) => void,
    change: Partial<DirectedMotion> = {},
    frames = 60,
  ): HeadState => {
    const head = new DirectedHead(sight, face.avatar.face.height);
    const first = motionVectorOf(sight);
    head.next(first, first, motionAt(0, 0, change));
    const vector = first.slice();
    generated(vector);
    let state = head.next(vector, first, motionAt(1, 0, change));
    for (let index = 2; index < frames; index += 1)
      state = head.next(vector, first, motionAt(index, 0, change));
    return state;
  };
  const { t, exp } = PARTS;

  test('is that of the photo in the first frame, and moves by what differs from it', () => {
    const rest = stateAfter(() => {});
    expect(rest.yaw).toBeCloseTo(sight.state.yaw, 5);
    expect([...rest.exp]).toEqual([...sight.state.exp]);
    const moved = stateAfter((vector) => {
      vector[t] += 0.1;
      vector[exp + 19 * 3 + 1] += 0.02;
      vector[exp + 13 * 3 + 1] += 0.01;
      vector[exp + 1] += 0.3;
      vector[0] += 0.5;
    });
    expect(moved.t[0]).toBeCloseTo(sight.state.t[0]! + 0.1, 5);
    expect(moved.exp[19 * 3 + 1]).toBeCloseTo(0.02, 6);
    expect(moved.exp[13 * 3 + 1]).toBeCloseTo(0.01, 6);
    // Points that are neither lips nor eyes stay, and so does the size.
    expect(moved.exp[1]).toBe(sight.state.exp[1]);
    expect(moved.scale).toBe(sight.state.scale);
  });

  test('keeps its eyes on the viewer while it turns, or where they are to look', () => {
    const turn = (vector: Float32Array) => {
      for (let bin = 0; bin < 66; bin += 1) vector[PARTS.yaw + bin] = -0.5 * (bin - 40) ** 2;
    };
    const turned = stateAfter(turn);
    const degreesLeft = turned.yaw - sight.state.yaw;
    expect(degreesLeft).toBeGreaterThan(10);
    // A head to the left: eyes to the right.
    expect(turned.exp[11 * 3]).toBeCloseTo(0.26 * degreesLeft * 0.0007, 6);
    const looking = stateAfter(() => {}, { asked: asked({ gaze: { theta: -10, phi: 0 } }) });
    expect(looking.exp[11 * 3]).toBeCloseTo(-2.6 * 0.001, 5);
  });

  test('takes a pose that is asked for, without a leap, and the distance', () => {
    const rest = neutralMotion(seconds(0));
    const posed = {
      head: { ...rest.head, yaw: degrees(12), scale: 1.1 },
      asked: asked({ pose: { yaw: 12 } }),
    };
    const state = stateAfter(() => {}, posed);
    expect(state.yaw).toBeCloseTo(sight.state.yaw - 12, 1);
    expect(state.scale).toBeCloseTo(1.1 * sight.state.scale, 5);
    const soon = stateAfter(() => {}, posed, 3);
    expect(soon.yaw).toBeGreaterThan(sight.state.yaw - 6);
  });

  test('moves less where less is asked for', () => {
    const change = (vector: Float32Array) => {
      vector[t + 1] += 0.1;
      vector[exp + 19 * 3 + 1] += 0.02;
    };
    const half = stateAfter(change, { asked: asked({ head: 0.5, mouth: 0.5 }) });
    expect(half.t[1]).toBeCloseTo(sight.state.t[1]! + 0.05, 5);
    expect(half.exp[19 * 3 + 1]).toBeCloseTo(0.01, 6);
  });
});

describe('Ditto online', () => {
  test('moves one head for every movement, as soon as it can', async () => {
    const silence = Array.from({ length: dittoMover.online!.silence }, () => new Float32Array(1024));
    const move = await dittoMover.load(networks, sitter(), { ...settings, silence });
    let heard = 0;
    async function* movements() {
      for (; heard < 32; heard += 1) yield [motionAt(heard, heard / 32)];
    }
    const counts: number[] = [];
    for await (const { length } of move(movements())) counts.push(heard, length);
    expect(counts).toEqual([19, 10, 29, 10, 32, 12]);
  });
});

describe("Ditto's motion for the mesh", () => {
  test('gives movements its head, and leaves them lips, lids and what they look at', async () => {
    const move = await dittoMover.load(networks, sitter(), settings);
    const rest = neutralMotion(seconds(0));
    const given = [0, 0.2, 0.9, 0.9].map((loud, index) => {
      const motion = motionAt(index, loud, { head: { ...rest.head, yaw: degrees(3), x: 0.1 } });
      motion.weights[10] = 0.3;
      return motion;
    });
    const moved = [];
    for await (const group of move(
      (async function* () {
        yield given;
      })(),
    ))
      moved.push(...group);
    expect(moved).toHaveLength(4);
    for (const [index, { head, gaze, weights }] of moved.entries()) {
      expect(weights).toEqual(given[index]!.weights);
      // Eyes in the room: those of our own head and gaze.
      expect(head.yaw + gaze.yaw).toBeCloseTo(degrees(3), 6);
      expect(head.scale).toBe(1);
    }
    expect(moved[0]!.head.yaw).toBeCloseTo(0, 6);
    expect(Math.abs(moved[3]!.head.yaw)).toBeGreaterThan(0.01);
  });
});
