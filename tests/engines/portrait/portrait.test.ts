/** The square that networks draw, what they are given of it, how points are placed, and how heads are put back. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import '../../../src/platform/node/use.ts';
import { clamp, type Picture } from '../../../src/core/index.ts';
import {
  cropHead,
  GLANCE_SIDE,
  HEAD_SIDE,
  type HeadCrop,
  scaleOf,
} from '../../../src/engines/portrait/head-crop.ts';
import { HeadPaste, planHeadPaste } from '../../../src/engines/portrait/head-paste.ts';
import { glanceAt } from '../../../src/engines/portrait/head-picture.ts';
import { degreesOf, placeKeypoints } from '../../../src/engines/portrait/keypoints.ts';
import { i420Length, rgbaToI420Reference } from '../../../src/kernels/colour/index.ts';
import { compilePaste, createPaste } from '../../../src/kernels/paste/index.ts';
import { type DrawnFace, drawFace } from '../mesh/drawn-face.ts';
import { binsOf } from '../onnx/tiny-portrait.ts';

const AREA = HEAD_SIDE * HEAD_SIDE;
let face: DrawnFace;
beforeAll(async () => {
  face = await drawFace();
});

/** A picture whose colours say where one is. */
function ramp(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, at = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, at += 4)
      data.set([(255 * x) / width, (255 * y) / height, 128, 255], at);
  return { width, height, data };
}

/** The mesh of a face, turned in the picture about the middle of it, larger, and moved. */
function turned({ avatar }: DrawnFace, angle: number, scale: number, shift: readonly [number, number]) {
  const rest = avatar.mesh.rest.slice();
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  for (let at = 0; at < rest.length; at += 3) {
    const [x, y] = [rest[at]! + avatar.region.x, rest[at + 1]! + avatar.region.y];
    rest[at] = cos * x - sin * y + shift[0];
    rest[at + 1] = sin * x + cos * y + shift[1];
  }
  return { mesh: { ...avatar.mesh, rest }, region: { x: 0, y: 0, width: 1, height: 1 } };
}
const pointAt = ({ right, down, left, top }: HeadCrop, u: number, v: number) =>
  [right * u - down * v + left, down * u + right * v + top] as const;

describe('the square of the head', () => {
  test('is upright for an upright face, 2.3 times as large as the face, and reaches further above it than below', () => {
    const crop = cropHead(face.avatar);
    const { region, mesh } = face.avatar;
    expect(Math.abs(Math.atan2(crop.down, crop.right))).toBeLessThan(0.01);
    const at = (landmark: number) => [
      mesh.rest[landmark * 3]! + region.x,
      mesh.rest[landmark * 3 + 1]! + region.y,
    ];
    const width = at(454)[0]! - at(234)[0]!;
    expect((scaleOf(crop) * HEAD_SIDE) / width).toBeCloseTo(2.3, 0);
    const [x, y] = pointAt(crop, HEAD_SIDE / 2, HEAD_SIDE / 2);
    expect(x).toBeCloseTo(at(1)[0]!, 0);
    const middle = (at(105)[1]! + at(152)[1]!) / 2;
    expect(middle - y).toBeGreaterThan(0.1 * scaleOf(crop) * HEAD_SIDE);
    expect(middle - y).toBeLessThan(0.15 * scaleOf(crop) * HEAD_SIDE);
  });

  test('goes along with a face that is turned, larger and elsewhere', () => {
    const crop = cropHead(face.avatar);
    const [angle, scale, shift] = [0.4, 1.7, [30, -12]] as const;
    const other = cropHead(turned(face, angle, scale, shift));
    for (const [u, v] of [
      [0, 0],
      [HEAD_SIDE, 0],
      [100, 400],
    ] as const) {
      const [x, y] = pointAt(crop, u, v);
      const [tx, ty] = pointAt(other, u, v);
      expect(tx).toBeCloseTo(scale * (Math.cos(angle) * x - Math.sin(angle) * y) + shift[0], 1);
      expect(ty).toBeCloseTo(scale * (Math.sin(angle) * x + Math.cos(angle) * y) + shift[1], 1);
    }
  });

  test('is shown to networks as the means of what each pixel stands for, the border of the photo beyond it', () => {
    const photo = ramp(800, 800);
    const crop = { right: 2.9, down: 0.4, left: -300, top: -200 };
    const glance = glanceAt(photo, crop);
    const area = GLANCE_SIDE * GLANCE_SIDE;
    for (const [column, row] of [
      [150, 120],
      [60, 200],
      [10, 90],
    ] as const) {
      const [x, y] = pointAt(crop, 2 * column + 1, 2 * row + 1);
      const at = row * GLANCE_SIDE + column;
      expect(glance[at]).toBeCloseTo(clamp(x / 800, 0, 1), 1);
      expect(glance[area + at]).toBeCloseTo(clamp(y / 800, 0, 1), 1);
    }
    expect(glance[0]).toBe(0);
    const fine: Picture = { ...photo, data: photo.data.map((_, at) => ((at >> 2) & 1 ? 255 : 0)) };
    const grey = glanceAt(fine, { right: 3, down: 0, left: 10, top: 10 });
    // Single columns of black and white are grey from afar.
    expect(Math.abs(grey[100 * GLANCE_SIDE + 60]! - 0.5)).toBeLessThan(0.01);
  });
});

