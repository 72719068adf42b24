import { beforeAll, describe, expect, test } from 'vitest';
import { faceGeometry } from '../../src/avatar/analysis/face-geometry.ts';
import { frontView } from '../../src/avatar/analysis/front-view.ts';
import { headPose } from '../../src/avatar/analysis/head-pose.ts';
import { canonicalFace, checkFace, type Face } from '../../src/avatar/analysis/index.ts';
import { degrees, LoquentError } from '../../src/core/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { seeded } from './test-avatar.ts';
import { plainPicture } from './test-pictures.ts';

const skin = plainPicture(800, 800, [200, 150, 130]);
let vertices: Float32Array;
beforeAll(async () => {
  usePlatform(nodePlatform);
  vertices = (await canonicalFace()).vertices;
});

interface Stand {
  yaw?: number;
  pitch?: number;
  roll?: number;
  /** Pixels per centimetre. */
  scale?: number;
  x?: number;
  y?: number;
}

/** Landmarks of the canonical face, turned (degrees, signs as in HeadMotion), scaled and moved to a place. */
function landmarksOf({ yaw = 0, pitch = 0, roll = 0, scale = 20, x = 400, y = 400 }: Stand): Float32Array {
  const landmarks = new Float32Array(478 * 3);
  const turn = (a: number, b: number, angle: number): [number, number] => {
    const [cos, sin] = [Math.cos(degrees(angle)), Math.sin(degrees(angle))];
    return [cos * a - sin * b, sin * a + cos * b];
  };
  for (let i = 0; i < 468; i++) {
    // Picture axes from here on: x right, y down, z away.
    let [px, py, pz] = [vertices[i * 3]!, -vertices[i * 3 + 1]!, -vertices[i * 3 + 2]!];
    [px, py] = turn(px, py, roll);
    // Nose down: what is near (negative z) moves down.
    [pz, py] = turn(pz, py, -pitch);
    // Nose to the right: what is near moves right.
    [px, pz] = turn(px, pz, yaw);
    landmarks.set([x + px * scale, y + py * scale, pz * scale], i * 3);
  }
  // Irises that fill half of the eye.
  for (const [iris, outer, inner] of [
    [468, 33, 133],
    [473, 263, 362],
  ] as const) {
    for (let k = 0; k < 5; k++) {
      const along = [0.5, 0.75, 0.5, 0.25, 0.5][k]!;
      for (let axis = 0; axis < 3; axis++) {
        landmarks[(iris + k) * 3 + axis] =
          landmarks[outer * 3 + axis]! * (1 - along) + landmarks[inner * 3 + axis]! * along;
      }
    }
  }
  return landmarks;
}

async function faceOf(stand: Stand = {}): Promise<Face> {
  const landmarks = landmarksOf(stand);
  const { yaw, pitch, roll } = headPose(await faceGeometry(), landmarks);
  const height = Math.hypot(
    landmarks[10 * 3]! - landmarks[152 * 3]!,
    landmarks[10 * 3 + 1]! - landmarks[152 * 3 + 1]!,
  );
  const box = { x: stand.x ?? 400, y: stand.y ?? 400, width: height * 0.8, height };
  return { landmarks, score: 1, box, height, pose: { yaw, pitch, roll } };
}

function failure(work: () => unknown): LoquentError {
  try {
    work();
  } catch (error) {
    if (error instanceof LoquentError) return error;
  }
  throw new Error('No LoquentError was thrown.');
}

describe('canonical face', () => {
  test('has the mesh of MediaPipe: symmetric, nose in front, triangles within the vertices', async () => {
    const { vertices: points, triangles } = await canonicalFace();
    expect(points).toHaveLength(468 * 3);
    expect(triangles).toHaveLength(898 * 3);
    expect(Math.max(...triangles)).toBe(467);
    expect(new Set(triangles).size).toBe(468);
    const point = (i: number): number[] => [...points.subarray(i * 3, i * 3 + 3)];
    const [right, left] = [point(33), point(263)];
    expect(right[0]).toBeLessThan(-4);
    expect(left).toEqual([
      expect.closeTo(-right[0]!, 3),
      expect.closeTo(right[1]!, 3),
      expect.closeTo(right[2]!, 3),
    ]);
    expect(point(10)[1]).toBeGreaterThan(point(152)[1]! + 15);
    expect(Math.max(...points.filter((_, i) => i % 3 === 2))).toBeLessThan(point(1)[2]! + 1);
  });
});

