import { type Blendshape, smoothstep } from '../../core/index.ts';

/**
 * Blendshapes as formulas on the canonical face, in centimetres: x towards the picture's right (the person's left), y
 * up, z to the viewer. Every formula is smooth in the position, so it fits every face without lists of vertices; the
 * weights of both sides add up to 1, so Left + Right is the symmetric movement.
 *
 * The inner lip contours are handed over at their common closed position, told apart by `jaw` alone: a shape that does
 * not use `jaw` cannot open closed lips, exactly.
 *
 * @module
 */

/** A place on the canonical face. */
export interface FacePlace {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** How much the place belongs to the lower jaw, 0..1 ({@link jawWeight}). */
  readonly jaw: number;
}

/** Writes the displacement of a place at weight 1 to `out[0..2]`, centimetres. */
export type ShapeFormula = (place: FacePlace, out: Float64Array) => void;

/** Height of the closed lips. */
const SEAM_Y = -4.27;
/** The axis through both jaw joints. */
const HINGE = { y: -0.3, z: -1.8 } as const;
/** Turn of the jaw at `jawOpen` = 1. */
const JAW_ANGLE = (14 * Math.PI) / 180;

/** Gaussian bump: 1 at 0, 0.37 at 1. */
export const bell = (t: number): number => Math.exp(-t * t);

/**
 * How much a place belongs to the lower jaw: cuts the lips sharply in the middle, gives the corners about one half and
 * spreads softly over the cheeks.
 */
export function jawWeight(x: number, y: number): number {
  const side = Math.abs(x);
  const softness = side < 1.5 ? 0.25 : 0.25 + (side - 1.5) * 0.8;
  return smoothstep((SEAM_Y - 0.02 * side + softness - y) / (2 * softness));
}

/** 1 on the lips, 0 beyond the mouth's surroundings; `size` 1 reaches half way to the chin. */
function mouthField(x: number, y: number, size: number): number {
  const distance = Math.hypot(x / (2.46 * size), (y + 4.35) / (1.25 * size));
  return 1 - smoothstep((distance - 0.95) / 1.45);
}

/** 1 in the middle of the mouth, 0 from the corners on; a higher power is narrower. */
function middle(x: number, power: number): number {
  const side = Math.abs(x) / 2.5;
  return side >= 1 ? 0 : (1 - side * side) ** power;
}

/** Share of the movement that belongs to one side, 0..1; both sides' shares add up to 1. */
const shareOf = (x: number, side: Side) => smoothstep((x * side + 1.2) / 2.4);

type Side = 1 | -1;
const LEFT: Side = 1;
const RIGHT: Side = -1;

function set(out: Float64Array, x: number, y: number, z: number): void {
  out[0] = x;
  out[1] = y;
  out[2] = z;
}

const jawOpen: ShapeFormula = ({ x, y, z, jaw }, out) => {
  const [dy, dz] = [y - HINGE.y, z - HINGE.z];
  // The angle of the jaw and the ears hang back behind the chin.
  const lag = 1 - smoothstep((Math.abs(x) - 5.6) / 2.2) * 0.4;
  const angle = JAW_ANGLE * jaw * lag;
  // Corners come in and down a little: without that an open mouth is a shouting crescent.
  const narrow = mouthField(x, y, 1.25);
  const corner = bell(Math.hypot((Math.abs(x) - 2.3) / 1.1, y + 4.3));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  set(out, -0.12 * x * narrow, dy * cos - dz * sin - dy - 0.1 * corner, dy * sin + dz * cos - dz);
};

/** 1 at the chin, about a third at the seam, 0 at the nose: what a jaw that slides takes along without opening. */
function chinWeight(x: number, y: number): number {
  const lag = 1 - smoothstep((Math.abs(x) - 4) / 3.5) * 0.75;
  return smoothstep((-2.4 - y) / 5) * lag;
}

const jawSideways =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    set(out, side * 0.55 * chinWeight(x, y), 0, 0);
  };

const jawForward: ShapeFormula = ({ x, y }, out) => {
  set(out, 0, 0.1 * chinWeight(x, y), 0.5 * chinWeight(x, y));
};

/** Takes back what `jawOpen` does to the lips, exactly, and to the chin not at all. */
const mouthClose: ShapeFormula = (place, out) => {
  jawOpen(place, out);
  const lips = -mouthField(place.x, place.y, 1);
  set(out, lips * out[0], lips * out[1], lips * out[2]);
};

const mouthFunnel: ShapeFormula = ({ x, y, jaw }, out) => {
  const field = mouthField(x, y, 0.95);
  set(out, -0.24 * x * field, ((1 - jaw) * 0.2 - jaw * 0.26) * middle(x, 1) * field, 0.5 * field);
};

