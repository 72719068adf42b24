import { smoothstep } from '../../core/geometry.ts';
import type { Picture } from '../../core/index.ts';
import { type Plane, Upsampler } from './planes.ts';

/** Alpha above which a pixel is taken as it is. */
const OPAQUE = 0.996;
/** Alpha below which nothing is drawn. */
const INVISIBLE = 0.004;
/** Contrast between person and background (RGB distance) from which a pixel tells both apart, and the range above it. */
const CONTRAST = { from: 24, range: 60 } as const;
/** A pixel that has less than this share of the person's colour is background, whatever the matte says. */
const TRACE = 0.3;
/** How far a solved colour may leave the range between the photo and the solid person nearby, 0..255. */
const SLACK = 12;

/**
 * The person's layer: premultiplied colours. In soft edges the photo shows `alpha * person + (1 - alpha) * background`;
 * this is solved for the person and held near the colours of the solid person beside it, as the quotient is noisy
 * where alpha is small. Where the photo plainly shows the background, the matte is corrected: the haze that a filtered
 * mask leaves would be seen as a rim of light.
 *
 * @param photo - The region, in a buffer of its own.
 * @param alpha - The matte, size of the photo.
 * @param background - The filled background, RGBA.
 * @param body - Red, green and blue of the solid person, continued beyond its edge; 0..1, at working resolution.
 * @param factor - Pixels of the photo per working pixel.
 */
export function unmix(
  photo: Picture,
  alpha: Plane,
  background: Uint8Array,
  body: readonly Plane[],
  factor: number,
): Uint8Array {
  const { data } = photo;
  const out = new Uint8Array(data.length);
  const [whole, wholeOut] = [new Uint32Array(data.buffer), new Uint32Array(out.buffer)];
  const up = new Upsampler(body, factor, photo.width);
  const { rows, left, share: weight } = up;
  const near = [0, 0, 0];
  for (let y = 0, index = 0; y < photo.height; y += 1) {
    up.choose(y);
    for (let x = 0; x < photo.width; x += 1, index += 1) {
      const matte = alpha.data[index];
      if (matte <= INVISIBLE) continue;
      if (matte > OPAQUE) {
        wholeOut[index] = whole[index];
        continue;
      }
      const at = index * 4;
      let along = 0;
      let square = 0;
      for (let k = 0; k < 3; k += 1) {
        const row = rows[k];
        near[k] = (row[left[x]] + (row[left[x] + 1] - row[left[x]]) * weight[x]) * 255;
        const difference = near[k] - background[at + k];
        along += (data[at + k] - background[at + k]) * difference;
        square += difference * difference;
      }
      const certainty = smoothstep((Math.sqrt(square) - CONTRAST.from) / CONTRAST.range);
      const share = matte * (1 - certainty * (1 - smoothstep(along / square / TRACE)));
      if (!(share > INVISIBLE)) continue;
      const guess = smoothstep((0.3 - share) / 0.25);
      for (let k = 0; k < 3; k += 1) {
        const photographed = data[at + k];
        const solved = (photographed - (1 - share) * background[at + k]) / share;
        const low = Math.max(0, Math.min(photographed, near[k]) - SLACK);
        const high = Math.min(255, Math.max(photographed, near[k]) + SLACK);
        const limited = solved < low ? low : solved > high ? high : solved;
        out[at + k] = (limited * (1 - guess) + near[k] * guess) * share + 0.5;
      }
      out[at + 3] = Math.round(share * 255);
    }
  }
  return out;
}
