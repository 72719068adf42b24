/** The parts of face tracking that need no network. */
import { describe, expect, test } from 'vitest';
import { faceGeometry } from '../../src/avatar/analysis/face-geometry.ts';
import { decodeFace, encodeFace, FACE_RECORD } from '../../src/avatar/face-record.ts';
import { CHAINS } from '../../src/avatar/preparation/landmark-chains.ts';
import { isCut } from '../../src/avatar/tracking/cuts.ts';
import { FrameSampler } from '../../src/avatar/tracking/frame-sampler.ts';
import { emptyHeadFrame, fromHeadFrame, toHeadFrame } from '../../src/avatar/tracking/head-space.ts';
import { lipGap, touchingDistance } from '../../src/avatar/tracking/lip-measures.ts';
import { measureTrack } from '../../src/avatar/tracking/measure-track.ts';
import { APPEARANCE_LENGTH, CUE, CUE_COUNT } from '../../src/avatar/tracking/mouth-cues.ts';
import { RawTrack } from '../../src/avatar/tracking/raw-track.ts';
import { nosePatch, skinFlow } from '../../src/avatar/tracking/skin-flow.ts';
import { smoothTrack } from '../../src/avatar/tracking/smooth-track.ts';
import { drag, predictSquare } from '../../src/avatar/tracking/squares.ts';
import {
  lineWeights,
  NOISE_WEIGHTS,
  noiseOf,
  REACH,
  widthFor,
} from '../../src/avatar/tracking/temporal-kernel.ts';
import {
  likeness,
  movementBetween,
  thumbnailOf,
  thumbnailSize,
} from '../../src/avatar/tracking/thumbnail.ts';
import { softVisibility } from '../../src/avatar/tracking/visibility.ts';
import { LoquentError, radians, type TrackedFace, type VideoFrame } from '../../src/core/index.ts';
import '../../src/platform/node/use.ts';

