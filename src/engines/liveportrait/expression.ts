import { BLENDSHAPE_INDEX, type Blendshape, type MotionFrame } from '../../core/basics.ts';
import { lookAside } from '../portrait/gaze-edit.ts';
import { KEYPOINT_NUMBERS } from '../portrait/keypoints.ts';

/** What one unit of an edit adds to points of the expression: point, axis (0 right, 1 down, 2 away), amount. */
type Edit = readonly (readonly [point: number, axis: 0 | 1 | 2, amount: number])[];

/**
 * The edits that LivePortrait's publishers offer on sliders (`update_delta_new_*` of their `gradio_pipeline.py`, MIT): the only published
 * statement of what its points mean.
 */
const EDITS = {
  /** Slider -0.3 to 1.3. */
  smile: [
    [20, 1, -0.01],
    [14, 1, -0.02],
    [17, 1, 0.0065],
    [17, 2, 0.003],
    [13, 1, -0.00275],
    [16, 1, -0.00275],
    [3, 1, -0.0035],
    [7, 1, -0.0035],
  ],
  /** Slider -20 to 15. */
  purse: [
    [14, 1, 0.001],
    [3, 1, -0.0005],
    [7, 1, -0.0005],
    [17, 2, -0.0005],
  ],
  /** Slider 0 to 15. */
  grin: [
    [20, 2, -0.001],
    [20, 1, -0.001],
    [14, 1, -0.001],
  ],
  /** Slider -0.09 to 0.09. */
  aside: [[19, 0, 1]],
  /** Slider 0 to 30. */
  raiseBrows: [
    [1, 1, 0.001],
    [2, 1, -0.001],
  ],
  /** The lower half of the same slider, -30 to 0, turned round. */
  lowerBrows: [
    [1, 0, 0.001],
    [2, 0, -0.001],
    [1, 1, -0.0003],
    [2, 1, 0.0003],
  ],
} satisfies Record<string, Edit>;

type Amounts = readonly (readonly [
  edit: keyof typeof EDITS,
  amount: number,
  blendshapes: readonly Blendshape[],
])[];

/** Slider values that a blendshape at weight 1 stands for, those of both sides together. Our choice, within the sliders' ranges. */
const MOUTH: Amounts = [
  ['smile', 0.5, ['mouthSmileLeft', 'mouthSmileRight']],
  ['smile', -0.15, ['mouthFrownLeft', 'mouthFrownRight']],
  ['purse', 15, ['mouthPucker', 'mouthFunnel']],
  ['grin', 7.5, ['mouthStretchLeft', 'mouthStretchRight']],
  // Left is the person's left: the right of the picture.
  ['aside', 0.045, ['mouthLeft', 'jawLeft']],
  ['aside', -0.045, ['mouthRight', 'jawRight']],
];
const BROWS: Amounts = [
  ['raiseBrows', 5, ['browInnerUp', 'browOuterUpLeft', 'browOuterUpRight']],
  ['lowerBrows', 7.5, ['browDownLeft', 'browDownRight']],
];

const DEGREES = 180 / Math.PI;

/**
 * The change of the expression that a movement asks for, without lids and the opening of the mouth, which have networks of their own.
 *
 * @returns {@link KEYPOINT_NUMBERS} numbers; owned by the caller.
 */
export function expressionOf({ weights, gaze }: Pick<MotionFrame, 'weights' | 'gaze'>): Float32Array {
  const change = mouthOf({ weights });
  addEdits(change, BROWS, weights);
  lookAside(change, gaze.yaw * DEGREES, gaze.pitch * DEGREES);
  return change;
}

/** The part of {@link expressionOf} that belongs to the mouth. */
export function mouthOf({ weights }: Pick<MotionFrame, 'weights'>): Float32Array {
  const change = new Float32Array(KEYPOINT_NUMBERS);
  addEdits(change, MOUTH, weights);
  return change;
}

function addEdits(change: Float32Array, amounts: Amounts, weights: Float32Array): void {
  for (const [edit, amount, blendshapes] of amounts) {
    let weight = 0;
    for (const blendshape of blendshapes) weight += weights[BLENDSHAPE_INDEX[blendshape]]!;
    if (weight === 0) continue;
    for (const [point, axis, unit] of EDITS[edit]) change[point * 3 + axis]! += unit * amount * weight;
  }
}
