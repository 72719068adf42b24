/** Where the face is in pictures of a photo that speaks. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { frameShot } from '../../src/compose/framing.ts';
import {
  type Avatar,
  degrees,
  type MotionFrame,
  neutralMotion,
  seconds,
  type VideoFrame,
} from '../../src/core/index.ts';
import { loadI420Converter } from '../../src/encode/i420.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import { LandmarkPlaces } from '../../src/engines/mesh/landmark-places.ts';
import { prepareAvatar } from '../../src/index.ts';
import { i420Length, videoFrameOf } from '../../src/kernels/colour/index.ts';
import { findDrawnFace } from '../../src/pipeline/neural/drawn-face.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';

const SIZE = 256;
let avatar: Avatar;
beforeAll(async () => {
  avatar = await prepareAvatar(fileURLToPath(new URL('../../demo/portraits/sam.png', import.meta.url)));
}, 60_000);

/** A head that turns and moves to one side, as fast as people do. */
const moving = (count: number): MotionFrame[] =>
  Array.from({ length: count }, (_, index) => {
    const motion = neutralMotion(seconds(index / 25));
    return { ...motion, head: { ...motion.head, yaw: degrees(index), x: index * 0.006 } };
  });
/** Pictures of movements; those for which there is none are grey. */
async function* pictures(movements: readonly (MotionFrame | null)[]): AsyncGenerator<VideoFrame> {
  using renderer = await loadRenderer(meshEngine, avatar, {
    crop: 'bust',
    size: SIZE,
    preset: 'fast',
    background: 'keep',
  });
  const converter = await loadI420Converter(SIZE, SIZE);
  const planes = new Uint8Array(i420Length(SIZE, SIZE));
  for (const [index, motion] of movements.entries()) {
    if (motion) converter.convert(renderer.render(motion, index).data, planes);
    else planes.fill(128);
    yield videoFrameOf(planes, SIZE, SIZE);
  }
}
async function find(movements: readonly (MotionFrame | null)[]) {
  const framing = frameShot(avatar, 'bust', SIZE);
  const drawMesh = () => expect.unreachable();
  const found = [];
  for await (const { frame, landmarks } of findDrawnFace({ avatar, framing, drawMesh }, pictures(movements)))
    found.push({ sum: 'y' in frame ? frame.y.reduce((a, b) => a + b, 0) : 0, landmarks });
  return { found, places: new LandmarkPlaces(avatar, framing) };
}

describe('the face that networks have drawn', { timeout: 120_000 }, () => {
  test('is found where it is, does not lag behind, and comes with its own picture', async () => {
    const movements = moving(12);
    const { found, places } = await find(movements);
    expect(found).toHaveLength(movements.length);
    const sums: number[] = [];
    for await (const { y } of pictures(movements)) sums.push(y.reduce((a, b) => a + b, 0));
    expect(found.map(({ sum }) => sum)).toEqual(sums);
    const height = places.at(movements[0]!)[152 * 3 + 1]! - places.at(movements[0]!)[10 * 3 + 1]!;
    for (const [index, { landmarks }] of found.entries()) {
      const drawn = places.at(movements[index]!);
      for (const at of [152, 172, 397, 4, 61, 291].map((landmark) => landmark * 3)) {
        const [dx, dy] = [landmarks![at]! - drawn[at]!, landmarks![at + 1]! - drawn[at + 1]!];
        expect(Math.hypot(dx, dy) / height, `landmark ${at / 3} of frame ${index}`).toBeLessThan(0.025);
      }
    }
  });

  test('is not found where there is none', async () => {
    const { found } = await find([...moving(2), null, ...moving(1)]);
    expect(found.map(({ landmarks }) => landmarks !== null)).toEqual([true, true, false, true]);
  });
});
