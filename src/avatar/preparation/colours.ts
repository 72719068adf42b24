import { type AvatarColours, mix, type Picture, smoothstep } from '../../core/index.ts';

type Rgb = [number, number, number];

/** Landmarks whose surroundings show plain skin, lips, and the darkest parts of a face. */
const SKIN = [50, 280, 205, 425, 101, 330, 118, 347, 4, 5, 195];
const LIPS = [15, 16, 315, 85, 14, 17, 86, 316];
const DARK = [33, 133, 159, 145, 386, 374, 362, 263, 468, 98, 327, 13, 14, 61, 291];
/** Both eyes: iris, and the corners beside it. */
const EYES = [
  [468, 33, 133],
  [473, 362, 263],
] as const;
/** Teeth are at least this bright beside the white of the eye, which is the only other white thing in a face. */
const LIKE_EYES = 0.92;
/** The cavity is never darker than this share of the lip's colour: a black hole looks cut out of a light picture. */
const CAVITY_FLOOR = 0.26;
/** Share of the hue of flesh in the dark of the mouth. */
const FLESH = 0.6;
/** A tongue shares the hue of the lips. */
const LIKE_LIPS = 0.35;
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
  const light = luminance(skin);
  const saturation = (Math.max(...skin) - Math.min(...skin)) / (Math.max(...skin) + 1);
  const colourfulness = Math.min(1.2, saturation / 0.35);
  // Skin may be dark in the brightest light; the white of the eye is not.
  const eyeball = eyeWhite(photo, landmarks);
  const white = Math.max(1, luminance(eyeball));
  const enamel = Math.min(240, Math.max(light * 1.1 + 18, LIKE_EYES * white));
  // The colour of the light, as far as skin and eyes tell it; eyes in the shade are no white.
  const trust = 0.7 * smoothstep((white / light - 0.6) / 0.4);
  const tint = skin.map((value, k) =>
    mix(1 + (value / light / REFERENCE_SKIN[k] - 1) * 0.6, 1 + (eyeball[k] / white - 1) * 0.8, trust),
  );
  const warmth = Math.max(colourfulness, saturation > 0.04 ? 0.7 : 0);
  const teeth = rgb((k) => enamel * (1 + ([1.045, 0.995, 0.9][k] - 1) * warmth) * tint[k]);
  const flesh = rgb((k) => light * 0.74 * (1 + ([1.36, 0.82, 0.84][k] - 1) * colourfulness));
  const tongue = rgb((k) => mix(flesh[k], lip[k], LIKE_LIPS));
  // Never darker than the picture's own darks: black holes stand out in a low-contrast painting.
  const shade = rgb((k) =>
    Math.max(lip[k] * [0.195, 0.12, 0.12][k], Math.min(lip[k] * 0.5, dark[k] * [1.05, 0.9, 0.9][k])),
  );
  const fleshy = (colour: Rgb): Rgb => {
    const dim = luminance(colour) / Math.max(1, luminance(tongue));
    return rgb((k) => Math.max(mix(colour[k], tongue[k] * dim, FLESH), lip[k] * CAVITY_FLOOR));
  };
  const gum = rgb((k) => mix(lip[k], skin[k], 0.3) * 0.7);
  const cavity = fleshy(shade);
  const corner = fleshy(rgb((k) => Math.max(shade[k], lip[k] * [0.34, 0.24, 0.24][k])));
  return { skin, lip, teeth, tongue, cavity, gum, corner };
}

const luminance = (colour: Rgb): number => 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];

/** The brightest of the four places between iris and corner of an eye: the others lie in the shade of lids and nose. */
function eyeWhite(photo: Picture, landmarks: ArrayLike<number>): Rgb {
  let brightest: Rgb = [0, 0, 0];
  for (const [iris, ...corners] of EYES) {
    for (const corner of corners) {
      const pixels: number[] = [];
      for (let t = 0.55; t < 0.8; t += 0.05) {
        const [x, y] = [0, 1].map((k) =>
          Math.floor(mix(landmarks[iris * 3 + k], landmarks[corner * 3 + k], t)),
        );
        pixels.push(pixelAt(photo, x, y), pixelAt(photo, x, y + 1));
      }
      const colour = meanAround(photo, pixels, 0.7);
      if (luminance(colour) > luminance(brightest)) brightest = colour;
    }
  }
  return brightest;
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
  const pixels: number[] = [];
  for (const index of indices) {
    const [x, y] = [Math.floor(landmarks[index * 3]), Math.floor(landmarks[index * 3 + 1])];
    for (let row = y - radius; row <= y + radius; row += 1) {
      for (let column = x - radius; column <= x + radius; column += 1) {
        pixels.push(pixelAt(photo, column, row));
      }
    }
  }
  return meanAround(photo, pixels, quantile);
}

/** Byte offset of the pixel nearest to a place. */
function pixelAt({ width, height }: Picture, x: number, y: number): number {
  return (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 4;
}

/** Mean colour of those of some pixels (byte offsets; sorted in place) whose brightness rank lies near a quantile. */
function meanAround({ data }: Picture, pixels: number[], quantile: number): Rgb {
  const brightness = (at: number) => data[at] + data[at + 1] + data[at + 2];
  pixels.sort((a, b) => brightness(a) - brightness(b));
  const from = Math.max(0, Math.ceil((quantile - 0.1) * pixels.length));
  const to = Math.min(pixels.length, Math.max(from + 1, Math.floor((quantile + 0.1) * pixels.length)));
  const near = pixels.slice(from, to);
  return rgb((k) => near.reduce((sum, at) => sum + data[at + k], 0) / near.length);
}