/** Numbers from 0 to 1 that look random and are the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Normally distributed numbers. */
function noise(seed: number): () => number {
  const next = random(seed);
  return () => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

/** Cues of a mouth beside a nose that was not followed. */
const notFollowed = (): Float32Array => new Float32Array(CUE_COUNT).fill(Number.NaN, CUE.flow);

/** The canonical face with points for the irises, which it lacks. */
function withIrises(vertices: Float32Array): Float32Array {
  const shape = new Float32Array(478 * 3);
  shape.set(vertices);
  return shape;
}

function frameOf(width: number, height: number, luma: (x: number, y: number) => number): VideoFrame {
  const y = new Uint8Array(width * height);
  for (let i = 0; i < y.length; i++) y[i] = luma(i % width, Math.floor(i / width));
  const chroma = (): Uint8Array => new Uint8Array((width * height) / 4).fill(128);
  return { width, height, y, u: chroma(), v: chroma() };
}

describe('the record of a face', () => {
  const next = random(3);
  const face: TrackedFace = {
    landmarks: Float32Array.from({ length: 478 * 3 }, () => 1000 + 600 * next()),
    seam: Float32Array.from({ length: 162 }, () => 1200 + 200 * next()),
    yaw: radians(0.1),
    pitch: radians(-0.2),
    roll: radians(0.3),
    gap: 3.25,
    visibility: 0.5,
  };

  test('gives positions back to a sixty-fourth of a pixel, in less than 4 kB', () => {
    const read = decodeFace(encodeFace(face))!;
    expect(FACE_RECORD).toBeLessThanOrEqual(4096);
    for (const [i, value] of face.landmarks.entries()) {
      expect(Math.abs(read.landmarks[i]! - value)).toBeLessThanOrEqual(1 / 64 + 1e-4);
    }
    for (const [i, value] of face.seam.entries())
      expect(Math.abs(read.seam[i]! - value)).toBeLessThan(1 / 63);
    expect(read).toMatchObject({ yaw: Math.fround(0.1), roll: Math.fround(0.3), gap: 3.25 });
    expect(read.visibility).toBeCloseTo(0.5, 2);
  });

  test('holds faces of any size', () => {
    const huge = { ...face, landmarks: face.landmarks.map((value, i) => (i % 3 === 2 ? value : value * 3)) };
    const read = decodeFace(encodeFace(huge))!;
    for (const [i, value] of huge.landmarks.entries())
      expect(Math.abs(read.landmarks[i]! - value)).toBeLessThan(0.05);
  });

  test('says that no face is seen, and notices damage', () => {
    expect(decodeFace(encodeFace(null))).toBeNull();
    const damaged = encodeFace(face);
    damaged[2000]! ^= 1;
    expect(() => decodeFace(damaged)).toThrow(LoquentError);
  });
});

describe('the smoothing', () => {
  test('estimates noise under movement', () => {
    const next = noise(5);
    const signal = Array.from({ length: 400 }, (_, t) => 5 * Math.sin(t / 9) + 0.3 * next());
    const squares = signal.slice(4).map((_, i) => {
      const value = NOISE_WEIGHTS.reduce((sum, weight, k) => sum + weight * signal[i + k]!, 0);
      return value * value;
    });
    expect(Math.sqrt(noiseOf(squares, 1, 10))).toBeGreaterThan(0.2);
    expect(Math.sqrt(noiseOf(squares, 1, 10))).toBeLessThan(0.45);
    expect(noiseOf(squares, 1, 0.1)).toBeCloseTo(0.01);
  });

  test('is wide where nothing moves and narrow in fast turns', () => {
    expect(widthFor(0.01, 0)).toBeGreaterThan(2);
    expect(widthFor(0.01, 4)).toBeLessThan(0.7);
  });

  test('follows a line exactly, also where frames are missing', () => {
    const out = new Float64Array(2 * REACH + 1);
    for (const usable of [
      out.map(() => 1),
      out.map((_, i) => (i >= REACH ? 1 : 0)),
      out.map((_, i) => (i < REACH - 1 || i > REACH + 1 ? 1 : 0)),
    ]) {
      lineWeights(1.5, Array.from(usable, Boolean), out);
      const line = out.reduce((sum, weight, i) => sum + weight * (7 + 3 * (i - REACH)), 0);
      expect(line).toBeCloseTo(7, 6);
    }
  });

  test('takes out tremble, keeps quick movements of the mouth, fills short gaps and stops at cuts', async () => {
    const geometry = await faceGeometry();
    const next = noise(11);
    const frames = 90;
    const cut = 60;
    const truth = (t: number): Float32Array => {
      const head = emptyHeadFrame();
      const angle = t < 30 ? 0 : 0.5 * Math.sin((t - 30) / 5);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      head.turn.set([cos, 0, sin, 0, 1, 0, -sin, 0, cos]);
      head.scale = 20;
      head.place.set([t >= cut ? 900 : 400, -400, 0]);
      const shape = new Float32Array(478 * 3);
      shape.set(geometry.vertices);
      // A jaw that shuts for a single frame.
      if (t !== 20)
        for (const lip of [...CHAINS.innerLower, ...CHAINS.outerLower]) shape[lip * 3 + 1]! -= 0.6;
      return fromHeadFrame(head, shape);
    };
    await using track = await RawTrack.create(CUE_COUNT);
    const lost = [10, 11];
    for (let t = 0; t < frames; t++) {
      if (lost.includes(t) || (t > 70 && t < 80)) continue;
      const seen = truth(t).map((value, i) => value + (i % 3 === 2 ? 0 : 0.15 * next()));
      await track.add(t, seen, notFollowed());
    }
    await track.finish();
    const errors: (number | null)[] = [];
    let shut = 0;
    let t = 0;
    for await (const smooth of smoothTrack(track, geometry, (frame) => frame === cut, frames, 25)) {
      const wanted = truth(t);
      if (smooth) {
        let sum = 0;
        for (const point of [1, 33, 263, 4, 168]) {
          sum += (smooth.landmarks[point * 3]! - wanted[point * 3]!) ** 2;
          sum += (smooth.landmarks[point * 3 + 1]! - wanted[point * 3 + 1]!) ** 2;
        }
        errors.push(Math.sqrt(sum / 10));
        if (t === 20) shut = smooth.landmarks[14 * 3 + 1]! - wanted[14 * 3 + 1]!;
      } else errors.push(null);
      t++;
    }
    const mean = (from: number, to: number) =>
      errors.slice(from, to).reduce<number>((sum, error) => sum + error!, 0) / (to - from);
    // An eye tells an arc minute: 0.17 mm at 60 cm. On a face that is shown 20 cm high this is 1/1150 of it, here 0.31 pixels.
    // Trembling is seen from a third of it on; in movement, and for a frame, half of it is not seen.
    const seen = (20 * 18) / 1150;
    expect(mean(0, 30)).toBeLessThan(seen / 3);
    expect(mean(32, 58)).toBeLessThan(seen / 2);
    expect(errors[10]).toBeLessThan(seen / 2);
    expect(Math.max(errors[cut - 1]!, errors[cut]!)).toBeLessThan(seen);
    // The jaw moved by 12 pixels: lips that are left a tenth of it apart look shut.
    expect(shut).toBeLessThan(1.2);
    expect(errors.slice(71, 80).every((error) => error === null)).toBe(true);
    expect(errors[80]).not.toBeNull();
  });

  test('puts a head that is shaken where its skin was seen, whatever landmarks say', async () => {
    const geometry = await faceGeometry();
    const next = noise(7);
    const scale = 20;
    // a handheld camera: landmarks miss it by as much as it shakes
    const places = Array.from({ length: 60 }, () => [400 + 2 * next(), -400 + 2 * next()]);
    const misses = places.map(() => [1.2 * next(), 1.2 * next()]);
    const turn = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    /** Mean distance of the nose from where it is, pixels. */
    const errorOf = async (followed: boolean): Promise<number> => {
      await using track = await RawTrack.create(CUE_COUNT);
      const head = { scale, turn, shape: geometry.vertices };
      for (const [t, [x, y]] of places.entries()) {
        const [right, up] = misses[t]!;
        const place = Float64Array.of(x! + right!, y! + up!, 0);
        const cues = notFollowed();
        if (followed && t > 0) {
          const [rightBefore, upBefore] = misses[t - 1]!;
          cues.set([(rightBefore! - right!) / scale, (up! - upBefore!) / scale], CUE.flow);
        }
        await track.add(t, fromHeadFrame({ ...head, place }, withIrises(geometry.vertices)), cues);
      }
      await track.finish();
      let [t, sum] = [0, 0];
      for await (const smooth of smoothTrack(track, geometry, () => false, places.length, 25)) {
        const nose = geometry.vertices.subarray(4 * 3);
        const [x, y] = places[t++]!;
        sum += Math.hypot(
          smooth!.landmarks[4 * 3]! - (x! + scale * nose[0]!),
          smooth!.landmarks[4 * 3 + 1]! + (y! + scale * nose[1]!),
        );
      }
      return sum / places.length;
    };
    const [before, after] = [await errorOf(false), await errorOf(true)];
    expect(before).toBeGreaterThan(1.2);
    expect(after).toBeLessThan(0.5 * before);
  });

  test('takes a face apart and puts it together again', async () => {
    const geometry = await faceGeometry();
    const next = random(2);
    const landmarks = Float32Array.from({ length: 478 * 3 }, (_, i) =>
      i < 468 * 3 ? (i % 3 === 0 ? 1 : -1) * geometry.vertices[i]! * 13 + 300 + next() : 300,
    );
    const head = toHeadFrame(geometry, landmarks, emptyHeadFrame());
    const again = fromHeadFrame(head, head.shape);
    for (const [i, value] of landmarks.entries()) expect(again[i]).toBeCloseTo(value, 2);
  });
});

describe('the skin of a nose', () => {
  /** A face of soft spots, moved by a part of a pixel, in some light. */
  const picture = (right: number, down: number, light = 1): VideoFrame =>
    frameOf(320, 320, (x, y) => {
      const [u, v] = [x - right, y - down];
      return light * (110 + 25 * Math.sin(u / 6) * Math.cos(v / 7) + 20 * Math.sin((u + 2 * v) / 11)) + 0.5;
    });
  /** The nose as it is seen, whose landmarks stay where they are. */
  const patchOf = async (frame: VideoFrame): Promise<Float32Array> => {
    const geometry = await faceGeometry();
    const place = Float64Array.of(160, -160, 0);
    const turn = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const head = { scale: 16, turn, place, shape: geometry.vertices };
    const points = fromHeadFrame(head, withIrises(geometry.vertices));
    return nosePatch(await FrameSampler.create(frame), geometry, points);
  };

  test.each([
    [0, 0],
    [0.4, -0.3],
    [-2.5, 1.75],
  ])('is found again %f pixels to the right and %f down', async (right, down) => {
    const flow = skinFlow(await patchOf(picture(0, 0)), await patchOf(picture(right, down)))!;
    // in centimetres, of which one has 16 pixels
    expect(Math.hypot(16 * flow[0] - right, 16 * flow[1] - down)).toBeLessThan(0.1);
  });

  test('is found again in other light', async () => {
    const flow = skinFlow(await patchOf(picture(0, 0)), await patchOf(picture(1, 0.5, 1.08)))!;
    expect(Math.hypot(16 * flow[0] - 1, 16 * flow[1] - 0.5)).toBeLessThan(0.25);
  });

  test('is not looked for where nothing is seen of it, nor found behind something else', async () => {
    const flat = await patchOf(frameOf(320, 320, () => 120));
    const skin = await patchOf(picture(0, 0));
    const next = random(4);
    const other = await patchOf(frameOf(320, 320, () => 30 + 180 * next()));
    expect(skinFlow(flat, skin)).toBeNull();
    expect(skinFlow(skin, other)).toBeNull();
  });
});

describe('the square in which a face is looked for', () => {
  const square = { x: 100, y: 100, size: 200, angle: 0 };
  test('stays while the face is still, and follows without a jump', () => {
    expect(drag(square, { ...square, x: 100.5 })).toEqual(square);
    const dragged = drag(square, { ...square, x: 120 });
    expect(dragged.x).toBeGreaterThan(115);
    expect(dragged.x).toBeLessThan(120);
  });

  test('goes where the face is going', () => {
    expect(predictSquare({ ...square, x: 110 }, square, 2).x).toBeGreaterThan(120);
  });
});

describe('thumbnails', () => {
  const scene = (shift: number, gain = 1) =>
    thumbnailOf(frameOf(320, 180, (x, y) => Math.min(255, gain * (60 + ((x + shift) % 160) / 2 + y / 4))));
  const { columns } = thumbnailSize(320, 180);

  test('tell a cut from a pan and from a flash', () => {
    const other = thumbnailOf(frameOf(320, 180, (x, y) => (x > 200 ? 220 : 30 + (y % 50))));
    expect(isCut(scene(0), other, columns)).toBe(true);
    expect(isCut(scene(0), scene(6), columns)).toBe(false);
    expect(isCut(scene(0), scene(0, 1.5), columns)).toBe(false);
    expect(likeness(scene(0), scene(0, 1.5))).toBeGreaterThan(0.97);
  });

  test('show movement only where it is asked for', () => {
    const with_ = (left: number) =>
      thumbnailOf(frameOf(320, 180, (x) => (x >= left && x < left + 60 ? 200 : 40)));
    expect(movementBetween(with_(20), with_(40), columns, [])).toBeGreaterThan(5);
    const left = { x: 0, y: 0, width: 0.5, height: 1 };
    expect(movementBetween(with_(20), with_(40), columns, [left])).toBe(0);
  });
});

test('a sampled frame shows the same as the frame, at any scale and angle', async () => {
  const frame = frameOf(256, 256, (x, y) => 40 + x / 2 + y / 4);
  const sampler = await FrameSampler.create(frame);
  for (const [size, angle] of [
    [32, 0],
    [64, 0.5],
    [200, 0.2],
  ] as const) {
    const side = 32;
    const out = sampler.sample({ x: 128, y: 128, size, angle }, { side, range: [0, 255], beyond: 'black' });
    for (const [column, row] of [
      [3, 5],
      [16, 16],
      [30, 28],
    ] as const) {
      const [dx, dy] = [((column + 0.5) / side - 0.5) * size, ((row + 0.5) / side - 0.5) * size];
      const x = 128 + Math.cos(angle) * dx - Math.sin(angle) * dy - 0.5;
      const y = 128 + Math.sin(angle) * dx + Math.cos(angle) * dy - 0.5;
      const wanted = ((40 + x / 2 + y / 4 - 16) * 255) / 219;
      expect(Math.abs(out[(row * side + column) * 3]! - wanted)).toBeLessThan(1.5);
    }
  }
});

test('a track gives back what was added, frame by frame', async () => {
  await using track = await RawTrack.create(2);
  const landmarks = new Float32Array(478 * 3);
  for (let frame = 0; frame < 300; frame += 3)
    await track.add(frame, landmarks.fill(frame), [frame, 1000 - frame]);
  await track.finish();
  for (const frame of [297, 0, 150, 3]) {
    const face = await track.at(frame);
    expect([face!.landmarks[7], ...face!.cues]).toEqual([frame, frame, 1000 - frame]);
  }
  expect(await track.at(4)).toBeNull();
  expect(track.seen).toBe(100);
});

test('lips that touch have no gap, whatever their landmarks’ distance', () => {
  const distances = Float32Array.from({ length: 100 }, (_, i) => (i < 30 ? 0.02 : 0.2));
  const touching = touchingDistance(distances);
  expect(lipGap(0.02, touching)).toBe(0);
  expect(lipGap(0.2, touching)).toBeCloseTo(0.18, 2);
  expect(touchingDistance(distances.map(() => 0.2))).toBe(0);
});

test('visibility falls before a face is lost and rises after it has come, but not across cuts', () => {
  const measured = new Float32Array(60).fill(1).fill(0, 20, 30);
  const soft = softVisibility(measured, (frame) => frame === 30, 25);
  expect([...soft.subarray(20, 30)]).toEqual(new Array(10).fill(0));
  expect(soft[19]).toBeGreaterThan(0);
  expect(soft[19]).toBeLessThan(0.2);
  expect(soft[10]).toBe(1);
  for (let frame = 11; frame < 20; frame++) expect(soft[frame]).toBeLessThanOrEqual(soft[frame - 1]!);
  expect(soft[30]).toBe(1);
});

test('a mouth behind something that comes and goes is told from one that talks and turns', async () => {
  const geometry = await faceGeometry();
  const next = noise(8);
  await using track = await RawTrack.create(CUE_COUNT);
  const frames = 120;
  const hidden = (t: number): boolean => t >= 60 && t < 75;
  for (let t = 0; t < frames; t++) {
    const head = emptyHeadFrame();
    const angle = 0.3 * Math.sin(t / 10);
    const open = t % 9 < 4 ? 0.5 : 0;
    head.turn.set([Math.cos(angle), 0, Math.sin(angle), 0, 1, 0, -Math.sin(angle), 0, Math.cos(angle)]);
    head.scale = 20;
    const shape = new Float32Array(478 * 3);
    shape.set(geometry.vertices);
    shape[14 * 3 + 1]! -= open;
    const cues = new Float32Array(CUE_COUNT).fill(1, 0, 1);
    for (let cell = 0; cell < APPEARANCE_LENGTH / 3; cell++) {
      const light =
        0.5 + 0.2 * angle * ((cell % 6) / 5 - 0.5) - (cell === 14 || cell === 15 ? 0.3 * open : 0);
      const covered = hidden(t) && cell >= 18 && cell % 6 > 1;
      for (let k = 0; k < 3; k++) {
        cues[CUE.appearance + 3 * cell + k] = covered ? 0.15 : light * [1, 0.75, 0.6][k]! + 0.01 * next();
      }
    }
    await track.add(t, fromHeadFrame(head, shape), cues);
  }
  await track.finish();
  const { visibility } = await measureTrack(track, geometry, frames);
  for (let t = 0; t < frames; t++) {
    if (hidden(t)) expect(visibility[t], `frame ${t}`).toBeLessThan(0.2);
    else if (!hidden(t - 2) && !hidden(t + 2)) expect(visibility[t], `frame ${t}`).toBe(1);
  }
});
