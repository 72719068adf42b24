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
  const { width, data } = texture;
  const stepX = area.width / reference.width;
  const stepY = area.height / reference.height;
  const luma = (p: number) => 0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]!;
  const read = (x: number, y: number, value: (p: number) => number): number => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [s, t] = [x - column, y - row];
    const p = (row * width + column) * 4;
    const q = p + width * 4;
    return (value(p) * (1 - s) + value(p + 4) * s) * (1 - t) + (value(q) * (1 - s) + value(q + 4) * s) * t;
  };
  const added = (p: number): number => {
    const line = (at: number) => luma(at - 4) + 2 * luma(at) + luma(at + 4);
    return luma(p) - (line(p - width * 4) + 2 * line(p) + line(p + width * 4)) / 16;
  };
  const laplacian = (x: number, y: number, value: (p: number) => number): number =>
    4 * read(x, y, value) -
    read(x - stepX, y, value) -
    read(x + stepX, y, value) -
    read(x, y - stepY, value) -
    read(x, y + stepY, value);
  let plain = 0;
  let mixed = 0;
  let gained = 0;
  const [spanX, spanY] = [area.width - 2 * stepX - 4, area.height - 2 * stepY - 4];
  if (spanX <= 0 || spanY <= 0) return 0;
  for (let n = 0; n < PLACES; n++) {
    const x = area.x + stepX + 2 + ((n * GOLDEN) % 1) * spanX;
    const y = area.y + stepY + 2 + (n / PLACES) * spanY;
    const t = laplacian(x, y, luma);
    const u = laplacian(x, y, added);
    plain += t * t;
    mixed += t * u;
    gained += u * u;
  }
  const wanted = PLACES * energyOf(reference);
  const root = mixed * mixed - gained * (plain - wanted);
  if (gained === 0 || root <= 0) return 0;
  return Math.min(MOST, Math.max(0, (Math.sqrt(root) - mixed) / gained));
}

/** Mean squared Laplacian of a picture's luminance. */
function energyOf({ width, height, data }: Picture): number {
  const luma = (p: number) => 0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]!;
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const p = (y * width + x) * 4;
      const edge = 4 * luma(p) - luma(p - 4) - luma(p + 4) - luma(p - width * 4) - luma(p + width * 4);
      sum += edge * edge;
    }
  }
  return sum / Math.max(1, (width - 2) * (height - 2));
}