describe('heads', () => {
  const shown = { width: 640, height: 360, viewport: { x: 100, y: 50, width: 800, height: 450 } };
  const still = (() => {
    const data = new Uint8Array(shown.width * shown.height * 4);
    for (let at = 0; at < data.length; at += 1) data[at] = at % 4 === 3 ? 255 : (at * 31) % 251;
    return data;
  })();
  /** A head in which colours say where one is. */
  const places = Float32Array.from({ length: 3 * AREA }, (_, at) => {
    const [plane, pixel] = [Math.floor(at / AREA), at % AREA];
    return [((pixel % HEAD_SIDE) + 0.5) / HEAD_SIDE, (Math.floor(pixel / HEAD_SIDE) + 0.5) / HEAD_SIDE, 0.25][
      plane
    ]!;
  });

  /** The frame in which a head was laid. */
  async function frameWith(head: Float32Array, frame: Uint8Array, crop: HeadCrop): Promise<Uint8Array> {
    const order = planHeadPaste(frame, shown, crop);
    const kernel = readFileSync(new URL('../../../assets/kernels/paste.wasm', import.meta.url));
    const paste = await createPaste(await compilePaste(kernel), order);
    paste.lay(head);
    const pixels = frame.slice();
    const { x, y, width, height } = order.part;
    for (let row = 0; row < height; row += 1)
      pixels.set(
        paste.pixels.subarray(row * width * 4, (row + 1) * width * 4),
        ((y + row) * shown.width + x) * 4,
      );
    return pixels;
  }

  test.each([
    ['as large as the square', { right: 1.25, down: 0, left: 180, top: 60 }],
    ['smaller, and turned', { right: 0.5, down: 0.2, left: 400, top: 150 }],
    ['much larger than it is shown', { right: 0.3, down: -0.02, left: 500, top: 200 }],
    ['beyond the frame', { right: 2, down: 0.5, left: -100, top: -300 }],
  ])('come to their place %s', async (_, crop) => {
    const pixels = await frameWith(places, still, crop);
    const scale = scaleOf(crop);
    let [within, farthest, strayed] = [0, 0, 0];
    for (let row = 0; row < shown.height; row += 1) {
      for (let column = 0; column < shown.width; column += 1) {
        const at = (row * shown.width + column) * 4;
        const [x, y] = [100 + (column + 0.5) * 1.25 - crop.left, 50 + (row + 0.5) * 1.25 - crop.top];
        const u = (crop.right * x + crop.down * y) / scale ** 2 / HEAD_SIDE;
        const v = (crop.right * y - crop.down * x) / scale ** 2 / HEAD_SIDE;
        const edge = Math.min(u, v, 1 - u, 1 - v);
        if (edge < 0) {
          for (let k = 0; k < 4; k += 1) if (pixels[at + k] !== still[at + k]) strayed += 1;
        } else if (edge > 0.052) {
          within += 1;
          farthest = Math.max(
            farthest,
            Math.abs(pixels[at]! - 255 * u),
            Math.abs(pixels[at + 1]! - 255 * v),
            Math.abs(pixels[at + 2]! - 63.75),
          );
        }
      }
    }
    expect(strayed).toBe(0);
    expect(within).toBeGreaterThan(1000);
    expect(farthest).toBeLessThan(1.8);
  });

  test('fade into the frame without a step, and leave no trace of the one before', async () => {
    const crop = { right: 1, down: 0, left: 200, top: 60 };
    const grey = still.map((_, at) => (at % 4 === 3 ? 255 : 100));
    const pixels = await frameWith(new Float32Array(3 * AREA).fill(1), grey, crop);
    const row = 150 * shown.width * 4;
    let largest = 0;
    for (let at = row + 4; at < row + shown.width * 4; at += 4)
      largest = Math.max(largest, Math.abs(pixels[at]! - pixels[at - 4]!));
    expect(largest).toBeLessThan(18);
    const [laid, fresh] = [0, 1].map(() => new Uint8Array(i420Length(shown.width, shown.height)).fill(7));
    const paste = await HeadPaste.load(grey, shown, crop);
    paste.lay(new Float32Array(3 * AREA).fill(1), laid!);
    paste.lay(places, laid!);
    (await HeadPaste.load(grey, shown, crop)).lay(places, fresh!);
    expect(Buffer.compare(laid!, fresh!)).toBe(0);
  });

  test.each([
    ['upright', { right: 0.99, down: 0, left: 311, top: 107 }],
    ['turned, and in part beyond the frame', { right: 1.1, down: 0.3, left: 520, top: -90 }],
  ])('are the video that the whole frame would be, %s', async (_, crop) => {
    const { width, height } = shown;
    const [expected, found] = [0, 1].map(() => new Uint8Array(i420Length(width, height))) as [
      Uint8Array,
      Uint8Array,
    ];
    rgbaToI420Reference(await frameWith(places, still, crop), width, height, expected);
    (await HeadPaste.load(still, shown, crop)).lay(places, found);
    expect(Buffer.compare(found, expected)).toBe(0);
  });
});

