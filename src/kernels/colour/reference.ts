/**
 * Weights of R, G and B (ITU-R BT.709, luma 16..235, chroma 16..240) in 15-bit fixed point. The weights of luma add up
 * to 219/255, those of each chroma channel to 0, so that grey stays exactly grey.
 */
const LUMA = [5983, 20127, 2032] as const;
const BLUE_DIFFERENCE = [-3298, -11094, 14392] as const;
const RED_DIFFERENCE = [14392, -13073, -1319] as const;

/** Bytes of an I420 picture: luma, then both chroma planes at half size. */
export function i420Length(width: number, height: number): number {
  return (width * height * 3) / 2;
}

/**
 * Converts RGBA to I420 (BT.709, limited range): the plain version that the kernel is compared with. Chroma is the mean
 * of each 2 x 2 block. Alpha is ignored.
 *
 * @param rgba - `width * height * 4` bytes, row-major.
 * @param width - Pixels, even.
 * @param height - Pixels, even.
 * @param target - Receives Y (`width * height`), Cb and Cr (a quarter of that each).
 */
export function rgbaToI420Reference(
  rgba: Uint8Array,
  width: number,
  height: number,
  target: Uint8Array,
): void {
  let cb = width * height;
  let cr = cb + (width * height) / 4;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const sum: [number, number, number] = [0, 0, 0];
      for (const pixel of [y * width + x, y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1]) {
        const colour = [rgba[pixel * 4]!, rgba[pixel * 4 + 1]!, rgba[pixel * 4 + 2]!] as const;
        target[pixel] = (dot(LUMA, colour) + (16 << 15) + (1 << 14)) >> 15;
        for (let channel = 0; channel < 3; channel += 1) sum[channel]! += colour[channel]!;
      }
      target[cb] = (dot(BLUE_DIFFERENCE, sum) + (128 << 17) + (1 << 16)) >> 17;
      target[cr] = (dot(RED_DIFFERENCE, sum) + (128 << 17) + (1 << 16)) >> 17;
      cb += 1;
      cr += 1;
    }
  }
}

type Triple = readonly [number, number, number];

function dot(weights: Triple, colour: Triple): number {
  return weights[0] * colour[0] + weights[1] * colour[1] + weights[2] * colour[2];
}