describe('head pose', () => {
  test('is found again from turned landmarks, with the signs of HeadMotion', async () => {
    const geometry = await faceGeometry();
    const random = seeded(1);
    for (let i = 0; i < 40; i++) {
      const between = (low: number, high: number): number => low + random() * (high - low);
      const stand = {
        yaw: between(-70, 70),
        pitch: between(-60, 60),
        roll: between(-170, 170),
        scale: between(1, 100),
        x: between(-500, 5000),
        y: between(-500, 5000),
      };
      const pose = headPose(geometry, landmarksOf(stand));
      expect(pose.yaw).toBeCloseTo(degrees(stand.yaw), 3);
      expect(pose.pitch).toBeCloseTo(degrees(stand.pitch), 3);
      expect(pose.roll).toBeCloseTo(degrees(stand.roll), 3);
      expect(pose.scale / stand.scale).toBeCloseTo(1, 3);
    }
  });

  test('hardly changes when the mouth opens', async () => {
    const geometry = await faceGeometry();
    const landmarks = landmarksOf({ yaw: 10, pitch: 5 });
    const closed = headPose(geometry, landmarks);
    for (const i of [14, 17, 84, 314, 152, 148, 377, 176, 400]) landmarks[i * 3 + 1]! += 60;
    const open = headPose(geometry, landmarks);
    expect(open.pitch).toBeCloseTo(closed.pitch, 1);
    expect(open.yaw).toBeCloseTo(closed.yaw, 1);
  });

  test('is taken out by the front view', async () => {
    const straight = frontView(await faceOf());
    const turned = frontView(await faceOf({ yaw: 35, pitch: -25, roll: 50 }));
    for (const [a, b] of [
      [33, 263],
      [10, 152],
      [1, 61],
      [168, 6],
    ] as const) {
      expect(turned.distance(a, b)).toBeCloseTo(straight.distance(a, b), 1);
    }
  });
});

