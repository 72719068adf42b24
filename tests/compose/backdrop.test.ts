import { describe, expect, test } from 'vitest';
import { makeBackdrop } from '../../src/compose/backdrop.ts';
import { defocus } from '../../src/compose/defocus.ts';
import {
  LoquentError,
  type Picture,
  parseBackground,
  parseOptions,
  viewSchema,
} from '../../src/core/index.ts';
import '../../src/platform/node/use.ts';

describe('a background in the options', () => {
  test.each([
    ['keep', { kind: 'keep' }],
    ['transparent', { kind: 'transparent' }],
    ['blur', { kind: 'blur', strength: 0.4 }],
    ['blur:0.75', { kind: 'blur', strength: 0.75 }],
    ['#0a0B0c', { kind: 'colour', colour: [10, 11, 12] }],
    ['#f80', { kind: 'colour', colour: [255, 136, 0] }],
    ['white', { kind: 'colour', colour: [255, 255, 255] }],
    ['colour:Navy', { kind: 'colour', colour: [0, 0, 128] }],
    ['color:#000000', { kind: 'colour', colour: [0, 0, 0] }],
    ['my office.JPG', { kind: 'image', source: 'my office.JPG' }],
    ['file:///tmp/a.webp', { kind: 'image', source: 'file:///tmp/a.webp' }],
    ['image:picture', { kind: 'image', source: 'picture' }],
  ])('%s is understood', (text, background) => {
    expect(parseBackground(text)).toEqual(background);
    expect(parseOptions(viewSchema, { background: text }).background).toBe(text);
  });

  test.each([
    '',
    'blurr',
    'blur:2',
    'blur:x',
    '#12',
    '#12345',
    'colour:',
    'constructor',
    'film.mp4',
    'image:',
  ])('"%s" is refused with the list of what is possible', (text) => {
    expect(parseBackground(text)).toBeNull();
    expect(() => parseOptions(viewSchema, { background: text })).toThrow(LoquentError);
    expect(() => parseOptions(viewSchema, { background: text })).toThrow(/keep, blur.*transparent/);
  });
});

/** Left half red, right half blue, opaque but for the rows from `hole` on. */
function scenery(width: number, height: number, hole = height): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < hole; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data.set(x < width / 2 ? [200, 0, 0, 255] : [0, 0, 200, 255], (y * width + x) * 4);
    }
  }
  return data;
}

function place(width: number, height: number, picture?: Picture) {
  return {
    width,
    height,
    scenery: () => scenery(width, height),
    readPicture: async () => {
      if (!picture) throw new Error('No picture was expected.');
      return picture;
    },
  };
}

const at = (data: Uint8Array, width: number, x: number, y: number) => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];

describe('a backdrop', () => {
  test('is the photo itself for keep and for no blur', async () => {
    expect(await makeBackdrop({ kind: 'keep' }, place(8, 8))).toBeNull();
    expect(await makeBackdrop({ kind: 'blur', strength: 0 }, place(8, 8))).toBeNull();
  });

  test('is empty when transparent, and of one colour when a colour is wanted', async () => {
    const empty = await makeBackdrop({ kind: 'transparent' }, place(6, 4));
    expect(empty).toEqual(new Uint8Array(6 * 4 * 4));
    const plain = await makeBackdrop({ kind: 'colour', colour: [1, 2, 3] }, place(6, 4));
    expect(plain).toHaveLength(6 * 4 * 4);
    for (let i = 0; i < 24; i += 1) expect(at(plain!, 6, i % 6, Math.floor(i / 6))).toEqual([1, 2, 3, 255]);
  });

  test('shows the middle of a picture of another shape, filling the frame', async () => {
    const wide: Picture = { width: 40, height: 10, data: new Uint8Array(40 * 10 * 4).fill(255) };
    for (let y = 0; y < 10; y += 1) {
      for (let x = 0; x < 40; x += 1)
        wide.data.set(x < 15 || x >= 25 ? [255, 0, 0] : [0, 255, 0], (y * 40 + x) * 4);
    }
    const backdrop = await makeBackdrop({ kind: 'image', source: 'a.png' }, place(20, 20, wide));
    for (const [x, y] of [
      [1, 1],
      [18, 1],
      [10, 10],
      [1, 18],
      [18, 18],
    ] as const) {
      expect(at(backdrop!, 20, x, y)).toEqual([0, 255, 0, 255]);
    }
  });

  test('is blurred the more the larger the strength', async () => {
    const steepest: number[] = [];
    for (const strength of [0.1, 0.3, 0.6, 1]) {
      const blurred = await makeBackdrop({ kind: 'blur', strength }, place(480, 60));
      let most = 0;
      for (let x = 1; x < 480; x += 1) {
        most = Math.max(most, Math.abs(at(blurred!, 480, x, 30)[0]! - at(blurred!, 480, x - 1, 30)[0]!));
      }
      steepest.push(most);
    }
    expect(steepest).toEqual(steepest.toSorted((a, b) => b - a));
    expect(new Set(steepest).size).toBe(4);
  });
});

describe('defocusing', () => {
  test('leaves an even picture as it is', () => {
    const even = new Uint8Array(50 * 30 * 4);
    for (let i = 0; i < even.length; i += 4) even.set([90, 160, 20, 255], i);
    const difference = defocus(even, 50, 30, 9).map((value, i) => Math.abs(value - even[i]!));
    expect(Math.max(...difference)).toBeLessThanOrEqual(1);
  });

  test('takes no colour from where nothing is known', () => {
    const blurred = defocus(scenery(80, 80, 40), 80, 80, 10);
    for (let y = 0; y < 45; y += 1) {
      expect(at(blurred, 80, 5, y)[0]).toBeGreaterThanOrEqual(198);
      expect(at(blurred, 80, 5, y)[3]).toBe(255);
    }
  });

  test('averages light: a lamp stays brighter than the mean of its values', () => {
    const lamp = new Uint8Array(60 * 60 * 4);
    for (let i = 3; i < lamp.length; i += 4) lamp[i] = 255;
    for (let y = 27; y < 33; y += 1) lamp.fill(255, (y * 60 + 27) * 4, (y * 60 + 33) * 4);
    const total = (data: Uint8Array) => data.reduce((sum, value, i) => sum + (i % 4 === 0 ? value : 0), 0);
    expect(total(defocus(lamp, 60, 60, 12))).toBeGreaterThan(1.5 * total(lamp));
  });
});
