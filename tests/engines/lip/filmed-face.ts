import '../../../src/platform/node/use.ts';
import { buildAvatar, prepareLipRig } from '../../../src/avatar/preparation/index.ts';
import { CHAINS } from '../../../src/avatar/preparation/landmark-chains.ts';
import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  type FootageIdentity,
  type LipRig,
  type MotionFrame,
  neutralMotion,
  type Radians,
  seconds,
  type TrackedFace,
  type VideoFrame,
} from '../../../src/core/index.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { placeRegion } from '../../../src/engines/mesh/placement.ts';
import { Rig } from '../../../src/engines/mesh/rig.ts';
import { i420Length, rgbaToI420Reference } from '../../../src/kernels/colour/index.ts';
import { createReferenceRaster } from '../../../src/kernels/raster/index.ts';
import { avaParts } from '../../avatar/test-faces.ts';

/** Side of the frames. */
export const SIZE = 384;

/** One frame of footage whose truth is known: it was drawn. */
export interface Shot {
  readonly frame: VideoFrame;
  readonly face: TrackedFace;
}

/** A camera before the portrait `ava`. */
export interface Film {
  readonly rig: LipRig;
  readonly identity: FootageIdentity;
  /** Films one expression. The caller owns the frame. */
  shoot(motion: MotionFrame): Shot;
}

/** A motion with some weights and a head pose. */
export function motionOf(
  weights: Partial<Record<Blendshape, number>>,
  head: Partial<{ yaw: number; pitch: number; roll: number; x: number; y: number; scale: number }> = {},
): MotionFrame {
  const motion = neutralMotion(seconds(0));
  for (const [name, weight] of Object.entries(weights))
    motion.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
  return { ...motion, head: { ...motion.head, ...head } as MotionFrame['head'] };
}

/** Prepares the portrait and films it. */
export async function openFilm(): Promise<Film> {
  const parts = await avaParts(0.6);
  const avatar = await buildAvatar(parts);
  const { region } = avatar;
  const side = Math.min(region.width, region.height);
  const viewport = { x: region.x + (region.width - side) / 2, y: region.y, width: side, height: side };
  const view = { width: SIZE, height: SIZE, viewport, surround: null, oversampling: 2 };
  const renderer = await meshEngine.load(avatar, view);
  const placement = placeRegion(avatar, view);
  const rig = new Rig(avatar, createReferenceRaster(), placement);

  const shoot = (motion: MotionFrame): Shot => {
    const picture = renderer.render(motion, 0);
    const planes = new Uint8Array(i420Length(SIZE, SIZE));
    rgbaToI420Reference(picture.data, SIZE, SIZE, planes);
    const frame: VideoFrame = {
      width: SIZE,
      height: SIZE,
      y: planes.slice(0, SIZE * SIZE),
      u: planes.slice(SIZE * SIZE, SIZE * SIZE * 1.25),
      v: planes.slice(SIZE * SIZE * 1.25),
    };
    rig.update(motion);
    const landmarks = new Float32Array(478 * 3);
    for (let i = 0; i < 478; i++) {
      const v = i < 468 ? i : 33;
      landmarks[i * 3] = rig.screen[v * 2]!;
      landmarks[i * 3 + 1] = rig.screen[v * 2 + 1]!;
      const [x, y, z] = [0, 1, 2].map((k) => rig.positions[v * 3 + k]! - avatar.rig.pivot[k]!);
      const { pose } = rig;
      landmarks[i * 3 + 2] = (pose[6]! * x! + pose[7]! * y! + pose[8]! * z!) * placement.scale;
    }
    return { frame, face: trackedFace(landmarks, motion) };
  };

  const rest = shoot(motionOf({}));
  const smile = motionOf({ jawOpen: 0.35, mouthUpperUpLeft: 0.5, mouthUpperUpRight: 0.5 });
  const laughing = shoot(smile);
  const pictureOf = (motion: MotionFrame) => ({
    width: SIZE,
    height: SIZE,
    data: renderer.render(motion, 0).data.slice(),
  });
  const identity: FootageIdentity = {
    rest: rest.face,
    portrait: { picture: pictureOf(motionOf({})), face: rest.face },
    teeth: { picture: pictureOf(smile), face: laughing.face },
    mouthLight: null,
  };
  return { rig: await prepareLipRig(identity), identity, shoot };
}

function trackedFace(landmarks: Float32Array, { head }: MotionFrame): TrackedFace {
  const seam = new Float32Array(162);
  const { innerUpper, innerLower } = CHAINS;
  for (let i = 0; i < 81; i++) {
    const at = Math.min(9.999, i / 8);
    for (let k = 0; k < 2; k++) {
      const middle = (n: number) =>
        (landmarks[innerUpper[n]! * 3 + k]! + landmarks[innerLower[n]! * 3 + k]!) / 2;
      const from = middle(Math.floor(at));
      seam[i * 2 + k] = from + (middle(Math.floor(at) + 1) - from) * (at % 1);
    }
  }
  return {
    landmarks,
    yaw: head.yaw as Radians,
    pitch: head.pitch as Radians,
    roll: head.roll as Radians,
    seam,
    gap: Math.hypot(landmarks[13 * 3]! - landmarks[14 * 3]!, landmarks[13 * 3 + 1]! - landmarks[14 * 3 + 1]!),
    visibility: 1,
  };
}
