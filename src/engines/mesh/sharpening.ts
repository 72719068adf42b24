import type { Picture, Rect } from '../../core/index.ts';

/** Places at which the texture is read, spread over the area by the golden ratio: every phase of the pixels comes up. */
const PLACES = 5000;
const GOLDEN = 0.618_033_988_75;
const MOST = 1.2;

/**
 * How much to sharpen a texture so that bilinear reads between its texels are as sharp as the picture itself: with the
 * amount `a`, the Laplacian energy of what is read is `|L T|^2 + 2 a L T . L U + a^2 |L U|^2`, where `U` is what an unsharp mask of
 * amount 1 adds to the texture `T`. Solved for the energy of `reference`, so it fits smooth skin as well as grain.
 *
 * @param texture - Premultiplied RGBA, not yet sharpened.
 * @param area - Where to look, texels, inside by two texels.
 * @param reference - The area as the output should show it, output pixels.
 * @returns Amount for `unsharp`, 0..1.2.
 */
export function sharpeningFor(texture: Picture, area: Rect, reference: Picture): number {
  const stepX = area.width / reference.width;
  const stepY = area.height / reference.height;
  const [spanX, spanY] = [area.width - 2 * stepX - 4, area.height - 2 * stepY - 4];
  if (spanX <= 0 || spanY <= 0) return 0;
  const light = luminance(texture, area);
  const added = unsharpMask(light);
  let plain = 0;
  let mixed = 0;
  let gained = 0;
  for (let n = 0; n < PLACES; n++) {
    const x = area.x + stepX + 2 + ((n * GOLDEN) % 1) * spanX;
    const y = area.y + stepY + 2 + (n / PLACES) * spanY;
    const t = laplacian(light, light.values, x, y, stepX, stepY);
    const u = laplacian(light, added, x, y, stepX, stepY);
    plain += t * t;
    mixed += t * u;
    gained += u * u;
  }
  const wanted = PLACES * energyOf(reference);
  const root = mixed * mixed - gained * (plain - wanted);
  if (gained === 0 || root <= 0) return 0;
  return Math.min(MOST, Math.max(0, (Math.sqrt(root) - mixed) / gained));
}

/** The luminance of a part of a picture. */
interface Light {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** Luminance of everything that is read in an area and beside it. */
function luminance(picture: Picture, area: Rect): Light {
  const left = Math.max(0, Math.floor(area.x));
  const top = Math.max(0, Math.floor(area.y));
  const width = Math.min(picture.width, Math.ceil(area.x + area.width) + 1) - left;
  const height = Math.min(picture.height, Math.ceil(area.y + area.height) + 1) - top;
  const values = new Float64Array(width * height);
  const { data } = picture;
  for (let y = 0, at = 0; y < height; y++) {
    let p = ((top + y) * picture.width + left) * 4;
    for (let x = 0; x < width; x++, at++, p += 4) {
      values[at] = 0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]!;
    }
  }
  return { left, top, width, height, values };
}

/** What an unsharp mask of amount 1 adds; 0 along the border. */
function unsharpMask({ width, height, values }: Light): Float64Array {
  const out = new Float64Array(values.length);
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      const above = values[at - width - 1]! + 2 * values[at - width]! + values[at - width + 1]!;
      const here = values[at - 1]! + 2 * values[at]! + values[at + 1]!;
      const below = values[at + width - 1]! + 2 * values[at + width]! + values[at + width + 1]!;
      out[at] = values[at]! - (above + 2 * here + below) / 16;
    }
  }
  return out;
}

/** Laplacian at a place of the texture, in steps of the output's pixels. */
function laplacian(
  light: Light,
  values: Float64Array,
  x: number,
  y: number,
  stepX: number,
  stepY: number,
): number {
  return (
    4 * read(light, values, x, y) -
    read(light, values, x - stepX, y) -
    read(light, values, x + stepX, y) -
    read(light, values, x, y - stepY) -
    read(light, values, x, y + stepY)
  );
}

function read({ left, top, width }: Light, values: Float64Array, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const s = x - column;
  const t = y - row;
  const p = (row - top) * width + column - left;
  const q = p + width;
  return (
    (values[p]! * (1 - s) + values[p + 1]! * s) * (1 - t) + (values[q]! * (1 - s) + values[q + 1]! * s) * t
  );
}

/** Mean squared Laplacian of a picture's luminance. */
function energyOf(picture: Picture): number {
  const { width, height } = picture;
  const { values } = luminance(picture, { x: 0, y: 0, width, height });
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      const edge =
        4 * values[at]! - values[at - 1]! - values[at + 1]! - values[at - width]! - values[at + width]!;
      sum += edge * edge;
    }
  }
  return sum / Math.max(1, (width - 2) * (height - 2));
}
