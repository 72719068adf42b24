/** A photo's head that does what somebody else's does. */
import { describe, expect, test } from 'vitest';
import { placeDriven } from '../../../src/engines/liveportrait/driven-head.ts';
import {
  type HeadState,
  KEYPOINT_NUMBERS,
  placeKeypoints,
  placeTurned,
  turnOf,
} from '../../../src/engines/portrait/keypoints.ts';
import { TINY_POINTS } from '../onnx/tiny-portrait.ts';

const stateOf = (change: Partial<HeadState> = {}): HeadState => ({
  pitch: 4,
  yaw: -7,
  roll: 2,
  t: Float32Array.of(0.1, -0.05, 0.4),
  exp: Float32Array.from({ length: KEYPOINT_NUMBERS }, (_, at) => at / 1000),
  scale: 1.3,
  kp: TINY_POINTS,
  ...change,
});
const nothing = new Float32Array(KEYPOINT_NUMBERS);
const expectNear = (points: Float32Array, wanted: Float32Array) => {
  for (const [at, value] of points.entries()) expect(value, `number ${at}`).toBeCloseTo(wanted[at]!, 5);
};

describe('a driven head', () => {
  const photo = stateOf();
  const calm = stateOf({
    pitch: -3,
    yaw: 10,
    roll: -8,
    t: Float32Array.of(-0.2, 0.1, 0),
    scale: 0.9,
    exp: nothing,
  });

  test('stays as photographed while the driver is calm', () => {
    expectNear(placeDriven(photo, { now: calm, calm, speaks: true }, nothing), placeKeypoints(photo));
  });

  test('is turned as the driver is, if both were turned alike in the calm moment', () => {
    const { pitch, yaw, roll } = photo;
    const now = stateOf({ pitch: 12, yaw: 20, roll: -5 });
    const driven = placeDriven(photo, { now, calm: stateOf({ pitch, yaw, roll }), speaks: true }, nothing);
    expectNear(driven, placeKeypoints(now));
  });

  test('is turned in the frame of the photo: first as the driver, then as photographed', () => {
    const straight = { pitch: 0, yaw: 0, roll: 0 };
    const side = stateOf({ ...straight, yaw: 70, exp: nothing, t: nothing.slice(0, 3), scale: 1 });
    const nod = stateOf({ ...straight, pitch: 25 });
    const driven = placeDriven(side, { now: nod, calm: stateOf(straight), speaks: true }, nothing);
    const still = { exp: nothing, t: nothing, scale: 1 };
    const nodded = placeTurned(turnOf(nod), { ...still, kp: TINY_POINTS });
    expectNear(driven, placeTurned(turnOf(side), { ...still, kp: nodded }));
  });

  test('is shifted, sized and changed in expression by what the driver changes', () => {
    const exp = Float32Array.from({ length: KEYPOINT_NUMBERS }, (_, at) => Math.sin(at) / 50);
    const now: HeadState = { ...calm, t: Float32Array.of(-0.1, 0.15, 0.3), scale: 1.8, exp };
    const driven = placeDriven(photo, { now, calm, speaks: true }, nothing);
    const both = photo.exp.map((value, at) => value + exp[at]!);
    expectNear(driven, placeKeypoints({ ...photo, t: Float32Array.of(0.2, 0, 0), scale: 2.6, exp: both }));
  });

  test('has the lips of the speech, and everything else of the driver, where another one speaks', () => {
    const exp = new Float32Array(KEYPOINT_NUMBERS).fill(0.02);
    const mouth = new Float32Array(KEYPOINT_NUMBERS);
    mouth[14 * 3 + 1] = -0.01;
    const driven = placeDriven(photo, { now: { ...calm, exp }, calm, speaks: false }, mouth);
    const wanted = photo.exp.map(
      (value, at) => value + ([6, 12, 14, 17, 19, 20].includes(Math.trunc(at / 3)) ? 0 : 0.02),
    );
    wanted[14 * 3 + 1]! -= 0.01;
    expectNear(driven, placeKeypoints({ ...photo, exp: wanted }));
  });
});
