import { outset } from '../../core/geometry.ts';
import type { Picture, Rect } from '../../core/index.ts';
import type { Face } from '../analysis/types.ts';
import { CHIN, FOREHEAD } from './landmark-chains.ts';

/** How far the part that moves reaches from the middle of the face, in face heights. */
const REACH = { side: 1.8, up: 1.6, down: 2.0 } as const;

/** Side of the square that the person network looks at, in face heights: its 256 pixels then draw hair well. */
const MATTE_SIDE = 3.2;

/**
 * The part of the picture that may move: head, hair and shoulders. About 3.6 face heights in both directions, less
 * where the picture ends.
 *
 * @returns Integer picture pixels, inside the picture.
 */
export function movingRegion(picture: Picture, face: Face): Rect {
  const { x, y } = faceCentre(face);
  const unit = face.height;
  const reach = {
    x: x - REACH.side * unit,
    y: y - REACH.up * unit,
    width: 2 * REACH.side * unit,
    height: (REACH.up + REACH.down) * unit,
  };
  return outset(reach, picture.width, picture.height);
}

/**
 * The square that the person network should look at. It may reach beyond the picture, where the network sees the
 * border repeated, and be a little smaller than the region, whose outermost part does not move anyway.
 *
 * @returns Picture pixels.
 */
export function matteSquare(picture: Picture, face: Face): Rect {
  const region = movingRegion(picture, face);
  const side = Math.min(MATTE_SIDE * face.height, Math.max(region.width, region.height));
  const { x, y } = faceCentre(face);
  return {
    x: place(x, side, region.x, region.width),
    y: place(y + 0.15 * face.height, side, region.y, region.height),
    width: side,
    height: side,
  };
}

/** Starts a span of `length` around `centre`, shifted to lie inside `start..start + room`, or centred if longer. */
function place(centre: number, length: number, start: number, room: number): number {
  if (length >= room) return start + (room - length) / 2;
  return Math.min(Math.max(centre - length / 2, start), start + room - length);
}

function faceCentre(face: Face): { x: number; y: number } {
  const points = face.landmarks;
  const middle = (points[3 * FOREHEAD + 1] + points[3 * CHIN + 1]) / 2;
  const axis = (points[3 * FOREHEAD] + points[3 * CHIN]) / 2;
  return { x: (axis + face.box.x + face.box.width / 2) / 2, y: middle };
}

/** Copies a part of a picture into a buffer of its own. `region` must have integer edges and lie inside. */
export function cutRegion(picture: Picture, region: Rect): Picture {
  const data = new Uint8Array(region.width * region.height * 4);
  for (let row = 0; row < region.height; row += 1) {
    const start = ((region.y + row) * picture.width + region.x) * 4;
    data.set(picture.data.subarray(start, start + region.width * 4), row * region.width * 4);
  }
  return { width: region.width, height: region.height, data };
}

/** The landmarks in region pixels, `x, y, z`, in double precision. */
export function regionLandmarks(face: Face, region: Rect): Float64Array {
  const points = Float64Array.from(face.landmarks);
  for (let at = 0; at < points.length; at += 3) {
    points[at] -= region.x;
    points[at + 1] -= region.y;
  }
  return points;
}
