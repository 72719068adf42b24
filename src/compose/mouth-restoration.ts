import { smoothstep, type VideoFrame } from '../core/basics.ts';
import type { AlignedSquare } from '../core/five-points.ts';

/** Landmarks: corners of the mouth, middle of both lips' outer edges, foot of the nose, tip of the chin. */
const CORNERS = [61, 291] as const;
const [UPPER, LOWER, NOSE, CHIN] = [0, 17, 2, 152] as const;
/** Half the width of what is restored, in widths of the mouth. */
const WIDE = 0.85;
/** How far it goes from the lips towards the nose and the chin. */
const [UP, DOWN] = [0.7, 0.75] as const;
/** Where its edge begins to fade, as a share of its radius. */
const FULL = 0.65;
/** Shares of the mask below this are nothing. */
const NOTHING = 1 / 512;

/** An ellipse around the mouth, in elements of the restored square. */
interface MouthRegion {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly high: number;
}

/** A restored face, and where it belongs. */
export interface RestoredFace {
  readonly square: AlignedSquare;
  /** Elements of a row of the square, and rows. */
  readonly side: number;
  /** Red, green, blue one after the other, 0..1. */
  readonly picture: Float32Array;
}

/**
 * Lays the mouth of a restored face over a frame: within an ellipse from below the nose to above the chin, with soft edges. No
 * sample beyond it changes.
 *
 * @param landmarks - Of the face in the frame, `x, y, z` one after the other, pixels.
 * @param strength - 0 (nothing) to 1.
 */
export function layRestoredMouth(
  frame: VideoFrame,
  face: RestoredFace,
  landmarks: ArrayLike<number>,
  strength: number,
): void {
  const region = mouthRegion(face, landmarks);
  const planes = toPlanes(face.picture, face.side ** 2);
  layPlane(frame.y, frame.width, frame.height, 1, planes[0], face, region, strength);
  layPlane(frame.u, frame.width / 2, frame.height / 2, 2, planes[1], face, region, strength);
  layPlane(frame.v, frame.width / 2, frame.height / 2, 2, planes[2], face, region, strength);
}

function mouthRegion({ square, side }: RestoredFace, landmarks: ArrayLike<number>): MouthRegion {
  const [cos, sin] = [Math.cos(square.angle), Math.sin(square.angle)];
  const place = (landmark: number): readonly [number, number] => {
    const [dx, dy] = [landmarks[landmark * 3]! - square.x, landmarks[landmark * 3 + 1]! - square.y];
    const factor = side / square.size;
    return [(cos * dx + sin * dy) * factor + side / 2, (cos * dy - sin * dx) * factor + side / 2];
  };
  const [left, right] = [place(CORNERS[0]), place(CORNERS[1])];
  const [upper, lower] = [place(UPPER)[1], place(LOWER)[1]];
  const top = upper + UP * (place(NOSE)[1] - upper);
  const bottom = lower + DOWN * (place(CHIN)[1] - lower);
  return {
    x: (left[0] + right[0]) / 2,
    y: (top + bottom) / 2,
    wide: Math.max(1, WIDE * Math.hypot(right[0] - left[0], right[1] - left[1])),
    high: Math.max(1, (bottom - top) / 2),
  };
}

/** RGB to BT.709 in limited range. */
function toPlanes(picture: Float32Array, area: number): readonly [Float32Array, Float32Array, Float32Array] {
  const [luma, blue, red] = [new Float32Array(area), new Float32Array(area), new Float32Array(area)];
  for (let at = 0; at < area; at++) {
    const r = picture[at]!;
    const g = picture[area + at]!;
    const b = picture[2 * area + at]!;
    luma[at] = 16 + 219 * (0.2126 * r + 0.7152 * g + 0.0722 * b);
    blue[at] = 128 + 224 * (-0.114572 * r - 0.385428 * g + 0.5 * b);
    red[at] = 128 + 224 * (0.5 * r - 0.454153 * g - 0.045847 * b);
  }
  return [luma, blue, red];
}

/** @param unit - Luma pixels per element of the plane. */
function layPlane(
  plane: Uint8Array,
  width: number,
  height: number,
  unit: number,
  picture: Float32Array,
  { square, side }: RestoredFace,
  region: MouthRegion,
  strength: number,
): void {
  const [cos, sin] = [Math.cos(square.angle), Math.sin(square.angle)];
  const factor = side / square.size;
  const size = square.size / side;
  // Middle of the region in the frame, and how far it reaches, in luma pixels.
  const [du, dv] = [(region.x - side / 2) * size, (region.y - side / 2) * size];
  const [x, y] = [square.x + cos * du - sin * dv, square.y + sin * du + cos * dv];
  const [wide, high] = [region.wide * size, region.high * size];
  const [reachX, reachY] = [Math.hypot(cos * wide, sin * high), Math.hypot(sin * wide, cos * high)];
  const left = Math.max(0, Math.floor((x - reachX) / unit));
  const right = Math.min(width, Math.ceil((x + reachX) / unit));
  const top = Math.max(0, Math.floor((y - reachY) / unit));
  const bottom = Math.min(height, Math.ceil((y + reachY) / unit));
  // Four places per element: a face that is smaller than the square would alias otherwise.
  const [stepU, stepV] = [(cos * unit * factor) / 4, (sin * unit * factor) / 4];
  for (let row = top; row < bottom; row++) {
    const dy = (row + 0.5) * unit - square.y;
    for (let column = left; column < right; column++) {
      const dx = (column + 0.5) * unit - square.x;
      const u = (cos * dx + sin * dy) * factor + side / 2;
      const v = (cos * dy - sin * dx) * factor + side / 2;
      const away = Math.hypot((u - region.x) / region.wide, (v - region.y) / region.high);
      const share = strength * (1 - smoothstep((away - FULL) / (1 - FULL)));
      if (share < NOTHING) continue;
      const painted =
        (valueAt(picture, side, u - stepU - stepV, v + stepV - stepU) +
          valueAt(picture, side, u + stepU - stepV, v - stepV - stepU) +
          valueAt(picture, side, u - stepU + stepV, v + stepV + stepU) +
          valueAt(picture, side, u + stepU + stepV, v - stepV + stepU)) /
        4;
      const at = row * width + column;
      const old = plane[at]!;
      plane[at] = Math.min(255, Math.max(0, old + share * (painted - old) + 0.5));
    }
  }
}

/** Bilinear; elements have their middles at .5, beyond the border it goes on. */
function valueAt(picture: Float32Array, side: number, u: number, v: number): number {
  const x = Math.min(side - 1, Math.max(0, u - 0.5));
  const y = Math.min(side - 1, Math.max(0, v - 0.5));
  const column = Math.min(side - 2, Math.floor(x));
  const row = Math.min(side - 2, Math.floor(y));
  const at = row * side + column;
  const upper = picture[at]! + (picture[at + 1]! - picture[at]!) * (x - column);
  const lower = picture[at + side]! + (picture[at + side + 1]! - picture[at + side]!) * (x - column);
  return upper + (lower - upper) * (y - row);
}
