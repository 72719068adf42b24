/** Whether the mouth is drawn as wide as the movement tells: geometry first, then what a face tracker sees. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lipGeometry } from '../../eval/lips/real/lip-geometry.ts';
import { correlationOf, moments } from '../../eval/lips/statistics.ts';
import { createFaceAnalyser, type FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  type Blendshape,
  type MotionFrame,
  neutralMotion,
  seconds,
} from '../../src/core/index.ts';
import type { MotionRenderer } from '../../src/engines/engine.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import { builtAva, posed } from '../avatar/test-faces.ts';

type Weights = Partial<Record<Blendshape, number>>;
const both = (name: string, weight: number): Weights => ({
  [`${name}Left`]: weight,
  [`${name}Right`]: weight,
});

/** From pursed to spread, closed to open. */
const POSES: readonly Weights[] = [0, 0.08, 0.2, 0.4, 0.6].flatMap((jawOpen) =>
  [
    { mouthPucker: 0.7 },
    { mouthPucker: 0.35 },
    { mouthFunnel: 0.3 },
    {},
    both('mouthStretch', 0.35),
    both('mouthStretch', 0.7),
    { ...both('mouthSmile', 0.4), ...both('mouthStretch', 0.3) },
  ].map((shape): Weights => ({ jawOpen, ...shape })),
);

function motionOf(weights: Weights): MotionFrame {
  const motion = neutralMotion(seconds(0));
  for (const [name, weight] of Object.entries(weights))
    motion.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
  return motion;
}

const told = Float64Array.from(POSES, (weights) => lipGeometry(motionOf(weights)).width);
const correlation = (values: Float64Array) => correlationOf(moments(told, values));

describe('the width of the mouth', () => {
  let avatar: Avatar;
  let renderer: MotionRenderer;
  let analyser: FaceAnalyser;
  beforeAll(async () => {
    avatar = await builtAva();
    const { width, height } = avatar.region;
    const viewport = { x: avatar.region.x, y: avatar.region.y, width, height };
    renderer = await meshEngine.load(avatar, {
      width: 512,
      height: 512,
      viewport,
      surround: null,
      oversampling: 2,
    });
    analyser = await createFaceAnalyser();
  }, 60_000);
  afterAll(async () => {
    renderer[Symbol.dispose]();
    await analyser[Symbol.asyncDispose]();
  });

  test('follows the movement exactly in the mesh', () => {
    const { innerUpper } = avatar.mouth;
    const [left, right] = [innerUpper[0]! * 3, innerUpper.at(-1)! * 3];
    const drawn = Float64Array.from(POSES, (weights) => {
      const at = posed(avatar, weights);
      return Math.hypot(at[left]! - at[right]!, at[left + 1]! - at[right + 1]!);
    });
    expect(correlation(drawn)).toBeGreaterThan(0.995);
  });

  test('is seen by a face tracker, at every opening', async () => {
    const seen = new Float64Array(POSES.length);
    for (const [index, weights] of POSES.entries()) {
      const { width, height, data } = renderer.render(motionOf(weights), index);
      const [face] = await analyser.findFaces({ width, height, data: data.slice() });
      const apart = (a: number, b: number) =>
        Math.hypot(
          face!.landmarks[a * 3]! - face!.landmarks[b * 3]!,
          face!.landmarks[a * 3 + 1]! - face!.landmarks[b * 3 + 1]!,
        );
      seen[index] = apart(61, 291) / apart(33, 263);
    }
    expect(correlation(seen)).toBeGreaterThan(0.96);
  }, 120_000);
});
