import { describe, expect, test } from 'vitest';
import {
  type ClipToCut,
  Cutter,
  chooseBeginning,
  DISSOLVE,
  LARGEST_DIFFERENCE,
  Material,
  type Shot,
} from '../../src/editing/index.ts';
import { madeUpClip, randomFrom } from './made-up-clips.ts';

/** Output frames before the end at which it is told. */
const TOLD = 3;

interface Job {
  readonly clip: ClipToCut;
  readonly fps: number;
  readonly speech: number;
  readonly seed?: number;
  /** Whether the length is known from the beginning. */
  readonly known?: boolean;
}

function cut({ clip, fps, speech, seed = 1, known = true }: Job) {
  const material = new Material(clip);
  const total = Math.max(1, Math.round(speech * fps));
  const { start } = chooseBeginning(material, known ? speech : null);
  const cutter = new Cutter(material, { fps, seed, start, expected: known ? total : null });
  const shots: Shot[] = [];
  while (cutter.count < total) {
    if (cutter.count === Math.max(0, total - Math.round(TOLD * fps))) cutter.end(total);
    shots.push(cutter.next());
  }
  return { material, cutter, shots, total };
}

/** Jobs of every kind: lengths, rates, calm and lively people. */
const JOBS: Job[] = Array.from({ length: 24 }, (_, index) => {
  const random = randomFrom(index + 101);
  const fps = [24, 25, 30, 60][Math.floor(random() * 4)]!;
  const seconds = 0.5 + 40 * random() ** 2;
  return {
    clip: madeUpClip({ seed: index, seconds, fps, lively: 0.1 + 1.4 * random() }),
    fps: [fps, fps, 25, 30][Math.floor(random() * 4)]!,
    speech: 0.1 + 60 * random() ** 2,
    seed: index,
    known: random() < 0.7,
  };
});

describe.each(JOBS.map((job, index) => [index, job] as const))('job %i', (_, job) => {
  const { material, cutter, shots, total } = cut(job);
  const step = job.clip.fps / job.fps;

  test('has exactly as many frames as the speech, all of them frames of the clip', () => {
    expect(shots).toHaveLength(total);
    for (const { frame, blend } of shots) {
      for (const index of blend ? [frame, blend.frame] : [frame]) {
        expect(index === Math.round(index) && index >= 0 && index <= material.last).toBe(true);
      }
      if (blend) expect(blend.weight > 0 && blend.weight < 1).toBe(true);
    }
  });

  test('never jumps: each picture plays on, and what is dissolved is alike', () => {
    for (const [index, shot] of shots.entries()) {
      const before = shots[index - 1];
      if (!before) continue;
      // While a dissolve ends, what was blended in goes on alone.
      const from = before.blend && !shot.blend ? before.blend.frame : before.frame;
      expect(Math.abs(shot.frame - from)).toBeLessThanOrEqual(Math.ceil(step) + 1e-9);
      if (shot.blend && before.blend) {
        expect(Math.abs(shot.blend.frame - before.blend.frame)).toBeLessThanOrEqual(Math.ceil(step));
      }
      // Between the frames that were compared the two may drift apart a little.
      if (shot.blend)
        expect(material.difference(shot.frame, shot.blend.frame)).toBeLessThan(1.5 * LARGEST_DIFFERENCE);
    }
  });

  test('dissolves take from 4 to 12 frames and weigh more and more', () => {
    let length = 0;
    let weight = 0;
    for (const { blend } of [...shots, { frame: 0, blend: null }]) {
      if (blend) {
        expect(blend.weight).toBeGreaterThan(weight);
        [length, weight] = [length + 1, blend.weight];
      } else {
        if (length > 0) expect(length).toBeGreaterThanOrEqual(DISSOLVE.shortest);
        expect(length).toBeLessThanOrEqual(DISSOLVE.longest);
        [length, weight] = [0, 0];
      }
    }
  });

  test('reads the clip in runs: at most one new place per transition', () => {
    let places = 0;
    for (const [index, { frame }] of shots.entries()) {
      const before = shots[index - 1];
      if (before && Math.abs(frame - (before.blend?.frame ?? before.frame)) > Math.ceil(step)) places += 1;
    }
    const dissolved = cutter.made.filter(({ kind }) => kind === 'dissolve').length;
    expect(places).toBeLessThanOrEqual(dissolved * DISSOLVE.longest);
    expect(cutter.made.length).toBeLessThanOrEqual(
      2 + total / Math.min(job.fps, (material.last / step) * 0.4),
    );
  });

  test('comes out the same again', () => {
    expect(cut(job).shots).toEqual(shots);
  });
});

