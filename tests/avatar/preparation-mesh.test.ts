import { beforeAll, describe, expect, test } from 'vitest';
import { buildAvatar, matteSquare, movingRegion } from '../../src/avatar/preparation/index.ts';
import { AVATAR_VERSION, type Avatar, BLENDSHAPES, type ShapeName } from '../../src/core/index.ts';
import { avaParts, builtAva, posed } from './test-faces.ts';

/** Shapes that the engine draws itself. */
const DRAWN = /^(eyeLook|tongueOut)/;

let avatar: Avatar;
beforeAll(async () => {
  avatar = await builtAva();
});

describe('the mesh', () => {
  test('has every number finite and every index in range', () => {
    const { mesh, mouth, eyes, shapes } = avatar;
    expect(mesh.vertexCount).toBeLessThanOrEqual(65535);
    expect(mesh.rest).toHaveLength(mesh.vertexCount * 3);
    expect(mesh.uv).toHaveLength(mesh.vertexCount * 2);
    expect(mesh.headWeight).toHaveLength(mesh.vertexCount);
    expect(mesh.shoulderWeight).toHaveLength(mesh.vertexCount);
    const lists: ArrayLike<number>[] = [
      mesh.rest,
      mesh.uv,
      mesh.headWeight,
      mesh.shoulderWeight,
      mouth.seam,
      avatar.rig.fromCanonical,
      avatar.rig.pivot,
      ...Object.values(avatar.colours),
      ...Object.values(shapes).map((shape) => shape.deltas),
    ];
    for (const list of lists) expect(Array.from(list).every(Number.isFinite)).toBe(true);
    const indices = [
      mesh.triangles,
      mouth.innerUpper,
      mouth.innerLower,
      mouth.stripUpper,
      mouth.stripLower,
      ...eyes.flatMap((eye) => [eye.upper, eye.lower]),
      ...Object.values(shapes).map((shape) => shape.indices),
    ];
    for (const list of indices) expect(Math.max(0, ...list)).toBeLessThan(mesh.vertexCount);
    expect(mouth.seam).toHaveLength(81 * 3);
  });

  test('draws the lip strips first, then the surroundings and then the face, each from far to near', () => {
    const { triangles, behindTriangleCount, lidTriangleCount, rest, faceVertexCount } = avatar.mesh;
    const strips = new Set([...avatar.mouth.stripUpper, ...avatar.mouth.stripLower]);
    const isStrip = (triangle: number) =>
      [0, 1, 2].some((corner) => strips.has(triangles[triangle * 3 + corner]!));
    const count = triangles.length / 3;
    const stripCount = 4 * (avatar.mouth.stripUpper.length - 1);
    for (let triangle = 0; triangle < count; triangle += 1) {
      expect(isStrip(triangle)).toBe(triangle < stripCount);
    }
    const depth = (triangle: number) =>
      [0, 1, 2].reduce((sum, corner) => sum + rest[triangles[triangle * 3 + corner]! * 3 + 2]!, 0) / 3;
    for (let triangle = stripCount + 1; triangle < count - lidTriangleCount; triangle += 1) {
      const corners = triangles.subarray(triangle * 3, triangle * 3 + 3);
      expect(corners.some((vertex) => vertex < faceVertexCount)).toBe(triangle >= behindTriangleCount);
      if (triangle === behindTriangleCount) continue;
      expect(depth(triangle)).toBeLessThanOrEqual(depth(triangle - 1) + 1e-3);
    }
  });

  test('has a fringe that follows the chin and fades out over a neck that stays', () => {
    const { mesh, shapes, face } = avatar;
    const { fringeTriangles, fringeOpacity, vertexCount, faceVertexCount, rest } = mesh;
    const first = vertexCount - fringeOpacity.length;
    expect(fringeTriangles.length).toBeGreaterThan(0);
    for (const opacity of fringeOpacity) {
      expect(opacity).toBeGreaterThanOrEqual(0);
      expect(opacity).toBeLessThanOrEqual(1);
    }
    const fall = new Float32Array(vertexCount);
    shapes.jawOpen!.indices.forEach((vertex, i) => {
      fall[vertex] = shapes.jawOpen!.deltas[i * 3 + 1]!;
    });
    const CHIN = 152;
    const [x, y] = [rest[CHIN * 3]!, rest[CHIN * 3 + 1]!];
    const below = (from: number, to: number) =>
      Array.from({ length: vertexCount - faceVertexCount }, (_, i) => faceVertexCount + i).filter(
        (vertex) => {
          const away = (rest[vertex * 3 + 1]! - y) / face.height;
          return Math.abs(rest[vertex * 3]! - x) < 0.1 * face.height && away > from && away < to;
        },
      );
    const neck = below(0.02, 0.3).filter((vertex) => vertex < first);
    const fringe = below(0.02, 0.3).filter((vertex) => vertex >= first);
    expect(neck.length).toBeGreaterThan(5);
    expect(fringe.length).toBeGreaterThan(5);
    for (const vertex of neck) expect(Math.abs(fall[vertex]!)).toBeLessThan(0.02 * fall[CHIN]!);
    for (const vertex of fringe) expect(fall[vertex]!).toBeGreaterThan(0.8 * fall[CHIN]!);
    const opacityOf = (vertex: number) => fringeOpacity[vertex - first]!;
    const nearest = fringe.reduce((a, b) => (rest[a * 3 + 1]! < rest[b * 3 + 1]! ? a : b));
    expect(opacityOf(nearest)).toBeGreaterThan(0.5);
    for (const vertex of below(0.2, 0.3)) if (vertex >= first) expect(opacityOf(vertex)).toBe(0);
  });

  test('covers the region to its corners, and its border stays still', () => {
    const { mesh, region } = avatar;
    for (const [x, y] of [
      [0, 0],
      [region.width, 0],
      [0, region.height],
      [region.width, region.height],
    ] as const) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let vertex = mesh.faceVertexCount; vertex < mesh.vertexCount; vertex += 1) {
        nearest = Math.min(nearest, Math.hypot(mesh.rest[vertex * 3]! - x, mesh.rest[vertex * 3 + 1]! - y));
      }
      expect(nearest).toBe(0);
    }
    for (let vertex = mesh.faceVertexCount; vertex < mesh.vertexCount; vertex += 1) {
      const [x, y] = [mesh.rest[vertex * 3]!, mesh.rest[vertex * 3 + 1]!];
      if (x > 0 && y > 0 && x < region.width && y < region.height) continue;
      expect(mesh.headWeight[vertex]).toBeLessThan(0.1);
      expect(mesh.shoulderWeight[vertex]).toBe(0);
    }
  });

  test('reads its colours where it rests, lip strips just inside the lips', () => {
    const { mesh, mouth } = avatar;
    const strips = new Set([...mouth.stripUpper, ...mouth.stripLower]);
    for (let vertex = 0; vertex < mesh.vertexCount; vertex += 1) {
      const distance = Math.hypot(
        mesh.uv[vertex * 2]! - mesh.rest[vertex * 3]!,
        mesh.uv[vertex * 2 + 1]! - mesh.rest[vertex * 3 + 1]!,
      );
      if (strips.has(vertex)) expect(distance).toBeLessThanOrEqual(1.2 * mouth.stripWidth);
      else expect(distance).toBe(0);
    }
  });

  test('does not fold over at rest, and only in a few slivers when the face speaks', () => {
    const { mesh } = avatar;
    const folded = (positions: ArrayLike<number>) => {
      const area = (from: ArrayLike<number>, at: number) => {
        const [a, b, c] = [0, 1, 2].map((corner) => mesh.triangles[at + corner]! * 3) as [
          number,
          number,
          number,
        ];
        return (
          ((from[b]! - from[a]!) * (from[c + 1]! - from[a + 1]!) -
            (from[b + 1]! - from[a + 1]!) * (from[c]! - from[a]!)) /
          2
        );
      };
      let sum = 0;
      for (let at = 0; at < mesh.triangles.length; at += 3) {
        const corners = [0, 1, 2].map((corner) => mesh.triangles[at + corner]!);
        if (corners.some((vertex) => vertex >= mesh.faceVertexCount)) continue;
        const turned = area(positions, at);
        if (area(mesh.rest, at) * turned < 0) sum += Math.abs(turned);
      }
      return sum / (avatar.mouth.width * avatar.rig.faceHeight);
    };
    expect(folded(posed(avatar, {}))).toBe(0);
    const spread = { jawOpen: 0.7, mouthStretchLeft: 0.4, mouthStretchRight: 0.4 };
    expect(folded(posed(avatar, spread))).toBeLessThan(0.003);
    expect(folded(posed(avatar, { mouthPucker: 0.8, mouthFunnel: 0.3, jawOpen: 0.2 }))).toBeLessThan(0.001);
    expect(folded(posed(avatar, { mouthPressLeft: 1, mouthPressRight: 1 }))).toBeLessThan(0.001);
  });
});

