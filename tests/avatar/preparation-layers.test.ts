import { beforeAll, describe, expect, test } from 'vitest';
import { bodySquare, buildAvatar, cutBody } from '../../src/avatar/preparation/index.ts';
import type { Avatar } from '../../src/core/index.ts';
import { avaParts, builtAva, composite } from './test-faces.ts';

let avatar: Avatar;
let photo: Uint8Array;
beforeAll(async () => {
  avatar = await builtAva();
  photo = (await avaParts()).picture.data;
});

/** Mean absolute difference of the colours over the pixels that `take` accepts, 0..255. */
function difference(a: Uint8Array, b: Uint8Array, take: (pixel: number) => boolean): number {
  let sum = 0;
  let count = 0;
  for (let pixel = 0; pixel * 4 < a.length; pixel += 1) {
    if (!take(pixel)) continue;
    for (let k = 0; k < 3; k += 1) sum += Math.abs(a[pixel * 4 + k]! - b[pixel * 4 + k]!);
    count += 3;
  }
  return sum / count;
}

/** Whether the foreground is empty for `radius` pixels around. */
function awayFromPerson(radius: number): (pixel: number) => boolean {
  const { width, height } = avatar.region;
  const alpha = avatar.layers.foreground;
  return (pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    for (const [dx, dy] of [
      [0, 0],
      [-radius, 0],
      [radius, 0],
      [0, -radius],
      [0, radius],
    ] as const) {
      const column = Math.min(width - 1, Math.max(0, x + dx));
      const row = Math.min(height - 1, Math.max(0, y + dy));
      if (alpha[(row * width + column) * 4 + 3]! > 0) return false;
    }
    return true;
  };
}

describe('the layers of a person who was cut out', () => {
  test('have the size of the region, the background opaque', () => {
    const { layers, region } = avatar;
    expect(layers.matted).toBe(true);
    expect(layers.foreground).toHaveLength(region.width * region.height * 4);
    expect(layers.background).toHaveLength(region.width * region.height * 4);
    for (let at = 3; at < layers.background.length; at += 4) {
      if (layers.background[at] !== 255) throw new Error('The background is not opaque.');
    }
  });

  test('are opaque in the whole face', () => {
    const { mesh, layers, region } = avatar;
    for (let vertex = 0; vertex < mesh.faceVertexCount; vertex += 1) {
      // The rim of the face keeps the matte's own soft edge.
      const inwards = (at: number, centre: number) => Math.round(centre + (at - centre) * 0.9 - 0.5);
      const x = inwards(mesh.rest[vertex * 3]!, avatar.rig.pivot[0]);
      const y = inwards(mesh.rest[vertex * 3 + 1]!, avatar.rig.pivot[1]);
      const at = (y * region.width + x) * 4;
      expect(layers.foreground[at + 3]).toBe(255);
    }
  });

  test('are premultiplied: no colour exceeds its alpha', () => {
    const { foreground } = avatar.layers;
    for (let at = 0; at < foreground.length; at += 4) {
      const most = Math.max(foreground[at]!, foreground[at + 1]!, foreground[at + 2]!);
      if (most > foreground[at + 3]! + 1) throw new Error(`Pixel ${at / 4} shines through.`);
    }
  });

  test('give the photo back when they are put together', () => {
    expect(difference(composite(avatar).data, photo, () => true)).toBeLessThan(0.5);
  });

  test('leave the background as photographed away from the person', () => {
    const far = awayFromPerson(60);
    expect(difference(avatar.layers.background, photo, far)).toBeLessThan(0.5);
  });

  test('leave nothing of the person in the background', () => {
    const { width } = avatar.region;
    const hair = (at: number, data: Uint8Array) => data[at]! - data[at + 2]!;
    // The studio backdrop is pale everywhere; hair and skin are far redder than blue.
    const { foreground, background } = avatar.layers;
    let reddest = 0;
    for (let pixel = 0; pixel < foreground.length / 4; pixel += 1) {
      if (foreground[pixel * 4 + 3] === 0 || Math.floor(pixel / width) > 700) continue;
      reddest = Math.max(reddest, hair(pixel * 4, background));
    }
    expect(reddest).toBeLessThan(90);
  });
});

