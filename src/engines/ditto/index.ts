/**
 * Ditto: published networks that make the motion of a head out of speech by diffusion, and draw it as LivePortrait does.
 *
 * @module
 */
import type { MotionFrame, Radians } from '../../core/basics.ts';
import type { Network } from '../../core/network.ts';
import { pointsTensor, seeAppearance, seeHead } from '../portrait/head-networks.ts';
import { HeadShift } from '../portrait/head-shift.ts';
import { inTurn } from '../portrait/in-turn.ts';
import { type HeadState, placeKeypoints } from '../portrait/keypoints.ts';
import type { DirectedMotion, HeadMover, PortraitEngine } from '../portrait-engine.ts';
import { generateMotion, ONLINE } from './speech-motion.ts';

const DEGREES = 180 / Math.PI;
/** Frames per second of the motion. */
const FPS = 25;
/** Seconds of a window beyond those that are certain, and of sound that is heard ahead. */
const LOOK_AHEAD = 80 / FPS + 0.28;

const info = { kind: 'motion', lookAhead: LOOK_AHEAD, maxSize: 4096, licence: 'Apache-2.0' } as const;
const common = {
  models: ['ditto'],
  fps: FPS,
  diffuses: true,
  drivable: false,
  online: { silence: ONLINE.overlap },
  window: { features: 'ditto-hubert-1024', rows: 1, beyond: 'nearest', first: (index: number) => index },
} as const;

/** Moves and draws the whole head with the networks of Ditto, 512 pixels large. */
export const dittoEngine: PortraitEngine = {
  ...common,
  processorTime: 13,
  info: {
    ...info,
    name: 'ditto',
    needs: 'The ONNX Runtime, and a graphics card with 8 GB: a processor takes 13 seconds per frame',
  },
  async load(networks, sitter, settings, signal) {
    const sight = await seeHead(networks['motion']!, sitter, signal);
    const feature = await seeAppearance(networks['appearance']!, sitter, sight.crop, signal);
    const source = pointsTensor(sight.keypoints);
    const draw = async (state: HeadState, until: AbortSignal | undefined): Promise<Float32Array> => {
      const driving = pointsTensor(placeKeypoints(state));
      const { keypoints } = await networks['stitching']!.run({ source, driving }, until);
      const warped = await networks['warping']!.run({ feature, source, driving: keypoints! }, until);
      return (await networks['decoder']!.run({ feature: warped['feature']! }, until))['picture']!.data;
    };
    return {
      crop: sight.crop,
      draw(movements, until) {
        const directed = movements as AsyncIterable<readonly DirectedMotion[]>;
        const generated = generateMotion(networks['lmdm']!, sight, sitter, settings, directed, until);
        return inTurn(generated, ({ state }) => draw(state, until), until);
      },
    };
  },
};

/** Moves the head with Ditto's motion for another engine to draw: lips, lids and brows stay those of the movement. Any processor. */
export const dittoMover: HeadMover = {
  ...common,
  processorTime: 0.12,
  roles: ['motion', 'hubert', 'lmdm'],
  info: {
    ...info,
    name: 'ditto+mesh',
    needs: 'The ONNX Runtime, and any CPU: about three seconds of processor time per second',
  },
  async load(networks, sitter, settings, signal) {
    const sight = await seeHead(networks['motion']!, sitter, signal);
    const shift = new HeadShift(sight.crop, sitter.avatar.face.height);
    return async function* move(movements, until) {
      const lmdm: Network = networks['lmdm']!;
      for await (const group of generateMotion(lmdm, sight, sitter, settings, movements, until))
        yield group.map(({ motion, state }) => withHead(motion, state, sight.state, shift));
    };
  },
};

/** A movement with a generated head in place of its own; the eyes look to where they did. */
function withHead(motion: DirectedMotion, state: HeadState, photo: HeadState, shift: HeadShift): MotionFrame {
  const { head, gaze } = motion;
  const yaw = (photo.yaw - state.yaw) / DEGREES;
  const pitch = (state.pitch - photo.pitch) / DEGREES;
  const roll = (state.roll - photo.roll) / DEGREES;
  const [x, y] = shift.toPhoto(state.t[0]! - photo.t[0]!, state.t[1]! - photo.t[1]!);
  return {
    ...motion,
    head: { ...head, yaw: yaw as Radians, pitch: pitch as Radians, roll: roll as Radians, x, y },
    gaze: {
      yaw: (gaze.yaw + head.yaw - yaw) as Radians,
      pitch: (gaze.pitch + head.pitch - pitch) as Radians,
    },
  };
}
