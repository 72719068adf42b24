import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkFace,
  createFaceAnalyser,
  type Face,
  type FaceAnalyser,
} from '../../src/avatar/analysis/index.ts';
import { convexHull } from '../../src/avatar/preparation/convex-hull.ts';
import { matteSquare, movingRegion, regionLandmarks } from '../../src/avatar/preparation/region.ts';
import { cutOutPerson } from '../../src/avatar/preparation/separation.ts';
import type { Picture } from '../../src/core/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { edit, PORTRAITS, plainPicture, readPortrait } from './test-pictures.ts';

const media = process.env['LOQUENT_TEST_MEDIA'];
const NOSE = 1;
const RIGHT_EYE_OUTER = 33;
const LEFT_EYE_OUTER = 263;

let analyser: FaceAnalyser;
const portraits = new Map<string, Picture>();
/** Faces of the portraits as they are. */
const known = new Map<string, Face>();

beforeAll(async () => {
  usePlatform(nodePlatform);
  analyser = await createFaceAnalyser();
  for (const name of PORTRAITS) {
    const picture = await readPortrait(name);
    portraits.set(name, picture);
    const faces = await analyser.findFaces(picture);
    expect(faces, name).toHaveLength(1);
    known.set(name, faces[0]!);
  }
});
afterAll(() => analyser[Symbol.asyncDispose]());

const degrees = (angle: number): number => (angle * 180) / Math.PI;
const at = ({ landmarks }: Face, i: number): [number, number] => [landmarks[i * 3]!, landmarks[i * 3 + 1]!];
const eyeSpan = (face: Face): number => {
  const [ax, ay] = at(face, RIGHT_EYE_OUTER);
  const [bx, by] = at(face, LEFT_EYE_OUTER);
  return Math.hypot(bx - ax, by - ay);
};

/** Mean distance of landmarks from where `expected` puts them, as a share of the distance of the eyes. */
function error(face: Face, expected: (i: number) => readonly [number, number]): number {
  let sum = 0;
  for (let i = 0; i < 478; i++) {
    const [x, y] = at(face, i);
    const [wantedX, wantedY] = expected(i);
    sum += Math.hypot(x - wantedX, y - wantedY);
  }
  return sum / 478 / eyeSpan(face);
}

async function onlyFace(picture: Picture): Promise<Face> {
  const faces = await analyser.findFaces(picture);
  expect(faces).toHaveLength(1);
  return faces[0]!;
}