describe('suitability of a face', () => {
  test('a frontal face of good size passes without remarks', async () => {
    const face = await faceOf();
    expect(checkFace(skin, [face])).toEqual({ face, warnings: [] });
  });

  test('no face is refused, with the size of the picture', () => {
    const error = failure(() => checkFace(skin, []));
    expect(error.code).toBe('FACE_NOT_FOUND');
    expect(error.message).toContain('800x800');
  });

  test('the largest of several is taken with a remark, or the chosen one without', async () => {
    const faces = [await faceOf({ x: 200 }), await faceOf({ x: 600, scale: 15 })];
    const { face, warnings } = checkFace(skin, faces);
    expect(face).toBe(faces[0]);
    expect(warnings.map(({ code }) => code)).toEqual(['SEVERAL_FACES']);
    expect(warnings[0]!.message).toContain('2: ');
    expect(checkFace(skin, faces, { face: 2 })).toEqual({ face: faces[1], warnings: [] });
    expect(checkFace(skin, faces, { face: 1 }).warnings).toEqual([]);
  });

  test('a number without a face is refused with a list of the faces', async () => {
    const faces = [await faceOf({ x: 200 }), await faceOf({ x: 600, scale: 15 })];
    const error = failure(() => checkFace(skin, faces, { face: 3 }));
    expect(error.code).toBe('FACE_INDEX');
    expect(error.message).toMatch(
      /number 3.*only 2 faces: 1: \d+x\d+ pixels at \(200, 400\), 2: \d+x\d+ .*\(600/,
    );
    expect(failure(() => checkFace(skin, faces.slice(1), { face: 2 })).message).toContain('only one face');
  });

  test('a face under 80 pixels is refused, one under 160 is remarked on', async () => {
    const { height } = await faceOf({ scale: 1 });
    const sized = (pixels: number): Promise<Face> => faceOf({ scale: pixels / height });
    const tiny = await sized(79);
    const error = failure(() => checkFace(skin, [tiny]));
    expect(error.code).toBe('FACE_TOO_SMALL');
    expect(error.message).toContain('79 pixels');
    const codes = async (pixels: number): Promise<string[]> =>
      checkFace(skin, [await sized(pixels)]).warnings.map(({ code }) => code);
    expect(await codes(81)).toEqual(['FACE_SMALL']);
    expect(await codes(159)).toEqual(['FACE_SMALL']);
    expect(await codes(161)).toEqual([]);
  });

  test('a face turned by more than 45 degrees is refused, by more than 25 remarked on, in any tilt', async () => {
    for (const roll of [0, 40, -90]) {
      // The same head, tilted in the picture: the turn shows as yaw and pitch of the picture then.
      const tilted = async (turn: number): Promise<Face> => {
        const upright = landmarksOf({ yaw: turn });
        const [cos, sin] = [Math.cos(degrees(roll)), Math.sin(degrees(roll))];
        for (let i = 0; i < upright.length; i += 3) {
          const [x, y] = [upright[i]! - 400, upright[i + 1]! - 400];
          upright[i] = 400 + cos * x - sin * y;
          upright[i + 1] = 400 + sin * x + cos * y;
        }
        const { yaw, pitch, roll: seen } = headPose(await faceGeometry(), upright);
        return { ...(await faceOf()), landmarks: upright, pose: { yaw, pitch, roll: seen } };
      };
      const codes = async (turn: number): Promise<string[]> =>
        checkFace(skin, [await tilted(turn)]).warnings.map(({ code }) => code);
      for (const side of [1, -1]) {
        expect(await codes(side * 24), `roll ${roll}`).toEqual([]);
        expect(await codes(side * 26), `roll ${roll}`).toEqual(['FACE_OBLIQUE']);
        expect(await codes(side * 44), `roll ${roll}`).toEqual(['FACE_OBLIQUE']);
        const far = await tilted(side * 46);
        const error = failure(() => checkFace(skin, [far]));
        expect(error.code).toBe('FACE_TURNED');
        expect(error.message).toContain('46 degrees');
      }
    }
  });

  test('closed eyes are remarked on', async () => {
    const face = await faceOf();
    for (const [upper, lower] of [
      [160, 144],
      [159, 145],
      [158, 153],
      [385, 380],
      [386, 374],
      [387, 373],
    ] as const) {
      face.landmarks[upper * 3 + 1] = face.landmarks[lower * 3 + 1]! - 2;
    }
    expect(checkFace(skin, [face]).warnings.map(({ code }) => code)).toEqual(['EYES_CLOSED']);
  });

  test('a dark nose, pale lips and round eyes make it a possible animal; one of them does not', async () => {
    const paint = (picture: typeof skin, face: Face, landmarks: readonly number[], value: number): void => {
      for (const i of landmarks) {
        const [x, y] = [Math.floor(face.landmarks[i * 3]!), Math.floor(face.landmarks[i * 3 + 1]!)];
        picture.data.fill(value, (y * picture.width + x) * 4, (y * picture.width + x) * 4 + 3);
      }
    };
    const face = await faceOf();
    const animal = { ...skin, data: skin.data.slice() };
    paint(animal, face, [1, 4, 5, 45, 275, 2, 98, 327], 30);
    expect(checkFace(animal, [face]).warnings).toEqual([]);
    paint(animal, face, [0, 37, 267, 17, 84, 314, 40, 270, 91, 321], 150);
    expect(checkFace(animal, [face]).warnings).toEqual([]);
    // Irises from one corner of the eye to the other.
    for (const [point, corner] of [
      [469, 133],
      [471, 33],
      [474, 362],
      [476, 263],
    ] as const) {
      face.landmarks.copyWithin(point * 3, corner * 3, corner * 3 + 3);
    }
    expect(checkFace(animal, [face]).warnings.map(({ code }) => code)).toEqual(['MAYBE_ANIMAL']);
  });
});