const mouthPucker: ShapeFormula = ({ x, y }, out) => {
  const field = mouthField(x, y, 0.98);
  set(out, -0.36 * x * field, (y - SEAM_Y) * 0.1 * field, 0.7 * field);
};

const mouthSideways =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const field = mouthField(x, y, 1.1);
    // The side it moves to bunches up and back, as around the teeth.
    set(
      out,
      side * 0.5 * field,
      0.05 * field * smoothstep((x * side) / 2.5),
      -0.12 * Math.abs(x) * field * 0.5,
    );
  };

const mouthSmile =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const corner = bell(Math.hypot(x * side - 2.6, (y + 4.2) * 0.9) / 1.5) * shareOf(x, side);
    // the cheek is pushed up and bulges between corner and eye
    const cheek = bell(Math.hypot((x * side - 4) / 1.7, (y + 1) / 1.6)) * shareOf(x, side);
    set(
      out,
      side * (0.46 * corner + 0.06 * cheek),
      0.46 * corner + 0.3 * cheek,
      -0.25 * corner + 0.2 * cheek,
    );
  };

const mouthFrown =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const corner = bell(Math.hypot(x * side - 2.5, (y + 4.5) * 0.9) / 1.2) * shareOf(x, side);
    const chin = bell(Math.hypot((x * side - 0.8) / 1.3, (y + 7.4) / 1.3)) * shareOf(x, side);
    set(out, side * 0.05 * corner, -0.46 * corner + 0.1 * chin, 0.06 * chin);
  };

const mouthDimple =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const corner = bell(Math.hypot(x * side - 2.7, (y + 4.25) * 0.9) / 1.1) * shareOf(x, side);
    set(out, side * 0.3 * corner, 0.08 * corner, -0.3 * corner);
  };

const mouthStretch =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    // the outline of the jaw stays: it would fold over what is beside it
    const inside = 1 - smoothstep((Math.abs(x) - 3.2) / 2.8);
    const field = mouthField(x, y, 1.3) * shareOf(x, side) * inside;
    set(out, 0.16 * x * field, -0.03 * Math.abs(x) * field, -0.12 * Math.abs(x) * field);
  };

/** The lower lip tucks in behind the upper teeth: its edge stays near the seam, the red below it is drawn up to it. */
const mouthRollLower: ShapeFormula = ({ x, y, jaw }, out) => {
  const field = mouthField(x, y, 0.95) * jaw * middle(x, 0.5);
  const below = Math.max(0, SEAM_Y - y);
  set(out, 0, (0.1 + 0.27 * Math.min(below, 1.5)) * field, -0.3 * field);
};

const mouthRollUpper: ShapeFormula = ({ x, y, jaw }, out) => {
  const field = mouthField(x, y, 0.8) * (1 - jaw) * middle(x, 0.5);
  const above = Math.max(0, y - SEAM_Y);
  set(out, 0, -(0.02 + 0.3 * Math.min(above, 1)) * field, -0.25 * field);
};

/** The chin pushes both lips up. */
const mouthShrugLower: ShapeFormula = ({ x, y }, out) => {
  const lips = mouthField(x, y, 0.95) * middle(x, 0.5);
  const chin = bell(Math.hypot(x / 2, (y + 7) / 1.6));
  const reach = y > SEAM_Y ? bell((y - SEAM_Y) / 1.1) : 1;
  set(out, 0, 0.26 * Math.max(lips * reach, 0.8 * chin), 0.18 * lips + 0.1 * chin);
};

/** The upper lip rises towards the nose and takes the lower one along. */
const mouthShrugUpper: ShapeFormula = ({ x, y }, out) => {
  const field = mouthField(x, y, 0.9) * middle(x, 0.5);
  const reach = y < SEAM_Y ? bell((y - SEAM_Y) / 0.7) : 1;
  set(out, 0, 0.2 * field * reach, 0.15 * field * reach);
};

const mouthPress =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const field = mouthField(x, y, 0.8) * shareOf(x, side);
    set(out, -0.02 * x * field, -(y - SEAM_Y) * 0.33 * field, -0.2 * field);
  };

const mouthUpperUp =
  (side: Side): ShapeFormula =>
  ({ x, y, jaw }, out) => {
    const away = Math.abs(x);
    const shape = 0.6 * bell((away - 0.9) / 1.1) + 0.4 * bell(away / 1.6);
    const field = mouthField(x, y, 1) * (1 - jaw) * shape * shareOf(x, side);
    set(out, 0, 0.42 * field, 0.08 * field);
  };

