/** How movements become the points of LivePortrait, and the whole engine on tiny networks with its signatures. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../../src/platform/node/use.ts';
import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  degrees,
  type MotionFrame,
  neutralMotion,
  seconds,
} from '../../../src/core/index.ts';
import type { Network, NetworkSignature, Tensor } from '../../../src/core/network.ts';
import { expressionOf } from '../../../src/engines/liveportrait/expression.ts';
import { RatioMeter } from '../../../src/engines/liveportrait/face-ratios.ts';
import { liveportraitEngine } from '../../../src/engines/liveportrait/index.ts';
import { LocalHost } from '../../../src/engines/onnx/local-host.ts';
import { placeKeypoints } from '../../../src/engines/portrait/keypoints.ts';
import { readManifest } from '../../../src/models/catalogue.ts';
import { type DrawnFace, drawFace } from '../mesh/drawn-face.ts';
import { webRuntime } from '../onnx/test-runtime.ts';
import { TINY_POINTS, TINY_STATE, tinyLivePortrait } from '../onnx/tiny-portrait.ts';
import { testPortraitEngine } from '../portrait-conformance.ts';

let face: DrawnFace;
let folder = '';
let host: LocalHost;
let networks: Record<string, Network> = {};

beforeAll(async () => {
  face = await drawFace();
  folder = mkdtempSync(join(tmpdir(), 'loquent-liveportrait-test-'));
  host = new LocalHost({ runtime: webRuntime, device: { kind: 'cpu', index: 0 }, threads: 1, graphs: null });
  const { networks: signatures } = await readManifest('liveportrait');
  for (const [role, bytes] of Object.entries(tinyLivePortrait())) {
    const path = join(folder, `${role}.onnx`);
    writeFileSync(path, bytes);
    const signature = signatures[role] as NetworkSignature;
    networks[role] = await host.open({ name: `liveportrait/${role}`, path, signature, identity: null });
  }
});
afterAll(async () => {
  networks = {};
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

type Change = Partial<Omit<MotionFrame, 'weights' | 'head'>> & {
  readonly head?: Partial<MotionFrame['head']>;
};
function motionOf(
  weights: Partial<Record<Blendshape, number>> = {},
  { head, ...change }: Change = {},
): MotionFrame {
  const rest = neutralMotion(seconds(0));
  for (const [name, value] of Object.entries(weights))
    rest.weights[BLENDSHAPE_INDEX[name as Blendshape]] = value;
  return { ...rest, ...change, head: { ...rest.head, ...head } };
}
const sitter = () => ({ avatar: face.avatar, photo: face.picture });
const movements = () => [
  motionOf(),
  motionOf({ jawOpen: 0.7 }),
  motionOf({ eyeBlinkLeft: 1, eyeBlinkRight: 1 }),
  motionOf({ mouthSmileLeft: 0.8, mouthSmileRight: 0.8 }, { head: { yaw: degrees(8), x: 0.1 } }),
  motionOf({}, { head: { pitch: degrees(5) }, gaze: { yaw: degrees(10), pitch: degrees(-4) } }),
];

testPortraitEngine({
  engine: liveportraitEngine,
  networks: async () => networks,
  sitter,
  movements,
  drawing: 'warping',
});

/** The points that the drawing network is given for one movement. */
async function drivenBy(motion: MotionFrame): Promise<{ source: Float32Array; driven: Float32Array }> {
  let seen: Readonly<Record<string, Tensor>> = {};
  const watched: Network = {
    ...networks['warping']!,
    run(inputs, signal) {
      seen = inputs;
      return networks['warping']!.run(inputs, signal);
    },
  };
  const renderer = await liveportraitEngine.load({ ...networks, warping: watched }, sitter(), { seed: 1 });
  for await (const _ of renderer.draw(
    (async function* () {
      yield [motion];
    })(),
  ));
  return { source: seen['source']!.data, driven: seen['driving']!.data };
}

