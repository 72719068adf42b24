/** Side of the pictures that the network takes and gives. */
export const SIDE = 96;
/** Numbers of one picture of one colour. */
export const AREA = SIDE * SIDE;
/** Channels that the network takes: blue, green, red without the lower half, then all of it. */
export const CHANNELS = 6;

/**
 * Makes the three channels without the lower half.
 *
 * @param face - {@link CHANNELS} times {@link AREA} numbers, the last three channels of which are there.
 */
export function addMasked(face: Float32Array): void {
  face.copyWithin(0, 3 * AREA, 6 * AREA);
  for (let channel = 0; channel < 3; channel++) face.fill(0, channel * AREA + AREA / 2, (channel + 1) * AREA);
}