describe('the end', () => {
  test.each([
    [true, 0.7],
    [false, 1],
  ])('is calmer than usual (length known: %s)', (known, most) => {
    const ends: number[] = [];
    for (let seed = 0; seed < 30; seed += 1) {
      const clip = madeUpClip({ seed, seconds: 20, fps: 25, lively: 1 });
      const { material, shots } = cut({ clip, fps: 25, speech: 8 + seed * 2, seed, known });
      const last = shots.at(-1)!.frame;
      const speed = Math.abs(last - shots.at(-11)!.frame) / 10;
      const moving = material.endCost[last]! - material.restCost[last]!;
      const ordinary = material.endCost.toSorted()[Math.floor(material.endCost.length / 2)]!;
      ends.push((material.restCost[last]! + speed * moving) / ordinary);
    }
    ends.sort((a, b) => a - b);
    expect(ends[ends.length >> 1]).toBeLessThan(most);
    expect(ends[Math.floor(ends.length * 0.9)]).toBeLessThan(1.7 * most);
  });

  test('has no transition in its last half second', () => {
    for (const { cutter, total } of JOBS.filter(
      ({ speech, clip }) => speech > 5 && clip.frameCount > 200,
    ).map(cut)) {
      const last = cutter.made.at(-1);
      if (last) expect(last.at + last.length).toBeLessThanOrEqual(total - 10);
    }
  });

  test('that comes without notice is taken as it comes', () => {
    const clip = madeUpClip({ seed: 4, seconds: 10, fps: 25 });
    const cutter = new Cutter(new Material(clip), { fps: 25, seed: 1, start: 0 });
    for (let frame = 0; frame < 90; frame += 1) cutter.next();
    cutter.end(91);
    expect(cutter.next().frame).toBe(90);
  });

  test('that was expected and does not come lets the footage go on', () => {
    const clip = madeUpClip({ seed: 4, seconds: 20, fps: 25 });
    const cutter = new Cutter(new Material(clip), { fps: 25, seed: 1, start: 0, expected: 100 });
    const shots = Array.from({ length: 400 }, () => cutter.next());
    const moved = new Set(shots.slice(110).map(({ frame }) => frame));
    expect(moved.size).toBeGreaterThan(200);
  });
});

describe('variety', () => {
  test('the same transition is not used again and again', () => {
    const clip = madeUpClip({ seed: 9, seconds: 12, fps: 25, lively: 0.4 });
    const { cutter } = cut({ clip, fps: 25, speech: 120 });
    const places = new Set(cutter.made.map(({ kind, from, to }) => `${kind} ${from} ${to}`));
    expect(cutter.made.length).toBeGreaterThan(6);
    expect(places.size).toBeGreaterThan(cutter.made.length / 2);
  });

  test('another seed cuts in another way', () => {
    const clip = madeUpClip({ seed: 9, seconds: 12, fps: 25, lively: 0.4 });
    const [one, other] = [1, 2].map((seed) => cut({ clip, fps: 25, speech: 60, seed }).shots);
    expect(one).not.toEqual(other);
  });

  test('gestures are played to their end', () => {
    let inGesture = 0;
    let made = 0;
    for (let seed = 0; seed < 10; seed += 1) {
      const clip = madeUpClip({ seed, seconds: 20, fps: 25, lively: 0.5 });
      for (const { from } of cut({ clip, fps: 25, speech: 90, seed }).cutter.made) {
        made += 1;
        if (clip.summary.bodyMotion[from]! > 100) inGesture += 1;
      }
    }
    expect(made).toBeGreaterThan(40);
    expect(inGesture / made).toBeLessThan(0.1);
  });
});

describe('the footage', () => {
  test('of another frame rate is shown at its own speed, without drifting', () => {
    const clip = madeUpClip({ seed: 2, seconds: 30, fps: 30000 / 1001 });
    const cutter = new Cutter(new Material(clip), { fps: 25, seed: 1, start: 0, expected: 700 });
    for (let frame = 0; frame < 600; frame += 1) {
      const shot = cutter.next();
      if (cutter.made.length === 0) expect(shot.frame).toBe(Math.round((frame / 25) * (30000 / 1001)));
    }
  });

  test('is never dissolved over one of its own cuts or a hidden face', () => {
    const clip = madeUpClip({
      seed: 5,
      seconds: 24,
      fps: 25,
      lively: 0.3,
      cuts: [200, 411],
      unseen: [300, 340],
    });
    const scene = (frame: number) => [200, 411].filter((cutFrame) => cutFrame <= frame).length;
    const { shots } = cut({ clip, fps: 25, speech: 100 });
    for (const { frame, blend } of shots) {
      if (!blend) continue;
      expect(scene(frame)).toBe(scene(blend.frame));
      expect(clip.summary.seen[frame]! + clip.summary.seen[blend.frame]!).toBe(2);
    }
  });

  test('of ten minutes is cut with little work and memory', () => {
    const clip = madeUpClip({ seed: 3, seconds: 600, fps: 30 });
    const material = new Material(clip);
    const cutter = new Cutter(material, { fps: 30, seed: 1, start: 0, expected: 36_000 });
    for (let frame = 0; frame < 36_000; frame += 1) cutter.next();
    expect(cutter.made.length).toBeGreaterThan(0);
    expect(cutter.made.length).toBeLessThan(10);
  });

  test.each([1, 2, 3, 10])('of %i frames is enough', (frames) => {
    const clip = madeUpClip({ seed: 3, seconds: frames / 25, fps: 25 });
    expect(cut({ clip, fps: 25, speech: 2 }).shots).toHaveLength(50);
  });
});
