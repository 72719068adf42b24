import { BLENDSHAPE_INDEX, type Blendshape, type MotionFrame } from '../core/index.ts';

/**
 * How far one unit of a blendshape moves the lips of a face of average proportions, in distances between the outer
 * corners of the eyes: the inner lips apart, and the corners of the mouth apart. Measured on the rigs of real photos,
 * which differ by less than a tenth.
 */
const GAP: Readonly<Partial<Record<Blendshape, number>>> = {
  jawOpen: 0.153,
  mouthClose: -0.153,
  mouthFunnel: 0.046,
  mouthLowerDownLeft: 0.016,
  mouthLowerDownRight: 0.016,
  mouthUpperUpLeft: 0.0145,
  mouthUpperUpRight: 0.0145,
  mouthRollLower: -0.012,
};
/** The part of the width that follows the jaw, that spreads, and that rounds. */
const WIDTH_BY_JAW: Readonly<Partial<Record<Blendshape, number>>> = { jawOpen: -0.059, mouthClose: 0.059 };
const WIDTH_BY_SPREAD: Readonly<Partial<Record<Blendshape, number>>> = {
  mouthStretchLeft: 0.037,
  mouthStretchRight: 0.037,
  mouthSmileLeft: 0.041,
  mouthSmileRight: 0.041,
  mouthDimpleLeft: 0.022,
  mouthDimpleRight: 0.022,
};
const WIDTH_BY_ROUNDING: Readonly<Partial<Record<Blendshape, number>>> = {
  mouthFunnel: -0.117,
  mouthPucker: -0.177,
};

/** Where a camera would see the lips, in distances between the outer corners of the eyes. */
export interface LipDistances {
  /** Between the inner lips in the middle. */
  readonly gap: number;
  /** Between the corners of the mouth, minus that of the mouth at rest. */
  readonly width: number;
  /** The parts of {@link LipDistances.width} that spreading and rounding make; positive and negative. */
  readonly spread: number;
  readonly rounding: number;
}

const sum = ({ weights }: MotionFrame, effects: Readonly<Partial<Record<Blendshape, number>>>): number =>
  Object.entries(effects).reduce(
    (total, [name, effect]) => total + effect * weights[BLENDSHAPE_INDEX[name as Blendshape]],
    0,
  );

/** What the lips of a movement look like on a face of average proportions. */
export function lipDistances(frame: MotionFrame): LipDistances {
  const spread = sum(frame, WIDTH_BY_SPREAD);
  const rounding = sum(frame, WIDTH_BY_ROUNDING);
  return {
    gap: Math.max(0, sum(frame, GAP)),
    width: sum(frame, WIDTH_BY_JAW) + spread + rounding,
    spread,
    rounding,
  };
}
