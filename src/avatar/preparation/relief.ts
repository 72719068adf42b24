import { type Blendshape, smoothstep } from '../../core/index.ts';
import { type Nearest, nearestOnPolyline } from './curves.ts';

/**
 * What expressions do to the relief of the skin: folds that deepen and flesh that bulges, drawn on the canonical face
 * in centimetres (x towards the picture's right, y up), for the person's left side. The places follow the facial
 * muscles behind each blendshape; heights are those of an adult face of average age.
 *
 * @module
 */

/** A fold along a line, deepest in its middle and running out at both ends. */
interface Crease {
  readonly line: readonly (readonly [x: number, y: number])[];
  readonly depth: number;
  /** Distance at which the fold has lost 63 % of its depth. */
  readonly width: number;
}

/** Flesh that rises (or sinks, with a negative height) around a point. */
interface Swelling {
  readonly at: readonly [x: number, y: number];
  /** Half axes at which 63 % of the height is lost. */
  readonly size: readonly [x: number, y: number];
  readonly height: number;
}

type Mark = Crease | Swelling;

const crease = (depth: number, width: number, ...line: [number, number][]): Crease => ({
  line,
  depth,
  width,
});
const swelling = (height: number, at: [number, number], size: [number, number]): Swelling => ({
  at,
  size,
  height,
});

/** From the wing of the nose around the corner of the mouth. */
const nasolabial = (depth: number, width = 0.42): Crease =>
  crease(depth, width, [1.8, -0.6], [2.35, -1.7], [2.95, -2.7], [3.35, -3.7], [3.5, -5]);
/** Between lower lip and chin. */
const labiomental = (depth: number): Crease =>
  crease(depth, 0.45, [-2.2, -6.8], [-1, -6.4], [0, -6.3], [1, -6.4], [2.2, -6.8]);
/** Beyond the corner of the mouth. */
const corner = (depth: number): Crease => crease(depth, 0.4, [3, -3.2], [3.35, -4.3], [3.2, -5.5]);
/** Under the lower lid. */
const infraorbital = (depth: number): Crease =>
  crease(depth, 0.3, [1.7, 1.75], [2.7, 1.35], [3.6, 1.35], [4.8, 1.85]);

/** Shapes with a left and a right half. */
const PAIRED: Readonly<Record<string, readonly Mark[]>> = {
  mouthSmile: [
    nasolabial(0.13),
    swelling(0.34, [3.95, -1.35], [1.35, 1.15]),
    swelling(0.07, [2.4, -5.7], [1.2, 0.8]),
    corner(0.03),
  ],
  cheekSquint: [swelling(0.18, [3.7, 0.3], [1.6, 0.75]), infraorbital(0.05)],
  eyeSquint: [infraorbital(0.04), swelling(0.05, [3.2, 1.75], [1.3, 0.35])],
  noseSneer: [
    crease(0.13, 0.36, [1.3, 0.3], [1.8, -0.6], [2.35, -1.7], [2.85, -2.7]),
    crease(0.04, 0.26, [0.3, 2.4], [0.95, 1.6], [1.25, 0.8]),
    swelling(0.18, [2.9, -0.8], [1.1, 0.95]),
  ],
  browDown: [
    crease(0.075, 0.3, [0.6, 3.7], [0.72, 4.6], [0.6, 5.9]),
    crease(0.02, 0.3, [-0.9, 3.2], [0, 3.1], [0.9, 3.2]),
    swelling(0.12, [1.5, 4.7], [1.1, 0.6]),
  ],
  browOuterUp: [
    crease(0.035, 0.33, [1.6, 6.1], [3.3, 6.5], [4.6, 6.1], [5.6, 5.2]),
    crease(0.025, 0.33, [1.6, 7.1], [3.4, 7.4], [4.8, 7]),
  ],
  mouthFrown: [
    crease(0.07, 0.45, [2.75, -4.6], [3, -5.6], [2.95, -7]),
    nasolabial(0.03),
    swelling(0.08, [0.8, -7.5], [1, 0.8]),
  ],
  mouthDimple: [crease(0.07, 0.36, [3, -3.3], [3.35, -4.25], [3.2, -5.2]), nasolabial(0.03)],
  mouthPress: [
    corner(0.03),
    swelling(0.08, [3.3, -4.9], [0.9, 0.8]),
    swelling(0.06, [0.9, -5.9], [1.1, 0.5]),
  ],
  mouthStretch: [
    crease(0.055, 0.45, [2.5, -1.8], [3.4, -3.3], [3.75, -4.8], [3.5, -6.4]),
    swelling(-0.05, [1, -6.3], [1.3, 0.6]),
  ],
  mouthUpperUp: [nasolabial(0.06, 0.36), swelling(0.14, [3, -1.2], [1.1, 0.95])],
  mouthLowerDown: [swelling(0.06, [1.2, -6.4], [1, 0.6])],
};

