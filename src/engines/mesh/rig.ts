import {
  type Avatar,
  BLENDSHAPE_INDEX,
  BLENDSHAPES,
  type Blendshape,
  clamp,
  FULL_LOOK,
  type MotionFrame,
  softLimit,
} from '../../core/basics.ts';
import { HEAD_POSE_LENGTH, type PlacedShape, type Raster } from '../../kernels/raster/index.ts';
import { LipContact } from '../mouth/lip-contact.ts';
import { placeHead, poseHead } from './head-pose.ts';
import type { Placement } from './placement.ts';

/** Weights outside are cut: beyond them shapes fold the face. */
const MIN_WEIGHT = -0.2;
const MAX_WEIGHT = 1.3;
/** Radius of the eyeball as a share of the eye's width (12 mm in 30 mm). */
export const EYEBALL = 0.42;
/** Largest shift of the iris, as shares of the eye's width. */
const MAX_GAZE_X = 0.17;
const MAX_GAZE_Y = 0.12;
/** Share of the iris's way that the upper lid goes along. */
const LID_FOLLOWS = 0.75;
/** By how much `eyeWide` opens the eye, as a share of its height. */
const WIDENING = 0.16;
/** By how much a squint closes the upper lid. */
const SQUINT = 0.12;
/** Output pixels up to which lips count as touching. */
const TOUCH = 0.05;

/** Overlap of the strips behind the lips, output pixels. */
const STRIP_OVERLAP = 1.2;

/** The shapes of one eye's lids. */
interface LidShapes {
  readonly blink: Blendshape;
  readonly wide: Blendshape;
  readonly squint: Blendshape;
}
const RIGHT_LID: LidShapes = { blink: 'eyeBlinkRight', wide: 'eyeWideRight', squint: 'eyeSquintRight' };
const LEFT_LID: LidShapes = { blink: 'eyeBlinkLeft', wide: 'eyeWideLeft', squint: 'eyeSquintLeft' };

/** What one eye does in a frame. */
export interface EyeState {
  /** Shift of the iris along the eye's axis and across it (down), region pixels. */
  gazeX: number;
  gazeY: number;
  /** How far the upper lid is closed, 0..1: by a blink, and because it follows the gaze down. */
  closing: number;
}

