import type { AffineMap } from '../../kernels/affine/index.ts';
import type { FacePlace } from '../hearing-engine.ts';

/** A place in a frame, pixels. */
type Place = readonly [number, number];

/** Landmarks whose middles are the anchors: the brow on the left of the picture, the one on the right, and the nose. */
const ANCHORS = [
  [70, 63, 105, 66, 107, 46, 53, 52, 65, 55],
  [300, 293, 334, 296, 336, 276, 283, 282, 295, 285],
  [5, 129, 358, 1],
] as const;
/** Where the anchors are to be, in a picture of {@link WIDTH} by {@link HEIGHT}. */
const TEMPLATE: readonly Place[] = [
  [17, 20],
  [58, 20],
  [37.5, 40],
];
const WIDTH = 75;
const HEIGHT = 100;

/** The anchors of a face. */
export function anchorsOf({ landmarks }: FacePlace): Place[] {
  return ANCHORS.map((points): Place => {
    let [x, y] = [0, 0];
    for (const point of points) {
      x += landmarks[point * 3]! / points.length;
      y += landmarks[point * 3 + 1]! / points.length;
    }
    return [x, y];
  });
}

/**
 * From a frame to the network's picture of a face: turned, moved and scaled so that the anchors come closest to their places (Procrustes,
 * sizes compared by their standard deviations), then stretched to a square.
 *
 * @param anchors - Left brow, right brow, nose.
 * @param side - Of the network's picture.
 */
export function alignmentOf(anchors: readonly Place[], side: number): AffineMap {
  const source = centred(anchors);
  const target = centred(TEMPLATE);
  let [along, across] = [0, 0];
  for (const [index, [x, y]] of source.places.entries()) {
    const [wantedX, wantedY] = target.places[index]!;
    along += x * wantedX + y * wantedY;
    across += x * wantedY - y * wantedX;
  }
  const scale = target.spread / source.spread;
  const length = Math.hypot(along, across);
  const [cosine, sine] = [(scale * along) / length, (scale * across) / length];
  const x0 = target.middle[0] - cosine * source.middle[0] + sine * source.middle[1];
  const y0 = target.middle[1] - sine * source.middle[0] - cosine * source.middle[1];
  const [wide, high] = [side / WIDTH, side / HEIGHT];
  return {
    xx: wide * cosine,
    xy: wide * -sine,
    x0: wide * x0,
    yx: high * sine,
    yy: high * cosine,
    y0: high * y0,
  };
}

/** Places about their middle, and how far they are spread. */
function centred(places: readonly Place[]): { places: Place[]; middle: Place; spread: number } {
  const middle: Place = [
    places.reduce((sum, [x]) => sum + x, 0) / places.length,
    places.reduce((sum, [, y]) => sum + y, 0) / places.length,
  ];
  const about = places.map(([x, y]): Place => [x - middle[0], y - middle[1]]);
  const squares = about.reduce((sum, [x, y]) => sum + x * x + y * y, 0);
  return { places: about, middle, spread: Math.sqrt(squares / (2 * places.length)) };
}