describe('a movement of LivePortrait', () => {
  test('that is none leaves every point where the photo has it, but for lips that close', async () => {
    const { source, driven } = await drivenBy(motionOf());
    const t = Float32Array.from(TINY_STATE.t);
    const state = { ...TINY_STATE, t, exp: new Float32Array(63), kp: TINY_POINTS };
    for (const [at, value] of placeKeypoints(state).entries()) {
      expect(source[at]).toBeCloseTo(value, 4);
      expect(driven[at]).toBeCloseTo(value, 2);
    }
  });

  test('of the head turns all points as ours does: our nose to the right is their negative yaw', async () => {
    const { driven } = await drivenBy(
      motionOf({}, { head: { yaw: degrees(10), pitch: degrees(4), roll: degrees(2) } }),
    );
    const t = Float32Array.from(TINY_STATE.t);
    const { pitch, yaw, roll, scale } = TINY_STATE;
    const state = {
      pitch: pitch + 4,
      yaw: yaw - 10,
      roll: roll + 2,
      scale,
      t,
      exp: new Float32Array(63),
      kp: TINY_POINTS,
    };
    const wanted = placeKeypoints(state);
    // The tiny stitching network shifts everything across by a tenth of the first point's way.
    const shift = driven[0]! - wanted[0]!;
    for (const [at, value] of wanted.entries())
      expect(driven[at]).toBeCloseTo(value + (at % 3 === 0 ? shift : 0), 2);
  });

  test('of the head in the picture is one of the points in the square, in half sides of it', async () => {
    const rest = await drivenBy(motionOf());
    const moved = await drivenBy(motionOf({}, { head: { y: 0.2 } }));
    const half =
      Math.hypot((await liveportraitEngine.load(networks, sitter(), { seed: 1 })).crop.right) * 256;
    expect(moved.driven[4]! - rest.driven[4]!).toBeCloseTo((0.2 * face.avatar.face.height) / half, 3);
  });

  test('of jaw and lids goes to the networks that were trained for them, by the openings of the mesh', async () => {
    const rest = await drivenBy(motionOf());
    const open = await drivenBy(motionOf({ jawOpen: 0.8 }));
    const shut = await drivenBy(motionOf({ eyeBlinkLeft: 1, eyeBlinkRight: 1 }));
    const meter = new RatioMeter(face.avatar);
    const lips = meter.of(motionOf({ jawOpen: 0.8 })).lips;
    expect(lips).toBeGreaterThan(0.2);
    expect(open.driven[19 * 3 + 1]! - rest.driven[19 * 3 + 1]!).toBeCloseTo(0.1 * lips, 3);
    expect(shut.driven[13 * 3 + 1]! - rest.driven[13 * 3 + 1]!).toBeGreaterThan(0.01);
  });

  test('of brows, corners of the mouth and gaze follows the published edits', () => {
    expect(expressionOf(motionOf())).toEqual(new Float32Array(63));
    const smile = expressionOf(motionOf({ mouthSmileLeft: 1, mouthSmileRight: 1 }));
    expect(smile[14 * 3 + 1]).toBeCloseTo(-0.02, 6);
    expect(smile[20 * 3 + 1]).toBeCloseTo(-0.01, 6);
    const brows = expressionOf(motionOf({ browInnerUp: 1, browOuterUpLeft: 1, browOuterUpRight: 1 }));
    expect(brows[1 * 3 + 1]).toBeCloseTo(0.015, 6);
    const right = expressionOf(motionOf({}, { gaze: { yaw: degrees(10), pitch: degrees(0) } }));
    expect(right[11 * 3]).toBeCloseTo(2.6 * 0.0007, 6);
    expect(right[15 * 3]).toBeCloseTo(2.6 * 0.001, 6);
    const down = expressionOf(motionOf({}, { gaze: { yaw: degrees(0), pitch: degrees(10) } }));
    expect(down[11 * 3 + 1]).toBeCloseTo(0.0028, 6);
    const left = expressionOf(motionOf({ mouthLeft: 1 }));
    expect(left[19 * 3]).toBeGreaterThan(0);
  });
});

describe('openings', () => {
  test('are those of the mesh: closed lips stay closed whatever presses them, lids shut', () => {
    const meter = new RatioMeter(face.avatar);
    expect(meter.of(motionOf()).lips).toBeLessThan(0.02);
    expect(meter.of(motionOf({ mouthClose: 1 })).lips).toBe(0);
    expect(meter.of(motionOf({ jawOpen: 1 })).lips).toBeGreaterThan(
      meter.of(motionOf({ jawOpen: 0.5 })).lips,
    );
    const { eyes } = meter.photo;
    expect(eyes[0]).toBeGreaterThan(0.15);
    const shut = meter.of(motionOf({ eyeBlinkLeft: 1, eyeBlinkRight: 1 })).eyes;
    expect(shut[0]).toBeLessThan(0.3 * eyes[0]);
    expect(shut[1]).toBeLessThan(0.3 * eyes[1]);
    // One eye alone: the person's left is the right one of the picture.
    expect(meter.of(motionOf({ eyeBlinkLeft: 1 })).eyes[0]).toBe(eyes[0]);
  });
});