/** Turns motion into vertices: shapes, lip contact, then head and body. */
export class Rig {
  /** x, y, z per vertex in region pixels, before the head moves. */
  readonly positions: Float32Array;
  /** x, y per vertex in output pixels. */
  readonly screen: Float32Array;
  /** Head pose of the last frame, laid out as `HEAD_POSE` of the raster. */
  readonly pose: Float32Array;
  /** Largest gap between the lips in region pixels; 0 when they touch all along. */
  lipGap = 0;
  /** How hard the lips are pressed or rolled, 0..1. */
  press = 0;
  /** Whether the expression of the last frame moves the outline of the face, so that its fringe is needed. */
  outlineMoves = false;
  /** Jaw opening: the weight after limits. */
  jaw = 0;
  /** Weights of all blendshapes in the last frame, within limits. */
  readonly weights = new Float32Array(BLENDSHAPES.length);
  readonly eyes: readonly [EyeState, EyeState];
  readonly contact: LipContact;
  readonly #avatar: Avatar;
  readonly #raster: Raster;
  readonly #rest: Float32Array;
  readonly #headWeight: Float32Array;
  readonly #shoulderWeight: Float32Array;
  readonly #shapes: readonly {
    readonly index: number;
    readonly shape: PlacedShape;
    readonly outline: boolean;
  }[];
  readonly #restClose: PlacedShape | undefined;
  /** By how much the strips of both lips overlap, region pixels. */
  readonly #overlap: number;

  constructor(avatar: Avatar, raster: Raster, placement: Placement) {
    const { mesh } = avatar;
    this.#overlap = STRIP_OVERLAP / placement.scale;
    this.#avatar = avatar;
    this.#raster = raster;
    this.#rest = avatar.mesh.rest;
    this.positions = raster.floats(mesh.vertexCount * 3);
    this.screen = raster.floats(mesh.vertexCount * 2);
    this.#headWeight = placed(raster, mesh.headWeight);
    this.#shoulderWeight = placed(raster, mesh.shoulderWeight);
    const shapes: { index: number; shape: PlacedShape; outline: boolean }[] = [];
    const fringe = mesh.vertexCount - mesh.fringeOpacity.length;
    for (const [name, shape] of Object.entries(avatar.shapes)) {
      if (shape.indices.length === 0) continue;
      const indices = raster.indices(shape.indices.length);
      indices.set(shape.indices);
      const own = { indices, deltas: placed(raster, shape.deltas) };
      if (name === 'restClose') this.#restClose = own;
      else {
        const outline = shape.indices.some((vertex) => vertex >= fringe);
        shapes.push({ index: BLENDSHAPE_INDEX[name as Blendshape], shape: own, outline });
      }
    }
    this.#shapes = shapes;
    const eye = (): EyeState => ({ gazeX: 0, gazeY: 0, closing: 0 });
    this.eyes = [eye(), eye()];
    this.contact = new LipContact(avatar, TOUCH / placement.scale);
    this.pose = raster.floats(HEAD_POSE_LENGTH);
    placeHead(this.pose, avatar, placement);
  }

  /** Poses the mesh for one frame. */
  update(motion: MotionFrame): void {
    const { positions } = this;
    this.#readWeights(motion);
    positions.set(this.#rest);
    if (this.#restClose) this.#raster.accumulate(positions, this.#restClose, 1);
    this.outlineMoves = false;
    for (const { index, shape, outline } of this.#shapes) {
      const weight = this.weights[index]!;
      if (Math.abs(weight) <= 1e-4) continue;
      this.#raster.accumulate(positions, shape, weight);
      if (outline) this.outlineMoves = true;
    }
    this.lipGap = this.contact.resolve(positions);
    this.#stretchStrips();
    poseHead(this.pose, this.#avatar, motion);
    this.#raster.project(positions, this.screen, this.#headWeight, this.#shoulderWeight, this.pose);
  }

  #readWeights(motion: MotionFrame): void {
    const weights = this.weights;
    for (let i = 0; i < weights.length; i++) {
      const value = motion.weights[i]!;
      // NaN fails both comparisons
      weights[i] = value > MIN_WEIGHT ? Math.min(value, MAX_WEIGHT) : value <= MIN_WEIGHT ? MIN_WEIGHT : 0;
    }
    const at = (name: Blendshape) => weights[BLENDSHAPE_INDEX[name]]!;
    this.jaw = at('jawOpen');
    this.press = clamp(
      Math.max(
        (at('mouthPressLeft') + at('mouthPressRight')) / 2,
        at('mouthRollLower'),
        at('mouthRollUpper'),
      ),
      0,
      1,
    );
    // the person's right eye looks inwards towards the right of the picture
    this.#moveEye(
      0,
      motion,
      at('eyeLookInRight') - at('eyeLookOutRight'),
      at('eyeLookDownRight') - at('eyeLookUpRight'),
      RIGHT_LID,
    );
    this.#moveEye(
      1,
      motion,
      at('eyeLookOutLeft') - at('eyeLookInLeft'),
      at('eyeLookDownLeft') - at('eyeLookUpLeft'),
      LEFT_LID,
    );
  }

  #moveEye(which: 0 | 1, motion: MotionFrame, sideways: number, down: number, shapes: LidShapes): void {
    const eye = this.#avatar.eyes[which];
    const state = this.eyes[which];
    const yaw = finite(motion.gaze.yaw) + sideways * FULL_LOOK;
    const pitch = finite(motion.gaze.pitch) + down * FULL_LOOK;
    state.gazeX = softLimit(EYEBALL * eye.width * Math.sin(clamp(yaw, -1.5, 1.5)), MAX_GAZE_X * eye.width);
    state.gazeY = softLimit(EYEBALL * eye.width * Math.sin(clamp(pitch, -1.5, 1.5)), MAX_GAZE_Y * eye.width);
    const follow = (LID_FOLLOWS * state.gazeY) / Math.max(eye.height, 0.1 * eye.width);
    // lids that close anyway need not follow
    const closed = clamp(this.weights[BLENDSHAPE_INDEX[shapes.blink]]!, 0, 1);
    const squint = SQUINT * clamp(this.weights[BLENDSHAPE_INDEX[shapes.squint]]!, 0, 1);
    state.closing = 1 - (1 - closed) * (1 - squint) * (1 - clamp(follow, 0, 1));
    if (follow < 0) this.weights[BLENDSHAPE_INDEX[shapes.wide]]! -= (follow * (1 - closed)) / WIDENING;
  }

  /** The strips behind the lips reach a little more than half-way into the gap: together they leave no hole. */
  #stretchStrips(): void {
    const { innerUpper, innerLower, stripUpper, stripLower, stripWidth, axisY } = this.#avatar.mouth;
    const p = this.positions;
    for (let i = 0; i < innerUpper.length; i++) {
      const a = innerUpper[i]! * 3;
      const b = innerLower[i]! * 3;
      const gap = (p[b]! - p[a]!) * axisY[0] + (p[b + 1]! - p[a + 1]!) * axisY[1];
      const reach = clamp(gap / 2 + this.#overlap, 0, stripWidth);
      const above = stripUpper[i]! * 3;
      const below = stripLower[i]! * 3;
      p[above] = p[a]! + axisY[0] * reach;
      p[above + 1] = p[a + 1]! + axisY[1] * reach;
      p[above + 2] = p[a + 2]!;
      p[below] = p[b]! - axisY[0] * reach;
      p[below + 1] = p[b + 1]! - axisY[1] * reach;
      p[below + 2] = p[b + 2]!;
    }
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function placed(raster: Raster, values: Float32Array): Float32Array {
  const own = raster.floats(values.length);
  own.set(values);
  return own;
}
