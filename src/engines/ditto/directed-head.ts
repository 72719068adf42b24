import { clamp, mix } from '../../core/basics.ts';
import type { PoseOverride } from '../../core/index.ts';
import { lookAside } from '../portrait/gaze-edit.ts';
import type { HeadSight } from '../portrait/head-networks.ts';
import { HeadShift } from '../portrait/head-shift.ts';
import { ANGLE_BINS, degreesOf, type HeadState, KEYPOINT_NUMBERS } from '../portrait/keypoints.ts';
import type { DirectedMotion } from '../portrait-engine.ts';
import { EYE_NUMBERS, LIP_NUMBERS, PARTS } from './motion-vector.ts';

const DEGREES = 180 / Math.PI;
/** Share of the way to what is asked for that one frame goes: most of it within half a second, for eyes within a tenth. */
const EASE = 0.18;
const GLANCE = 0.6;

/** Parts of the pose that can be asked for. */
const POSED = ['yaw', 'pitch', 'roll', 'x', 'y'] as const;
type Posed = (typeof POSED)[number];

/**
 * Turns generated motion into states of the head of one photo: what differs from the first generated frame is added to the photo,
 * and what is asked for takes its place.
 */
export class DirectedHead {
  readonly #sight: HeadSight;
  readonly #shift: HeadShift;
  /** How far each part follows what is asked for, 0..1. */
  readonly #follows: Record<Posed, number> = { yaw: 0, pitch: 0, roll: 0, x: 0, y: 0 };
  #looks: readonly [theta: number, phi: number] = [0, 0];

  /** @param faceHeight - Picture pixels. */
  constructor(sight: HeadSight, faceHeight: number) {
    this.#sight = sight;
    this.#shift = new HeadShift(sight.crop, faceHeight);
  }

  /**
   * The state in the next frame.
   *
   * @param generated - Motion vector.
   * @param first - That of the first generated frame.
   */
  next(generated: Float32Array, first: Float32Array, { head, asked }: DirectedMotion): HeadState {
    const { state } = this.#sight;
    this.#ease(asked.pose);
    const free = {
      pitch: asked.head * this.#turn('pitch', generated, first),
      // Theirs is positive with the nose to the left of the picture.
      yaw: -asked.head * this.#turn('yaw', generated, first),
      roll: asked.head * this.#turn('roll', generated, first),
    };
    const [tx, ty] = [PARTS.t, PARTS.t + 1].map((at) => asked.head * (generated[at]! - first[at]!));
    const [x, y] = this.#shift.toPhoto(tx!, ty!);
    const place = {
      pitch: mix(free.pitch, head.pitch * DEGREES, this.#follows.pitch),
      yaw: mix(free.yaw, head.yaw * DEGREES, this.#follows.yaw),
      roll: mix(free.roll, head.roll * DEGREES, this.#follows.roll),
      x: mix(x, head.x, this.#follows.x),
      y: mix(y, head.y, this.#follows.y),
    };
    const exp = state.exp.slice();
    for (let at = 0; at < KEYPOINT_NUMBERS; at += 1) {
      const change = generated[PARTS.exp + at]! - first[PARTS.exp + at]!;
      if (LIP_NUMBERS.has(at)) exp[at]! += asked.mouth * change;
      if (EYE_NUMBERS.has(at)) exp[at]! += change;
    }
    // Eyes keep on the viewer, or on what is asked for, however the head turns.
    const wanted = asked.gaze ?? { theta: 0, phi: 0 };
    const [theta, phi] = this.#looks;
    this.#looks = [mix(theta, wanted.theta, GLANCE), mix(phi, wanted.phi, GLANCE)];
    lookAside(exp, this.#looks[0] - place.yaw, this.#looks[1] - place.pitch);
    const [right, down] = this.#shift.toSquare(place.x, place.y);
    return {
      kp: state.kp,
      exp,
      scale: state.scale * head.scale,
      pitch: state.pitch + place.pitch,
      yaw: state.yaw - place.yaw,
      roll: state.roll + place.roll,
      t: Float32Array.of(state.t[0]! + right, state.t[1]! + down, 0),
    };
  }

  /** How far an angle is from that of the photo, degrees. */
  #turn(angle: 'pitch' | 'yaw' | 'roll', generated: Float32Array, first: Float32Array): number {
    const { state, bins } = this.#sight;
    const at = PARTS[angle];
    const moved = bins[angle].map((bin, index) => bin + generated[at + index]! - first[at + index]!);
    return degreesOf(moved.subarray(0, ANGLE_BINS)) - state[angle];
  }

  #ease(pose: PoseOverride | null): void {
    for (const part of POSED) {
      const wanted = pose?.[part] === undefined ? 0 : 1;
      this.#follows[part] = clamp(mix(this.#follows[part], wanted, EASE), 0, 1);
    }
  }
}
