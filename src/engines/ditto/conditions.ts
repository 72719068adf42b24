import type { Avatar } from '../../core/basics.ts';
import type { Emotion, EmotionMix } from '../../core/index.ts';
import { HEAD_SIDE, type HeadCrop, scaleOf } from '../portrait/head-crop.ts';
import type { HeadSight } from '../portrait/head-networks.ts';

/** The emotions in the order of the network. */
const EMOTIONS: readonly Emotion[] = [
  'angry',
  'disgusted',
  'fearful',
  'happy',
  'neutral',
  'sad',
  'surprised',
  'contempt',
];
/** How much an emotion at full strength weighs before softmax. */
const STRONG = 8;
/** Numbers of what is heard. */
const HEARD = 1024;

/** Corners of the eyes, outer then inner, and pairs of points on the lids: the eye on the left of the picture first. */
const EYES = [
  {
    outer: 33,
    inner: 133,
    lids: [
      [145, 159],
      [144, 160],
      [153, 158],
    ],
  },
  {
    outer: 263,
    inner: 362,
    lids: [
      [374, 386],
      [373, 387],
      [380, 385],
    ],
  },
] as const;

type Point3 = readonly [number, number, number];

/**
 * Makes the rows that the network is conditioned on: what is heard (1024), the emotion (8), how far the eyes of the photo are open (2) and
 * where they look (6), and the points of the face at rest (63).
 */
export class Conditions {
  /** What stays the same: eyes, then points. */
  readonly #face: Float32Array;

  constructor(avatar: Avatar, sight: HeadSight) {
    this.#face = Float32Array.from([...eyesOf(avatar, sight.crop), ...sight.state.kp]);
  }

  /** The row of one frame. */
  of(heard: Float32Array, emotion: EmotionMix): Float32Array {
    const row = new Float32Array(HEARD + EMOTIONS.length + this.#face.length);
    row.set(heard);
    row.set(emotionRow(emotion), HEARD);
    row.set(this.#face, HEARD + EMOTIONS.length);
    return row;
  }
}

/** Shares of the eight emotions; at full strength those of a label of the original, without any those of its "neutral". */
export function emotionRow(emotion: EmotionMix): number[] {
  const strongest = Math.max(0, ...EMOTIONS.map((name) => (name === 'neutral' ? 0 : (emotion[name] ?? 0))));
  const weights = EMOTIONS.map((name) =>
    Math.exp(STRONG * (name === 'neutral' ? 1 - strongest : (emotion[name] ?? 0))),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/**
 * Openings of both eyes, then how the irises stand, x of both eyes, y of both, z of both: after `EyeAttrUtilsByMP` of Ditto's code
 * (Apache-2.0), in shares of the head's square and along its axes. An iris is as deep as the middle between the corners.
 */
function eyesOf({ mesh, eyes }: Avatar, crop: HeadCrop): number[] {
  const norm = scaleOf(crop) ** 2 * HEAD_SIDE;
  const place = (x: number, y: number): [number, number] => [
    (crop.right * x + crop.down * y) / norm,
    (crop.right * y - crop.down * x) / norm,
  ];
  const at = (landmark: number): Point3 => {
    const [x, y, z] = mesh.rest.subarray(landmark * 3, landmark * 3 + 3);
    return [...place(x!, y!), z! / (scaleOf(crop) * HEAD_SIDE)];
  };
  const looks = EYES.map(({ outer, inner, lids }, index) => {
    const [o, i] = [at(outer), at(inner)];
    const open =
      lids.reduce((sum, [lower, upper]) => sum + distance(at(lower), at(upper)), 0) / distance(o, i);
    const centre = o.map((value, axis) => (value + i[axis]!) / 2) as unknown as Point3;
    const iris: Point3 = [...place(...eyes[index as 0 | 1].iris), centre[2]];
    const away = distance(iris, centre);
    const aside = direction(centre, iris);
    const axis = direction(i, o);
    return { open, move: aside.map((value, k) => (value - axis[k]!) * away) };
  });
  const moves = [0, 1, 2].flatMap((axis) => looks.map(({ move }) => move[axis]!));
  return [...looks.map(({ open }) => open), ...moves];
}

function distance(a: Point3, b: Point3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Unit vector from one point to another; nothing where they are one. */
function direction(from: Point3, to: Point3): Point3 {
  const length = distance(from, to) + 1e-8;
  return [(to[0] - from[0]) / length, (to[1] - from[1]) / length, (to[2] - from[2]) / length];
}
