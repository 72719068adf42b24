import { clamp, type Picture } from '../../core/basics.ts';
import { GLANCE_SIDE, HEAD_SIDE, type HeadCrop, scaleOf } from './head-crop.ts';

/** Places per pixel and axis at most that a large photo is read at. */
const MOST_PLACES = 8;

/**
 * Cuts the head out of a photo as networks look at it.
 *
 * @returns Red, green and blue, one plane after the other, `3 * GLANCE_SIDE ** 2` numbers 0..1; what lies beyond the photo repeats its border.
 */
export function glanceAt(photo: Picture, crop: HeadCrop): Float32Array {
  const area = GLANCE_SIDE * GLANCE_SIDE;
  const glance = new Float32Array(3 * area);
  // Every pixel is the mean of what it stands for, or a fine pattern would be seen as a coarse one.
  const step = HEAD_SIDE / GLANCE_SIDE;
  const places = Math.min(MOST_PLACES, Math.max(1, Math.ceil(step * scaleOf(crop))));
  const sum = new Float64Array(3);
  for (let row = 0, at = 0; row < GLANCE_SIDE; row += 1) {
    for (let column = 0; column < GLANCE_SIDE; column += 1, at += 1) {
      sum.fill(0);
      for (let place = 0; place < places * places; place += 1) {
        const u = step * (column + ((place % places) + 0.5) / places);
        const v = step * (row + (Math.floor(place / places) + 0.5) / places);
        addColour(
          photo,
          crop.right * u - crop.down * v + crop.left,
          crop.down * u + crop.right * v + crop.top,
          sum,
        );
      }
      for (let channel = 0; channel < 3; channel += 1)
        glance[channel * area + at] = sum[channel]! / (255 * places * places);
    }
  }
  return glance;
}

/** Adds the colour between the four pixels around a point. */
function addColour({ width, height, data }: Picture, x: number, y: number, sum: Float64Array): void {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [across, down] = [x - 0.5 - left, y - 0.5 - top];
  for (let corner = 0; corner < 4; corner += 1) {
    const column = clamp(left + (corner & 1), 0, width - 1);
    const row = clamp(top + (corner >> 1), 0, height - 1);
    const share = (corner & 1 ? across : 1 - across) * (corner >> 1 ? down : 1 - down);
    const at = (row * width + column) * 4;
    for (let channel = 0; channel < 3; channel += 1) sum[channel]! += share * data[at + channel]!;
  }
}
