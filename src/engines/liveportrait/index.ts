/**
 * LivePortrait: published networks that move the head of a photo by 21 points, here after the movements that drive every engine.
 *
 * @module
 */
import type { MotionFrame } from '../../core/basics.ts';
import type { Network, Tensor } from '../../core/network.ts';
import { type HeadSight, pointsTensor, seeAppearance, seeHead } from '../portrait/head-networks.ts';
import { HeadShift } from '../portrait/head-shift.ts';
import { inTurn } from '../portrait/in-turn.ts';
import { KEYPOINT_NUMBERS, placeKeypoints } from '../portrait/keypoints.ts';
import type { DrivenMotion, PortraitEngine, PortraitRenderer, Sitter } from '../portrait-engine.ts';
import { placeDriven } from './driven-head.ts';
import { expressionOf, mouthOf } from './expression.ts';
import { RatioMeter } from './face-ratios.ts';

const DEGREES = 180 / Math.PI;
/** Lips of a photo that are further open, heights in widths, are closed before a driver moves them: they could never meet. */
const PARTED = 0.03;

/** Draws the whole head with the networks of LivePortrait, 512 pixels large. */
export const liveportraitEngine: PortraitEngine = {
  info: {
    name: 'liveportrait',
    kind: 'motion',
    lookAhead: 0,
    maxSize: 4096,
    licence: 'MIT',
    needs: 'The ONNX Runtime, and a graphics card with 8 GB: a processor takes 13 seconds per frame',
  },
  models: ['liveportrait'],
  fps: null,
  diffuses: false,
  drivable: true,
  online: null,
  processorTime: 13,
  window: null,
  async load(networks, sitter, _settings, signal) {
    const sight = await seeHead(networks['motion']!, sitter, signal);
    const appearance = await seeAppearance(networks['appearance']!, sitter, sight.crop, signal);
    const renderer = new LivePortraitRenderer(networks, sight, appearance, sitter);
    await renderer.measureRest(signal);
    return renderer;
  },
};

class LivePortraitRenderer implements PortraitRenderer {
  readonly crop: HeadSight['crop'];
  readonly #networks: Readonly<Record<string, Network>>;
  readonly #sight: HeadSight;
  readonly #appearance: Tensor;
  readonly #meter: RatioMeter;
  readonly #shift: HeadShift;
  /** What the retargeting networks answer when nothing is to change: taken off, so that then nothing does. */
  #eyesAtRest: Float32Array = new Float32Array(KEYPOINT_NUMBERS);
  #lipsAtRest: Float32Array = new Float32Array(KEYPOINT_NUMBERS);
  /** What closes the lips of the photo, before somebody else's open them. */
  #lipsShut: Float32Array = new Float32Array(KEYPOINT_NUMBERS);

  constructor(
    networks: Readonly<Record<string, Network>>,
    sight: HeadSight,
    appearance: Tensor,
    { avatar }: Sitter,
  ) {
    this.#networks = networks;
    this.#sight = sight;
    this.#appearance = appearance;
    this.crop = sight.crop;
    this.#meter = new RatioMeter(avatar);
    this.#shift = new HeadShift(sight.crop, avatar.face.height);
  }