describe('the shapes', () => {
  test('are all of ARKit except what the engine draws, and restClose', () => {
    const expected = [...BLENDSHAPES.filter((name) => !DRAWN.test(name)), 'restClose'].sort();
    expect(Object.keys(avatar.shapes).sort()).toEqual(expected);
    for (const [name, shape] of Object.entries(avatar.shapes)) {
      expect(shape.deltas).toHaveLength(shape.indices.length * 3);
      if (name !== 'restClose') expect(shape.indices.length, name).toBeGreaterThan(0);
    }
  });

  test('move the side they are named after', () => {
    const middle = avatar.mouth.seam[40 * 3]!;
    for (const name of Object.keys(avatar.shapes) as ShapeName[]) {
      const side = name.endsWith('Left') ? 1 : name.endsWith('Right') ? -1 : 0;
      if (side === 0 || /^(jaw|mouth)(Left|Right)$/.test(name)) continue;
      const { indices, deltas } = avatar.shapes[name]!;
      let own = 0;
      let other = 0;
      indices.forEach((vertex, index) => {
        const length = Math.hypot(deltas[index * 3]!, deltas[index * 3 + 1]!, deltas[index * 3 + 2]!);
        if ((avatar.mesh.rest[vertex * 3]! - middle) * side > 0) own += length;
        else other += length;
      });
      expect(own, name).toBeGreaterThan(4 * other);
    }
    expect(posed(avatar, { jawLeft: 1 })[152 * 3]).toBeGreaterThan(avatar.mesh.rest[152 * 3]!);
    expect(posed(avatar, { mouthRight: 1 })[13 * 3]).toBeLessThan(avatar.mesh.rest[13 * 3]!);
  });

  test('leave out what nobody would see', () => {
    const threshold = (0.01 * avatar.rig.faceHeight) / (512 / 2.25);
    for (const { deltas } of Object.values(avatar.shapes)) {
      for (let at = 0; at < deltas.length; at += 3) {
        const sum = Math.abs(deltas[at]!) + Math.abs(deltas[at + 1]!) + Math.abs(deltas[at + 2]!);
        expect(sum).toBeGreaterThan(0.999 * threshold);
      }
    }
  });
});

