import { type AvatarColours, mix, type Picture } from '../../core/index.ts';

type Rgb = [number, number, number];

/** Landmarks whose surroundings show plain skin, lips, and the darkest parts of a face. */
const SKIN = [50, 280, 205, 425, 101, 330, 118, 347, 4, 5, 195];
const LIPS = [15, 16, 315, 85, 14, 17, 86, 316];
const DARK = [33, 133, 159, 145, 386, 374, 362, 263, 468, 98, 327, 13, 14, 61, 291];
/** Chroma of skin in white light, relative to its luminance. */
const REFERENCE_SKIN: Rgb = [1.18, 0.96, 0.84];

/**
 * Measures skin and lips and derives from them what the photo does not show: teeth, tongue, gums and the dark of the
 * mouth, in the light and in the style of the picture (a pale painting gets no black mouth, a cartoon no photo teeth).
 *
 * @param photo - The region.
 * @param landmarks - Region pixels.
 */
export function measureColours(
  photo: Picture,
  landmarks: ArrayLike<number>,
  faceHeight: number,
): AvatarColours {
  const sample = (indices: readonly number[], quantile: number) =>
    quantileColour(photo, landmarks, indices, quantile, Math.max(1, Math.round(faceHeight * 0.006)));
  const skin = sample(SKIN, 0.6);
  const lip = sample(LIPS, 0.55);
  const dark = sample(DARK, 0.06);
  const light = 0.3 * skin[0] + 0.59 * skin[1] + 0.11 * skin[2];
  const saturation = (Math.max(...skin) - Math.min(...skin)) / (Math.max(...skin) + 1);
  const colourfulness = Math.min(1.2, saturation / 0.35);
  // The colour of the light, as far as the skin tells it.
  const tint = skin.map((value, k) => 1 + (value / light / REFERENCE_SKIN[k] - 1) * 0.6);

  const enamel = Math.min(240, light * 1.1 + 18);
  const warmth = Math.max(colourfulness, saturation > 0.04 ? 0.7 : 0);
  const teeth = rgb((k) => enamel * (1 + ([1.045, 0.995, 0.9][k] - 1) * warmth) * tint[k]);
  const tongue = rgb((k) => light * 0.66 * (1 + ([1.42, 0.8, 0.8][k] - 1) * colourfulness));
  // Never darker than the picture's own darks: black holes stand out in a low-contrast painting.
  const cavity = rgb((k) =>
    Math.max(lip[k] * [0.195, 0.12, 0.12][k], Math.min(lip[k] * 0.5, dark[k] * [1.05, 0.9, 0.9][k])),
  );
  const gum = rgb((k) => mix(lip[k], skin[k], 0.3) * 0.7);
  const corner = rgb((k) => Math.max(cavity[k], lip[k] * [0.34, 0.24, 0.24][k]));
  return { skin, lip, teeth, tongue, cavity, gum, corner };
}

const rgb = (channel: (k: number) => number): Rgb => {
  const limited = (k: number) => Math.min(255, Math.max(0, channel(k)));
  return [limited(0), limited(1), limited(2)];
};

/** Mean colour of the pixels whose brightness rank lies within a tenth of `quantile`. */
function quantileColour(
  photo: Picture,
  landmarks: ArrayLike<number>,
  indices: readonly number[],
  quantile: number,
  radius: number,
): Rgb {
  const { width, height, data } = photo;
  const pixels: number[] = [];
  for (const index of indices) {
    const [x, y] = [Math.floor(landmarks[index * 3]), Math.floor(landmarks[index * 3 + 1])];
    for (let row = y - radius; row <= y + radius; row += 1) {
      for (let column = x - radius; column <= x + radius; column += 1) {
        const inside =
          Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column));
        pixels.push(inside * 4);
      }
    }
  }
  const brightness = (at: number) => data[at] + data[at + 1] + data[at + 2];
  pixels.sort((a, b) => brightness(a) - brightness(b));
  const from = Math.max(0, Math.ceil((quantile - 0.1) * pixels.length));
  const to = Math.min(pixels.length, Math.max(from + 1, Math.floor((quantile + 0.1) * pixels.length)));
  const near = pixels.slice(from, to);
  return rgb((k) => near.reduce((sum, at) => sum + data[at + k], 0) / near.length);
}