describe('a person who cannot be cut out', () => {
  test('stays in the photo: without a mask, with an empty one, and with one of somebody else', async () => {
    const parts = await avaParts(0.25);
    const { mask } = parts;
    if (!mask) throw new Error('The fixture has no mask.');
    const empty = { ...mask, data: new Float32Array(mask.data.length) };
    const elsewhere = {
      ...mask,
      data: mask.data.map((_, index) => (index % mask.width < 0.2 * mask.width ? 1 : 0)),
    };
    for (const other of [null, empty, elsewhere]) {
      const { layers } = await buildAvatar({ ...parts, mask: other });
      expect(layers.matted).toBe(false);
      expect(Buffer.compare(layers.foreground, parts.picture.data)).toBe(0);
      expect(Buffer.compare(layers.background, parts.picture.data)).toBe(0);
    }
  });

  test('moves like a rubber sheet: fading towards the border instead of as a whole', async () => {
    const parts = await avaParts(0.25);
    const rubber = await buildAvatar({ ...parts, mask: null });
    const whole = await buildAvatar(parts);
    // Beside the head, some way out, but not yet at the border.
    const around = ({ mesh, rig, region }: Avatar) => {
      const weights: number[] = [];
      for (let vertex = mesh.faceVertexCount; vertex < mesh.vertexCount; vertex += 1) {
        const [x, y] = [mesh.rest[vertex * 3]!, mesh.rest[vertex * 3 + 1]!];
        const distance = Math.hypot(x - rig.pivot[0], y - rig.pivot[1]) / rig.faceHeight;
        const border = Math.min(x, region.width - x) / rig.faceHeight;
        const level = Math.abs(y - rig.pivot[1]) < 0.35 * rig.faceHeight;
        if (level && distance > 0.75 && border > 0.13) weights.push(mesh.headWeight[vertex]!);
      }
      return weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    };
    expect(around(whole)).toBeGreaterThan(0.95);
    expect(around(rubber)).toBeLessThan(0.8);
  });
});

describe('people beside the person', () => {
  test('belong to the background', async () => {
    const parts = await avaParts(0.5);
    const { mask } = parts;
    if (!mask) throw new Error('The fixture has no mask.');
    // A blob in the upper left corner of the mask that touches nothing.
    const data = mask.data.map((value, index) => {
      const [x, y] = [index % mask.width, Math.floor(index / mask.width)];
      return Math.hypot(x - 25, y - 25) < 16 ? 1 : value;
    });
    const { layers, region } = await buildAvatar({ ...parts, mask: { ...mask, data } });
    const scale = region.width / mask.width;
    const at = (Math.round(25 * scale) * region.width + Math.round(25 * scale)) * 4;
    expect(layers.matted).toBe(true);
    expect(layers.foreground[at + 3]).toBe(0);
  });
});

describe('the body in the whole picture', () => {
  test('gets its opacity as alpha, the colours stay', async () => {
    const { picture, face, mask } = await avaParts(0.5);
    const cut = cutBody(picture, face, [mask!]);
    const alpha = (x: number, y: number) => cut.data[(Math.round(y) * cut.width + Math.round(x)) * 4 + 3];
    expect(alpha(face.landmarks[3]!, face.landmarks[4]!)).toBe(255);
    expect([alpha(2, 2), alpha(cut.width - 3, 2)]).toEqual([0, 0]);
    expect(difference(cut.data, picture.data, () => true)).toBe(0);
  });

  test('is nowhere when the masks show somebody else', async () => {
    const { picture, face, mask } = await avaParts(0.25);
    const empty = { ...mask!, data: new Float32Array(mask!.data.length) };
    const { data } = cutBody(picture, face, [empty]);
    expect(data.every((value, at) => at % 4 !== 3 || value === 0)).toBe(true);
  });

  test('is looked for in a square that holds the face and what is below it', async () => {
    const { picture, face } = await avaParts();
    for (const [width, height] of [
      [1024, 1024],
      [700, 4000],
      [5000, 1100],
    ] as const) {
      const square = bodySquare({ ...picture, width, height }, face);
      expect(square.width).toBe(square.height);
      expect(square.y).toBeLessThan(face.box.y);
      expect(square.y + square.height).toBeGreaterThan(Math.min(height, face.box.y + 4 * face.height) - 1);
      expect(square.x).toBeLessThan(face.box.x);
      expect(square.x + square.width).toBeGreaterThan(face.box.x + face.box.width);
    }
  });
});