  /** Asks the retargeting networks about the photo as it is. */
  async measureRest(signal: AbortSignal | undefined): Promise<void> {
    const { lips, eyes } = this.#meter.photo;
    [this.#lipsAtRest, this.#eyesAtRest, this.#lipsShut] = await Promise.all([
      this.#openLips(lips, signal),
      this.#openEyes((eyes[0] + eyes[1]) / 2, signal),
      this.#openLips(lips < PARTED ? lips : 0, signal),
    ]);
  }

  draw(
    movements: AsyncIterable<readonly MotionFrame[]>,
    signal?: AbortSignal,
  ): AsyncGenerator<Float32Array, void, undefined> {
    return inTurn(movements, (motion) => this.#draw(motion, signal), signal);
  }

  async #draw(motion: MotionFrame, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { keypoints: source } = this.#sight;
    const driven =
      'driver' in motion
        ? await this.#follow(motion as DrivenMotion, signal)
        : await this.#move(motion, signal);
    await this.#stitch(source, driven, signal);
    const { picture } = await this.#networks['warping']!.run(
      { feature: this.#appearance, source: pointsTensor(source), driving: pointsTensor(driven) },
      signal,
    );
    return picture!.data;
  }

  /** The points after a movement. */
  async #move(motion: MotionFrame, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { lips, eyes } = this.#meter.of(motion);
    const [mouth, lids] = await Promise.all([
      this.#openLips(lips, signal),
      this.#openEyes((eyes[0] + eyes[1]) / 2, signal),
    ]);
    const points = this.#pose(motion);
    for (let at = 0; at < KEYPOINT_NUMBERS; at += 1)
      points[at]! += mouth[at]! - this.#lipsAtRest[at]! + lids[at]! - this.#eyesAtRest[at]!;
    return points;
  }

  /** The points after somebody else's head, with their lips or with those of the movement. */
  async #follow(motion: DrivenMotion, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { driver } = motion;
    const points = placeDriven(this.#sight.state, driver, mouthOf(motion));
    if (driver.speaks) return points.map((place, at) => place + this.#lipsShut[at]! - this.#lipsAtRest[at]!);
    const mouth = await this.#openLips(this.#meter.of(motion).lips, signal);
    return points.map((place, at) => place + mouth[at]! - this.#lipsAtRest[at]!);
  }

  /** The points after head, brows, cheeks, corners of the mouth and gaze. */
  #pose(motion: MotionFrame): Float32Array {
    const { state } = this.#sight;
    const { head } = motion;
    const exp = expressionOf(motion);
    for (let at = 0; at < KEYPOINT_NUMBERS; at += 1) exp[at]! += state.exp[at]!;
    const [right, down] = this.#shift.toSquare(head.x, head.y);
    return placeKeypoints({
      kp: state.kp,
      exp,
      t: Float32Array.of(state.t[0]! + right, state.t[1]! + down, 0),
      scale: state.scale * head.scale,
      pitch: state.pitch + head.pitch * DEGREES,
      // Theirs is positive with the nose to the left of the picture.
      yaw: state.yaw - head.yaw * DEGREES,
      roll: state.roll + head.roll * DEGREES,
    });
  }

  #openLips(target: number, signal: AbortSignal | undefined): Promise<Float32Array> {
    return this.#retarget('lips', [this.#meter.photo.lips, target], signal);
  }

  #openEyes(target: number, signal: AbortSignal | undefined): Promise<Float32Array> {
    return this.#retarget('eyes', [...this.#meter.photo.eyes, target], signal);
  }

  /** What the points must be moved by so that an opening goes from its ratio in the photo to another one. */
  async #retarget(
    role: 'lips' | 'eyes',
    ratios: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const input = rowOf(this.#sight.keypoints, ratios);
    return (await this.#networks[role]!.run({ input }, signal))['delta']!.data;
  }

  /** Makes points fit the shoulders of the photo, in place. */
  async #stitch(source: Float32Array, driven: Float32Array, signal: AbortSignal | undefined): Promise<void> {
    const { delta } = await this.#networks['stitching']!.run({ input: rowOf(source, driven) }, signal);
    const numbers = delta!.data;
    for (let at = 0; at < KEYPOINT_NUMBERS; at += 1) {
      const axis = at % 3;
      driven[at]! += numbers[at]! + (axis < 2 ? numbers[KEYPOINT_NUMBERS + axis]! : 0);
    }
  }
}

/** Two lists of numbers as one row. */
function rowOf(one: ArrayLike<number>, other: ArrayLike<number>): Tensor {
  const data = new Float32Array(one.length + other.length);
  data.set(one);
  data.set(other, one.length);
  return { shape: [1, data.length], data };
}