/** Symmetric shapes, and those of one direction (towards the left); their marks are drawn on both sides or as they stand. */
const MIDDLE: Readonly<Record<string, readonly Mark[]>> = {
  browInnerUp: [
    crease(0.035, 0.33, [-3.6, 5.95], [-1.6, 6.25], [0, 6.1], [1.6, 6.25], [3.6, 5.95]),
    crease(0.03, 0.33, [-3.2, 7], [-1.4, 7.2], [0, 7.1], [1.4, 7.2], [3.2, 7]),
  ],
  cheekPuff: [
    ...mirrored(swelling(0.45, [4.2, -3.4], [1.6, 1.8])),
    ...mirrored(nasolabial(-0.06)),
    swelling(0.08, [0, -2.9], [1.4, 0.6]),
  ],
  jawOpen: [
    ...mirrored(swelling(-0.12, [4.3, -3.4], [1.2, 2])),
    ...mirrored(nasolabial(0.03)),
    swelling(-0.05, [0, -6.2], [1.6, 0.55]),
  ],
  mouthFunnel: [
    ...mirrored(swelling(-0.07, [4, -3.8], [1.3, 1.7])),
    swelling(0.06, [0, -6], [1.4, 0.6]),
    labiomental(0.04),
  ],
  mouthPucker: [
    ...mirrored(swelling(-0.09, [3.9, -3.7], [1.3, 1.7])),
    ...mirrored(crease(0.03, 0.4, [2.5, -2.5], [2.9, -4], [2.6, -5.8])),
    labiomental(0.06),
  ],
  mouthRollLower: [swelling(0.05, [0, -5.9], [1.4, 0.55]), labiomental(0.04)],
  mouthShrugLower: [
    labiomental(0.09),
    swelling(0.16, [0, -7.5], [1.2, 0.8]),
    ...mirrored(crease(0.03, 0.4, [1.3, -6.8], [1.7, -7.8], [1.2, -8.7])),
  ],
  mouthShrugUpper: [...mirrored(nasolabial(0.04)), swelling(0.06, [0, -2.7], [1.4, 0.6])],
  mouthLeft: [nasolabial(0.06), swelling(0.16, [3.9, -2.6], [1.1, 1.2]), corner(0.04)],
};

function mirrored(mark: Mark): Mark[] {
  return [mark, mirror(mark)];
}

function mirror(mark: Mark): Mark {
  return 'line' in mark
    ? { ...mark, line: mark.line.map(([x, y]) => [-x, y]) }
    : { ...mark, at: [-mark.at[0], mark.at[1]] };
}

/** Every shape that changes the relief, and its marks. */
const MARKS = new Map<Blendshape, readonly Mark[]>();
for (const [name, marks] of Object.entries(PAIRED)) {
  MARKS.set(`${name}Left` as Blendshape, marks);
  MARKS.set(`${name}Right` as Blendshape, marks.map(mirror));
}
for (const [name, marks] of Object.entries(MIDDLE)) MARKS.set(name as Blendshape, marks);
MARKS.set('mouthRight', MIDDLE.mouthLeft.map(mirror));

/** The shapes that change the relief of the skin. */
export const RELIEF_SHAPES: readonly Blendshape[] = [...MARKS.keys()];

/** Beyond this many widths a mark has no height. */
const EXTENT = 2.8;
/** Over which share of its length a fold runs out at each end. */
const RUN_OUT = 0.4;

/** A field of heights on the canonical face that is zero outside a rectangle. */
export interface Relief {
  /** Left, bottom, right, top; centimetres. */
  readonly bounds: readonly [number, number, number, number];
  /** Height above the skin at rest, centimetres; smooth. */
  height(x: number, y: number): number;
}

/** The relief of a shape at weight 1. */
export function reliefOf(shape: Blendshape): Relief {
  const marks = (MARKS.get(shape) ?? []).map(place);
  return {
    bounds: [
      Math.min(...marks.map(({ bounds }) => bounds[0])),
      Math.min(...marks.map(({ bounds }) => bounds[1])),
      Math.max(...marks.map(({ bounds }) => bounds[2])),
      Math.max(...marks.map(({ bounds }) => bounds[3])),
    ],
    height(x, y) {
      let sum = 0;
      for (const { bounds, height } of marks) {
        if (x > bounds[0] && x < bounds[2] && y > bounds[1] && y < bounds[3]) sum += height(x, y);
      }
      return sum;
    },
  };
}

/** What a Gaussian has left at {@link EXTENT}. */
const REST = Math.exp(-(EXTENT ** 2));

/** A Gaussian that reaches zero at {@link EXTENT}. */
const bump = (squared: number): number =>
  squared < EXTENT ** 2 ? Math.max(0, (Math.exp(-squared) - REST) / (1 - REST)) : 0;

function place(mark: Mark): Relief {
  if ('line' in mark) return placeCrease(mark);
  const { at, size, height } = mark;
  const [dx, dy] = [size[0] * EXTENT, size[1] * EXTENT];
  return {
    bounds: [at[0] - dx, at[1] - dy, at[0] + dx, at[1] + dy],
    height: (x, y) => height * bump(((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2),
  };
}

function placeCrease({ line, depth, width }: Crease): Relief {
  const flat = line.flatMap(([x, y]) => [x, y, 0]);
  const last = line.length - 1;
  const near: Nearest = { distance: 0, position: 0 };
  const [xs, ys] = [line.map(([x]) => x), line.map(([, y]) => y)];
  const reach = EXTENT * width;
  return {
    bounds: [
      Math.min(...xs) - reach,
      Math.min(...ys) - reach,
      Math.max(...xs) + reach,
      Math.max(...ys) + reach,
    ],
    height(x, y) {
      nearestOnPolyline(flat, x, y, near);
      if (near.distance >= reach) return 0;
      const t = near.position / last;
      const along = smoothstep(t / RUN_OUT) * smoothstep((1 - t) / RUN_OUT);
      return -depth * along * bump((near.distance / width) ** 2);
    },
  };
}