const mouthLowerDown =
  (side: Side): ShapeFormula =>
  ({ x, y, jaw }, out) => {
    const away = Math.abs(x);
    const shape = 0.6 * bell((away - 0.8) / 1) + 0.4 * bell(away / 1.5);
    const field = mouthField(x, y, 1.1) * jaw * shape * shareOf(x, side);
    set(out, 0, -0.45 * field, 0.02 * field);
  };

const browDown =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const brow = bell((x * side - 2.2) / 1.8) * bell((y - 4.9) / 1.3) * shareOf(x, side);
    set(out, -side * 0.2 * brow, -0.5 * brow, 0.05 * brow);
  };

const browInnerUp: ShapeFormula = ({ x, y }, out) => {
  set(out, 0, 0.65 * bell((Math.abs(x) - 1.6) / 1.7) * bell((y - 5) / 1.5), 0);
};

const browOuterUp =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    set(out, 0, 0.58 * bell((x * side - 4.4) / 1.6) * bell((y - 5) / 1.5), 0);
  };

const cheekPuff: ShapeFormula = ({ x, y }, out) => {
  const cheek = bell(Math.hypot((Math.abs(x) - 4.2) / 1.6, (y + 3.6) / 1.8));
  set(out, Math.tanh(x) * 0.42 * cheek, 0, 0.5 * cheek);
};

const cheekSquint =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const cheek = bell(Math.hypot((x * side - 3.6) / 1.7, (y - 0.2) / 1.3));
    set(out, 0, 0.36 * cheek, 0.16 * cheek);
  };

const noseSneer =
  (side: Side): ShapeFormula =>
  ({ x, y }, out) => {
    const wing = bell(Math.hypot((x * side - 1.5) / 0.9, (y + 1.2) / 1.1)) * shareOf(x, side);
    // Its red edge stays: a nose that wrinkles parts no lips.
    const lip = bell(Math.hypot((x * side - 1.6) / 1.2, (y + 2.9) / 0.9)) * smoothstep((y - SEAM_Y) / 1.1);
    const crease = bell(Math.hypot((x * side - 2.8) / 1.1, (y + 0.8) / 1.2)) * shareOf(x, side);
    set(out, side * 0.07 * wing, 0.34 * wing + 0.16 * lip + 0.14 * crease, 0.05 * wing + 0.1 * crease);
  };

/** Every shape that is a formula. Blink, squint and wide come from the lids. */
export const FORMULAS = {
  browDownLeft: browDown(LEFT),
  browDownRight: browDown(RIGHT),
  browInnerUp,
  browOuterUpLeft: browOuterUp(LEFT),
  browOuterUpRight: browOuterUp(RIGHT),
  cheekPuff,
  cheekSquintLeft: cheekSquint(LEFT),
  cheekSquintRight: cheekSquint(RIGHT),
  jawForward,
  jawLeft: jawSideways(LEFT),
  jawOpen,
  jawRight: jawSideways(RIGHT),
  mouthClose,
  mouthDimpleLeft: mouthDimple(LEFT),
  mouthDimpleRight: mouthDimple(RIGHT),
  mouthFrownLeft: mouthFrown(LEFT),
  mouthFrownRight: mouthFrown(RIGHT),
  mouthFunnel,
  mouthLeft: mouthSideways(LEFT),
  mouthLowerDownLeft: mouthLowerDown(LEFT),
  mouthLowerDownRight: mouthLowerDown(RIGHT),
  mouthPressLeft: mouthPress(LEFT),
  mouthPressRight: mouthPress(RIGHT),
  mouthPucker,
  mouthRight: mouthSideways(RIGHT),
  mouthRollLower,
  mouthRollUpper,
  mouthShrugLower,
  mouthShrugUpper,
  mouthSmileLeft: mouthSmile(LEFT),
  mouthSmileRight: mouthSmile(RIGHT),
  mouthStretchLeft: mouthStretch(LEFT),
  mouthStretchRight: mouthStretch(RIGHT),
  mouthUpperUpLeft: mouthUpperUp(LEFT),
  mouthUpperUpRight: mouthUpperUp(RIGHT),
  noseSneerLeft: noseSneer(LEFT),
  noseSneerRight: noseSneer(RIGHT),
} as const satisfies Partial<Record<Blendshape, ShapeFormula>>;

/** Shapes whose size follows the thickness of the person's own lips: thin ones would fold over. */
export const LIP_SCALED: ReadonlySet<string> = new Set([
  'mouthPressLeft',
  'mouthPressRight',
  'mouthRollLower',
  'mouthRollUpper',
]);
