import { Chance } from '../../src/motion/chance.ts';

/** How many landmarks a face has. */
const LANDMARKS = 478;

/** How an invented face looks in a frame. Lengths in pixels. */
export interface Face {
  readonly x?: number;
  readonly y?: number;
  /** Distance of the outer corners of the eyes. */
  readonly eyes?: number;
  readonly lips?: number;
  readonly mouth?: number;
  /** Height of the eyes over their width. */
  readonly opening?: number;
}

/** Landmarks of an invented face: those that the measures read are where they belong, the others at the nose. */
export function landmarksOf({
  x = 0,
  y = 0,
  eyes = 100,
  lips = 0,
  mouth = 50,
  opening = 0.3,
}: Face): Float32Array {
  const points = new Float32Array(3 * LANDMARKS);
  for (let point = 0; point < LANDMARKS; point++) {
    points[3 * point] = x;
    points[3 * point + 1] = y;
  }
  const put = (point: number, right: number, down: number) => {
    points[3 * point] = x + right;
    points[3 * point + 1] = y + down;
  };
  const width = eyes / 3;
  const height = opening * width;
  for (const [side, outer, inner, uppers, lowers] of [
    [-1, 33, 133, [160, 159, 158], [144, 145, 153]],
    [1, 263, 362, [387, 386, 385], [373, 374, 380]],
  ] as const) {
    put(outer, (side * eyes) / 2, -30);
    put(inner, side * (eyes / 2 - width), -30);
    for (const [place, upper] of uppers.entries()) {
      const across = side * (eyes / 2 - (width * (place + 1)) / 4);
      put(upper, across, -30 - height / 2);
      put(lowers[place]!, across, -30 + height / 2);
    }
  }
  put(13, 0, 40 - lips / 2);
  put(14, 0, 40 + lips / 2);
  put(61, -mouth / 2, 40);
  put(291, mouth / 2, 40);
  return points;
}

/** Adds noise of a size (standard deviation, pixels) to x and y of every landmark. */
export function trembling(landmarks: Float32Array, size: number, seed: number): Float32Array {
  const chance = new Chance(seed, 'tremble');
  return landmarks.map((value, index) => (index % 3 === 2 ? value : value + size * chance.normal(index)));
}