describe('faces of the demo portraits', () => {
  test.each(PORTRAITS)('%s looks at the viewer, upright and with full confidence', (name) => {
    const face = known.get(name)!;
    expect(face.score).toBeGreaterThan(0.99);
    expect(Math.abs(degrees(face.pose.yaw))).toBeLessThan(8);
    expect(Math.abs(degrees(face.pose.pitch))).toBeLessThan(15);
    expect(Math.abs(degrees(face.pose.roll))).toBeLessThan(5);
    expect(face.height).toBeGreaterThan(400);
    expect(face.box.height).toBeGreaterThanOrEqual(face.height * 0.99);
    expect(face.landmarks).toHaveLength(478 * 3);
    expect(face.landmarks.every(Number.isFinite)).toBe(true);
    // The nose is the nearest point, and the ears are far behind it.
    const depth = (i: number): number => face.landmarks[i * 3 + 2]!;
    expect(depth(NOSE)).toBeLessThan(depth(234) - 0.3 * face.height);
  });

  test('the corners of the eyes are where the drawing of mira puts them', () => {
    const face = known.get('mira')!;
    // flat.mjs: centimetres to pixels, the head turned by 1.6 degrees about (512, 700), the figure scaled by 0.945.
    const drawn = (x: number, y: number): [number, number] => {
      const [dx, dy] = [28 * x, 492 - 28 * y - 700];
      const [cos, sin] = [Math.cos((1.6 * Math.PI) / 180), Math.sin((1.6 * Math.PI) / 180)];
      return [512 + 0.945 * (cos * dx - sin * dy), 1030 + 0.945 * (700 + sin * dx + cos * dy - 1024)];
    };
    for (const [landmark, x, y] of [
      [33, -4.62, 2.45],
      [133, -1.82, 2.3],
      [362, 1.82, 2.3],
      [263, 4.62, 2.45],
    ] as const) {
      const [seenX, seenY] = at(face, landmark);
      const [drawnX, drawnY] = drawn(x, y);
      expect(Math.hypot(seenX - drawnX, seenY - drawnY), `landmark ${landmark}`).toBeLessThan(6);
    }
  });

  test('the same picture gives the same numbers, and is not changed', async () => {
    const picture = portraits.get('ava')!;
    const before = await nodePlatform.sha256(picture.data);
    const again = { ...picture };
    expect(await onlyFace(again)).toStrictEqual(known.get('ava'));
    expect(await nodePlatform.sha256(picture.data)).toBe(before);
  });

  test.each([-120, -60, -20, 10, 45, 90, 150, 180])(
    'a picture turned by %d degrees gives landmarks and roll turned alike',
    async (turn) => {
      const picture = portraits.get('sam')!;
      const turned = await edit(picture, (image) => image.rotate(turn, { background: '#808080' }));
      const face = await onlyFace(turned);
      const straight = known.get('sam')!;
      const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
      const expected = (i: number): [number, number] => {
        const [x, y] = at(straight, i);
        const [dx, dy] = [x - picture.width / 2, y - picture.height / 2];
        return [turned.width / 2 + cos * dx - sin * dy, turned.height / 2 + sin * dx + cos * dy];
      };
      expect(error(face, expected)).toBeLessThan(0.03);
      const off = degrees(face.pose.roll - straight.pose.roll) - turn;
      expect(Math.abs(off - 360 * Math.round(off / 360))).toBeLessThan(2.5);
    },
  );

  test('a mirrored picture turns the head the other way', async () => {
    const picture = portraits.get('sam')!;
    const straight = known.get('sam')!;
    const face = await onlyFace(await edit(picture, (image) => image.flop()));
    expect(Math.abs(degrees(face.pose.yaw + straight.pose.yaw))).toBeLessThan(1.3);
    expect(Math.abs(degrees(face.pose.roll + straight.pose.roll))).toBeLessThan(1.3);
    expect(Math.abs(at(face, NOSE)[0] + at(straight, NOSE)[0] - picture.width)).toBeLessThan(4);
  });

  test('a smaller picture gives the same face, smaller', async () => {
    const small = await onlyFace(await edit(portraits.get('ava')!, (image) => image.resize(256, 256)));
    const large = known.get('ava')!;
    expect(error(small, (i) => [at(large, i)[0] / 4, at(large, i)[1] / 4])).toBeLessThan(0.02);
    expect(small.pose.yaw).toBeCloseTo(large.pose.yaw, 1);
  });
});

describe('search for faces', () => {
  /** Portraits of several sizes on a grey canvas. */
  async function collage(
    width: number,
    height: number,
    parts: readonly { name: string; side: number; x: number; y: number }[],
  ): Promise<Picture> {
    const data = plainPicture(width, height, [110, 115, 120]).data;
    for (const { name, side, x, y } of parts) {
      const small = await edit(portraits.get(name)!, (image) => image.resize(side, side));
      for (let row = 0; row < side; row++) {
        data.set(small.data.subarray(row * side * 4, (row + 1) * side * 4), ((y + row) * width + x) * 4);
      }
    }
    return { width, height, data };
  }

  test('finds several faces, largest first', async () => {
    const picture = await collage(1200, 700, [
      { name: 'mira', side: 300, x: 40, y: 200 },
      { name: 'ava', side: 600, x: 560, y: 50 },
    ]);
    const faces = await analyser.findFaces(picture);
    expect(faces).toHaveLength(2);
    expect(faces[0]!.height).toBeCloseTo((known.get('ava')!.height * 600) / 1024, -1);
    expect(at(faces[0]!, NOSE)[0]).toBeGreaterThan(560);
    expect(at(faces[1]!, NOSE)[0]).toBeLessThan(340);
  });

  test('finds a small face in a large picture', async () => {
    const picture = await collage(1280, 960, [{ name: 'ava', side: 200, x: 900, y: 600 }]);
    const face = await onlyFace(picture);
    const large = known.get('ava')!;
    const expected = (i: number): [number, number] => [
      900 + (at(large, i)[0] * 200) / 1024,
      600 + (at(large, i)[1] * 200) / 1024,
    ];
    expect(error(face, expected)).toBeLessThan(0.03);
  });

  test('finds all of several tiny faces', async () => {
    const parts = [0, 1, 2, 3, 4, 5].map((i) => ({
      name: PORTRAITS[i % 3]!,
      side: 110,
      x: 100 + (i % 3) * 420,
      y: 120 + Math.floor(i / 3) * 450,
    }));
    const picture = await collage(1280, 960, parts);
    expect(await analyser.findFaces(picture)).toHaveLength(6);
    expect(await analyser.findFaces(picture, { thorough: true })).toHaveLength(6);
  });

  test('finds none where there is none', async () => {
    expect(await analyser.findFaces(plainPicture(640, 480, [128, 90, 70]))).toEqual([]);
    expect(await analyser.findFaces(plainPicture(1, 1, [0, 0, 0]))).toEqual([]);
    expect(await analyser.findFaces(plainPicture(3000, 2, [255, 255, 255]))).toEqual([]);
    const noise = plainPicture(300, 300, [0, 0, 0]);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = (i * 2654435761) >>> 24;
    expect(await analyser.findFaces(noise)).toEqual([]);
  });
});

