import { beforeAll, describe, expect, test } from 'vitest';
import { buildAvatar, readTeethPhoto, type TeethPhoto } from '../../src/avatar/preparation/index.ts';
import type { AvatarTeeth, Picture } from '../../src/core/index.ts';
import { avaParts, openMouthedAva, PAINTED_TEETH, smilingAva } from './test-faces.ts';

/** Mean colour of what is surely a tooth. */
function colourOf({ pixels }: AvatarTeeth): number[] {
  const sum = [0, 0, 0];
  let count = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    if (pixels[at + 3]! < 250) continue;
    for (let k = 0; k < 3; k += 1) sum[k]! += pixels[at + k]!;
    count += 1;
  }
  return sum.map((value) => value / count);
}

/** Left, right, top and bottom of the teeth in centimetres. */
function boundsOf({ pixels, width, perCm, left, top }: AvatarTeeth) {
  const found = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let at = 0; at < pixels.length / 4; at += 1) {
    if (pixels[at * 4 + 3]! < 128) continue;
    const [x, y] = [left + (at % width) / perCm, top + Math.floor(at / width) / perCm];
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x);
    found.top = Math.min(found.top, y);
    found.bottom = Math.max(found.bottom, y);
  }
  return found;
}

const dimmed = (picture: Picture, by: number): Picture => ({
  ...picture,
  data: picture.data.map((value, at) => ((at & 3) === 3 ? value : value * by)),
});

describe('teeth in the photo itself', () => {
  test('are found, straightened and kept, with the colour and the edge that they have', async () => {
    const parts = await smilingAva();
    const { mouth, colours, rig } = await buildAvatar(parts);
    expect(mouth.closed).toBe(false);
    const { left, right, top, bottom } = boundsOf(mouth.teeth!);
    expect(right - left).toBeGreaterThan(2);
    expect(Math.abs(left + right)).toBeLessThan(0.5);
    expect(bottom - top).toBeGreaterThan(0.6 * (PAINTED_TEETH.height / rig.pixelsPerCm));
    expect(mouth.teethEdge).toBeCloseTo(bottom, 0);
    PAINTED_TEETH.colour.forEach((value, k) => {
      expect(Math.abs(colours.teeth[k]! - value)).toBeLessThan(12);
    });
  });

  test('are not seen in closed lips, nor in an open mouth without any', async () => {
    expect((await buildAvatar(await avaParts())).mouth.teeth).toBeNull();
    expect((await buildAvatar(await openMouthedAva(46))).mouth.teeth).toBeNull();
  });
});

describe('teeth of another photo', () => {
  let other: TeethPhoto;
  beforeAll(async () => {
    const { picture, face, canonical } = await smilingAva();
    other = readTeethPhoto(picture, face, canonical);
  });

  test('come to the same place as in the photo they are from', async () => {
    const own = (await buildAvatar(await smilingAva())).mouth;
    const worn = (await buildAvatar({ ...(await avaParts()), teeth: other })).mouth;
    expect(worn.closed).toBe(true);
    const [a, b] = [boundsOf(own.teeth!), boundsOf(worn.teeth!)];
    // the closed lips of one photo lie a little higher than where the open ones of the other meet
    expect(Math.abs(a.left - b.left)).toBeLessThan(0.1);
    expect(Math.abs(a.right - b.right)).toBeLessThan(0.1);
    expect(worn.teethEdge).toBeGreaterThan(0.15);
    expect(Math.abs(b.bottom - worn.teethEdge)).toBeLessThan(0.12);
  });

  test('are found alike in a smaller photo', async () => {
    const { picture, face, canonical } = await smilingAva();
    const half: Picture = shrink(picture);
    const small = readTeethPhoto(
      half,
      {
        ...face,
        landmarks: face.landmarks.map((value) => value / 2),
        height: face.height / 2,
        box: { x: face.box.x / 2, y: face.box.y / 2, width: face.box.width / 2, height: face.box.height / 2 },
      },
      canonical,
    );
    const [a, b] = [boundsOf(other.teeth), boundsOf(small.teeth)];
    expect(Math.abs(a.left - b.left) + Math.abs(a.right - b.right)).toBeLessThan(0.3);
    expect(Math.abs(a.bottom - b.bottom)).toBeLessThan(0.12);
    expect(Math.abs(small.edge - other.edge)).toBeLessThan(0.12);
  });

  test('take on the light of this photo', async () => {
    const parts = await avaParts();
    const bright = (await buildAvatar({ ...parts, teeth: other })).mouth.teeth!;
    const { picture, face, canonical } = await smilingAva();
    const dark = readTeethPhoto(dimmed(picture, 0.6), face, canonical);
    expect(colourOf(dark.teeth)[1]).toBeLessThan(0.7 * colourOf(other.teeth)[1]!);
    const relit = (await buildAvatar({ ...parts, teeth: dark })).mouth.teeth!;
    colourOf(relit).forEach((value, k) => {
      expect(Math.abs(value - colourOf(bright)[k]!)).toBeLessThan(10);
    });
  });

  test('that cannot be seen are an error that says what to do', async () => {
    const closed = await avaParts();
    expect(() => readTeethPhoto(closed.picture, closed.face, closed.canonical)).toThrow(
      expect.objectContaining({ code: 'TEETH_NOT_FOUND', message: expect.stringMatching(/closed/) }),
    );
    const dark = await openMouthedAva(46);
    expect(() => readTeethPhoto(dark.picture, dark.face, dark.canonical)).toThrow(
      expect.objectContaining({ code: 'TEETH_NOT_FOUND', hint: expect.stringMatching(/smiles/) }),
    );
  });
});

/** Half the size, 2 x 2 means. */
function shrink({ width, height, data }: Picture): Picture {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Uint8Array(w * h * 4);
  for (let at = 0; at < out.length; at += 1) {
    const [k, x, y] = [at & 3, (at >> 2) % w, Math.floor((at >> 2) / w)];
    const p = (2 * y * width + 2 * x) * 4 + k;
    out[at] = (data[p]! + data[p + 4]! + data[p + width * 4]! + data[p + width * 4 + 4]!) / 4;
  }
  return { width: w, height: h, data: out };
}