describe('buildAvatar', () => {
  test('states version, identity, sizes and the face in picture pixels', async () => {
    const parts = await avaParts();
    expect(avatar.version).toBe(AVATAR_VERSION);
    expect(avatar.id).toBe('ava');
    expect(avatar.picture).toEqual({ width: parts.picture.width, height: parts.picture.height });
    expect(avatar.region).toEqual(movingRegion(parts.picture, parts.face));
    expect(avatar.face.height).toBe(parts.face.height);
    expect(avatar.face.yaw).toBe(parts.face.pose.yaw);
    expect(avatar.surround).toBeNull();
  });

  test('gives the same avatar twice', async () => {
    const again = await buildAvatar(await avaParts());
    expect(Buffer.compare(again.layers.foreground, avatar.layers.foreground)).toBe(0);
    expect(Buffer.compare(again.layers.background, avatar.layers.background)).toBe(0);
    const { layers: _, ...rest } = avatar;
    const { layers: __, ...restAgain } = again;
    expect(restAgain).toEqual(rest);
  });

  test('stops when it is aborted', async () => {
    const parts = await avaParts(0.25);
    await expect(buildAvatar({ ...parts, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  test('limits movement more for a turned head and for a person who was not cut out', async () => {
    const parts = await avaParts(0.25);
    const { yaw, pitch, roll } = avatar.rig.limits;
    expect(yaw).toBeGreaterThan(0.1);
    const turned = { ...parts.face, pose: { ...parts.face.pose, yaw: -0.6 as typeof yaw } };
    expect((await buildAvatar({ ...parts, face: turned })).rig.limits.yaw).toBeLessThan(0.6 * yaw);
    const unmatted = (await buildAvatar({ ...parts, mask: null })).rig.limits;
    expect(unmatted.yaw).toBeLessThan(yaw);
    expect(unmatted.pitch).toBeLessThan(pitch);
    expect(unmatted.roll).toBeLessThan(0.5 * roll);
  });
});

describe('the region', () => {
  test('is about 3.6 face heights around head and shoulders, cut at the picture', async () => {
    const { picture, face } = await avaParts();
    const large = { ...picture, width: 5000, height: 5000 };
    const landmarks = face.landmarks.map((value, at) => (at % 3 === 2 ? value : value + 2000));
    const box = { ...face.box, x: face.box.x + 2000, y: face.box.y + 2000 };
    const region = movingRegion(large, { ...face, landmarks, box });
    expect(region.width / face.height).toBeCloseTo(3.6, 1);
    expect(region.height / face.height).toBeCloseTo(3.6, 1);
    expect(box.y - region.y).toBeGreaterThan(face.height);
    expect(region.y + region.height - (box.y + box.height)).toBeGreaterThan(1.3 * face.height);
    expect(movingRegion(picture, face)).toEqual({ x: 0, y: 0, width: 1024, height: 1024 });
    const square = matteSquare(large, { ...face, landmarks, box });
    expect(square.width).toBe(square.height);
    expect(square.x).toBeGreaterThanOrEqual(region.x);
    expect(square.y + square.height).toBeLessThanOrEqual(region.y + region.height + 1e-6);
  });
});
