import { FRACTION, fixed, type Paste, type PasteOrder, partOf } from './contract.ts';

/** {@link Paste} in plain TypeScript: what the kernel is compared with. */
export function createReferencePaste(order: PasteOrder): Paste {
  const { part, from, side, opacity } = order;
  const still = partOf(order);
  const pixels = still.slice();
  const [right, down] = [fixed(order.right), fixed(order.down)];
  return {
    pixels,
    lay(square) {
      const bytes = halved(toBytes(square, from), from, side);
      const at = (u: number, v: number, channel: number): number => bytes[(v * side + u) * 4 + channel]!;
      for (let row = 0; row < part.height; row++) {
        let u = (fixed(order.u) + Math.imul(row, down)) | 0;
        let v = (fixed(order.v) + Math.imul(row, right)) | 0;
        for (let column = 0; column < part.width; column++) {
          const share = opacity[row * part.width + column]!;
          const to = (row * part.width + column) * 4;
          const [x, y] = [u >> FRACTION, v >> FRACTION];
          const [s, t] = [(u >> (FRACTION - 8)) & 255, (v >> (FRACTION - 8)) & 255];
          for (let channel = 0; channel < 4 && share > 0; channel++) {
            const above = between(at(x, y, channel), at(x + 1, y, channel), s);
            const below = between(at(x, y + 1, channel), at(x + 1, y + 1, channel), s);
            pixels[to + channel] = between(still[to + channel]!, between(above, below, t), share);
          }
          u = (u + right) | 0;
          v = (v - down) | 0;
        }
      }
    },
  };
}

/** One of two bytes, or what lies between them. @param share - Of the second, 0..256. */
function between(one: number, other: number, share: number): number {
  return (one * (256 - share) + other * share + 128) >> 8;
}

/** RGBA of a picture that comes as three planes of numbers 0..1; as networks' pictures are rounded, downwards. */
function toBytes(square: Float32Array, side: number): Uint8Array {
  const area = side * side;
  const bytes = new Uint8Array(4 * area).fill(255);
  for (let at = 0; at < area; at++)
    for (let channel = 0; channel < 3; channel++)
      bytes[at * 4 + channel] = Math.min(255, Math.max(0, Math.fround(square[channel * area + at]! * 255)));
  return bytes;
}

/** The picture at a half, a quarter ... of its size: means of four pixels, again and again. */
function halved(bytes: Uint8Array, from: number, side: number): Uint8Array {
  let picture = bytes;
  for (let half = from / 2; half >= side; half /= 2) {
    const smaller = new Uint8Array(half * half * 4);
    for (let at = 0; at < smaller.length; at++) {
      const [pixel, channel] = [at >> 2, at & 3];
      const start = 4 * ((pixel % half) * 2 + Math.floor(pixel / half) * 4 * half) + channel;
      const below = start + 8 * half;
      const sum = picture[start]! + picture[start + 4]! + picture[below]! + picture[below + 4]!;
      smaller[at] = (sum + 2) >> 2;
    }
    picture = smaller;
  }
  return picture;
}
