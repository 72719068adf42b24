/** Middles of the eyes, tip of the nose, corners of the mouth: `x, y` each, the eye on the left of the picture first. */
export type FivePoints = readonly (readonly [x: number, y: number])[];

/** A turned square of a picture, its pixels' centres at .5. */
export interface AlignedSquare {
  /** Its middle, pixels. */
  readonly x: number;
  readonly y: number;
  /** Its side, pixels. */
  readonly size: number;
  /** By how much its upper edge is turned clockwise, radians. */
  readonly angle: number;
}

/** Corners of the eyes (their mean is the middle), tip of the nose, corners of the mouth: numbers of the landmarks. */
const PLACES = [[33, 133], [263, 362], [1], [61], [291]] as const;

/** The five points of a face. @param landmarks - `x, y, z` one after the other. */
export function fivePointsOf(landmarks: ArrayLike<number>): FivePoints {
  return PLACES.map((numbers) => {
    let [x, y] = [0, 0];
    for (const number of numbers) {
      x += landmarks[number * 3]! / numbers.length;
      y += landmarks[number * 3 + 1]! / numbers.length;
    }
    return [x, y] as const;
  });
}

/**
 * The square of a picture in which five points come nearest to those of a template: least squares over turning, scaling and shifting
 * (Umeyama, 1991; in two dimensions the factor is one complex number).
 *
 * @param template - Where the points belong in a square of `side`, their pixels' centres at whole numbers, as published.
 */
export function alignFivePoints(points: FivePoints, template: FivePoints, side: number): AlignedSquare {
  const middle = (all: FivePoints, axis: 0 | 1): number =>
    all.reduce((sum, point) => sum + point[axis], 0) / all.length;
  const [px, py] = [middle(points, 0), middle(points, 1)];
  const [tx, ty] = [middle(template, 0), middle(template, 1)];
  let [real, imaginary, spread] = [0, 0, 0];
  for (const [index, [pointX, pointY]] of points.entries()) {
    const [x, y] = [pointX - px, pointY - py];
    const [toX, toY] = [template[index]![0] - tx, template[index]![1] - ty];
    real += x * toX + y * toY;
    imaginary += x * toY - y * toX;
    spread += x * x + y * y;
  }
  const scale = Math.hypot(real, imaginary) / spread;
  const angle = -Math.atan2(imaginary, real);
  // From the template's mean to its middle, in the picture.
  const [dx, dy] = [((side - 1) / 2 - tx) / scale, ((side - 1) / 2 - ty) / scale];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: px + cos * dx - sin * dy, y: py + sin * dx + cos * dy, size: side / scale, angle };
}