describe('points', () => {
  const rest = {
    pitch: 0,
    yaw: 0,
    roll: 0,
    t: new Float32Array(3),
    exp: new Float32Array(63),
    scale: 1,
    kp: new Float32Array(63),
  };
  /** The first point, at the tip of a nose: towards the viewer. */
  const nose = new Float32Array(63);
  nose.set([0, 0, -0.5]);

  test('turn with the nose to the left for a positive yaw, down for a positive pitch, clockwise for a positive roll', () => {
    const [x, , z] = placeKeypoints({ ...rest, kp: nose, yaw: 30 });
    expect(x).toBeCloseTo(-0.25, 6);
    expect(z).toBeCloseTo(-0.5 * Math.cos(Math.PI / 6), 6);
    expect(placeKeypoints({ ...rest, kp: nose, pitch: 30 })[1]).toBeCloseTo(0.25, 6);
    const ear = new Float32Array(63);
    ear.set([0.5, 0, 0]);
    expect(placeKeypoints({ ...rest, kp: ear, roll: 30 })[1]).toBeCloseTo(0.25, 6);
  });

  test('are turned by roll after yaw after pitch, then moved by the expression, scaled and shifted but for depth', () => {
    const exp = new Float32Array(63);
    exp.set([0.1, 0.2, 0.3]);
    const state = {
      ...rest,
      kp: nose,
      exp,
      pitch: 20,
      yaw: 30,
      roll: 40,
      scale: 2,
      t: Float32Array.of(1, 2, 3),
    };
    // As matrices of the three turns, one after the other.
    const [p, y, r] = [20, 30, 40].map((angle) => (angle * Math.PI) / 180) as [number, number, number];
    const pitched = [0, -Math.sin(p) * -0.5, Math.cos(p) * -0.5] as const;
    const yawed = [Math.sin(y) * pitched[2], pitched[1], Math.cos(y) * pitched[2]] as const;
    const rolled = [
      Math.cos(r) * yawed[0] - Math.sin(r) * yawed[1],
      Math.sin(r) * yawed[0] + Math.cos(r) * yawed[1],
      yawed[2],
    ] as const;
    const [x, down, z] = placeKeypoints(state);
    expect(x).toBeCloseTo(2 * (rolled[0] + 0.1) + 1, 5);
    expect(down).toBeCloseTo(2 * (rolled[1] + 0.2) + 2, 5);
    expect(z).toBeCloseTo(2 * (rolled[2] + 0.3), 5);
  });

  test.each([-97.5, -30, 0, 4.5, 33.3])('are turned by bins that stand for %s degrees', (degrees) => {
    expect(degreesOf(binsOf(degrees))).toBeCloseTo(degrees, 4);
  });
});