describe('person mask', () => {
  test.each(PORTRAITS)('tells %s from the background', async (name) => {
    const face = known.get(name)!;
    const side = 3 * face.height;
    const [x, y] = at(face, NOSE);
    const mask = await analyser.personMask(portraits.get(name)!, {
      x: x - side / 2,
      y: y - side / 2,
      width: side,
      height: side,
    });
    expect(mask.data).toHaveLength(mask.width * mask.height);
    expect(mask.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    const value = (pictureX: number, pictureY: number): number => {
      const column = Math.floor(((pictureX - mask.rect.x) / mask.rect.width) * mask.width);
      const row = Math.floor(((pictureY - mask.rect.y) / mask.rect.height) * mask.height);
      return mask.data[row * mask.width + column]!;
    };
    for (const landmark of [NOSE, 152, 50, 280, 10]) {
      expect(value(...at(face, landmark)), `landmark ${landmark}`).toBeGreaterThan(0.9);
    }
    for (const corner of [20, 1000]) expect(value(corner, 20)).toBeLessThan(0.1);
  });
});

describe('the analyser', () => {
  test('keeps overlapping calls on different pictures apart', async () => {
    const calls = [...PORTRAITS, ...PORTRAITS].map(async (name) => {
      const [face] = await analyser.findFaces(portraits.get(name)!);
      expect(face, name).toStrictEqual(known.get(name));
    });
    await Promise.all(calls);
  });

  test('cuts a person out in its thread as the preparation does, and stops waiting when the caller cancels', async () => {
    const [picture, face] = [portraits.get('mira')!, known.get('mira')!];
    const region = movingRegion(picture, face);
    const square = matteSquare(picture, face);
    const outline = convexHull(regionLandmarks(face, region));
    const job = { region, outline, faceHeight: face.height };
    const { layers, masks } = await analyser.cutOut(picture, [square], job);
    expect(masks).toEqual([await analyser.personMask(picture, square)]);
    const expected = cutOutPerson(picture, masks, job);
    expect(layers.matted).toBe(true);
    expect(Buffer.compare(layers.foreground, expected.foreground)).toBe(0);
    expect(Buffer.compare(layers.background, expected.background)).toBe(0);
    const cancelled = new AbortController();
    const promise = analyser.cutOut(picture, [square], job, { signal: cancelled.signal });
    cancelled.abort();
    await expect(promise).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('refuses a picture that has too few bytes', async () => {
    const broken = { width: 100, height: 100, data: new Uint8Array(100) };
    await expect(analyser.findFaces(broken)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(analyser.personMask(broken, { x: 0, y: 0, width: 9, height: 9 })).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  test('stops waiting when the caller cancels, and works on', async () => {
    const cancelled = new AbortController();
    const promise = analyser.findFaces(portraits.get('ava')!, { signal: cancelled.signal });
    cancelled.abort();
    await expect(promise).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(
      analyser.findFaces(portraits.get('ava')!, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(createFaceAnalyser({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await onlyFace(portraits.get('ava')!)).toStrictEqual(known.get('ava'));
  });

  test('refuses calls after it was disposed of, also those under way', async () => {
    const other = await createFaceAnalyser();
    const underWay = other.findFaces(portraits.get('ava')!);
    await Promise.all([
      expect(underWay).rejects.toMatchObject({ code: 'INTERNAL' }),
      other[Symbol.asyncDispose](),
    ]);
    await expect(other.findFaces(portraits.get('ava')!)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('leaves no trace in the global scope and on the console, and lets the process end', async () => {
    const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const program = `
      const { usePlatform } = await import(${source('../../src/platform/index.ts')});
      const { nodePlatform } = await import(${source('../../src/platform/node/index.ts')});
      const { createFaceAnalyser } = await import(${source('../../src/avatar/analysis/index.ts')});
      usePlatform(nodePlatform);
      const before = Object.getOwnPropertyNames(globalThis).length;
      const analyser = await createFaceAnalyser();
      const picture = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 4) };
      const faces = await analyser.findFaces(picture);
      await analyser.personMask(picture, { x: 0, y: 0, width: 64, height: 64 });
      await analyser[Symbol.asyncDispose]();
      console.log(faces.length, Object.getOwnPropertyNames(globalThis).length - before);`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      program,
    ]);
    expect(stdout.trim()).toBe('0 0');
    expect(stderr).toBe('');
  });
});

if (!media) console.info('LOQUENT_TEST_MEDIA is not set: real photos and paintings are not tried.');
describe.skipIf(!media)('real photos and paintings', () => {
  const read = (name: string): Promise<Picture> => {
    const path = join(media!, 'portraits', name);
    if (!existsSync(path)) throw new Error(`${path} is missing.`);
    return readPortrait(path);
  };
  const codes = (picture: Picture, faces: readonly Face[]): string[] =>
    checkFace(picture, faces).warnings.map(({ code }) => code);

  test('the girl with a pearl earring looks over her shoulder to the left', async () => {
    const picture = await read('pearl-earring-turned.jpg');
    const face = await onlyFace(picture);
    expect(degrees(face.pose.yaw)).toBeLessThan(-28);
    expect(degrees(face.pose.yaw)).toBeGreaterThan(-45);
    expect(codes(picture, [face])).toEqual(['FACE_OBLIQUE']);
    const mirrored = await onlyFace(await edit(picture, (image) => image.flop()));
    expect(degrees(mirrored.pose.yaw)).toBeGreaterThan(28);
  });

  test('people are taken for people, in any technique', async () => {
    for (const [name, expected] of Object.entries({
      'beard-laughing.png': [],
      'cartoon-boy.jpg': [],
      'drawing-curls.png': [],
      'man-studio.png': [],
      'mona-lisa.jpg': [],
      'painting-woman.png': [],
      'painting-brows-monkeys.png': ['SEVERAL_FACES'],
      'photo-smile-small.png': ['FACE_SMALL'],
      'render-glasses.png': [],
      'robot-glasses.png': [],
      'seated-figure-small-face.jpg': ['FACE_SMALL'],
      'woman-waterfall.jpg': [],
    })) {
      const picture = await read(name);
      const faces = await analyser.findFaces(picture);
      expect(faces.length, name).toBeGreaterThan(0);
      expect(codes(picture, faces), name).toEqual(expected);
    }
  });

  test('a dog and a painted monkey are suspected to be animals', async () => {
    const dog = await read('no-person-dog.jpg');
    expect(codes(dog, await analyser.findFaces(dog))).toEqual(['MAYBE_ANIMAL']);
    const painting = await read('painting-brows-monkeys.png');
    const faces = await analyser.findFaces(painting);
    const monkey = faces.slice(1).map((face) => ({ ...face, height: 100 }));
    expect(codes(painting, monkey)).toContain('MAYBE_ANIMAL');
  });

  test('a screenshot shows no face', async () => {
    const picture = await read('no-face-screenshot.png');
    const faces = await analyser.findFaces(picture);
    expect(() => checkFace(picture, faces)).toThrow(/No face was found in the picture \(1781x509 pixels\)/);
  });
});
