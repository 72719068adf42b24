import { expect, test } from 'vitest';
import { i420Length, videoFrameOf } from '../../src/kernels/colour/index.ts';
import { cropPlanes, mixPlanes } from '../../src/pipeline/plane-edits.ts';

test('a crop moves the wanted part of every plane to the front', () => {
  const [width, height] = [12, 8];
  const planes = new Uint8Array(i420Length(width, height));
  const frame = videoFrameOf(planes, width, height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) frame.y[y * width + x] = 16 * y + x;
  for (let y = 0; y < height / 2; y += 1) {
    for (let x = 0; x < width / 2; x += 1) {
      frame.u[(y * width) / 2 + x] = 100 + 10 * y + x;
      frame.v[(y * width) / 2 + x] = 200 + 10 * y + x;
    }
  }
  cropPlanes(planes, { width, height }, { x: 4, y: 2, width: 6, height: 4 });
  const cut = videoFrameOf(planes, 6, 4);
  expect([...cut.y]).toEqual([2, 3, 4, 5].flatMap((y) => [4, 5, 6, 7, 8, 9].map((x) => 16 * y + x)));
  expect([...cut.u]).toEqual([1, 2].flatMap((y) => [2, 3, 4].map((x) => 100 + 10 * y + x)));
  expect([...cut.v]).toEqual([1, 2].flatMap((y) => [2, 3, 4].map((x) => 200 + 10 * y + x)));
});

test('a blend goes evenly from one frame to the other and leaves equal samples as they are', () => {
  const other = Uint8Array.from([0, 200, 77, 255]);
  for (const [weight, expected] of [
    [0, [100, 100, 77, 0]],
    [0.25, [75, 125, 77, 64]],
    [1, [0, 200, 77, 255]],
  ] as const) {
    const planes = Uint8Array.from([100, 100, 77, 0]);
    mixPlanes(planes, other, weight);
    expect([...planes]).toEqual(expected);
  }
});
