import type { Rect } from '../../core/index.ts';

/** 255 / alpha in 16.16 fixed point. */
const SHARES = Uint32Array.from({ length: 256 }, (_, alpha) =>
  alpha === 0 ? 0 : Math.round((255 / alpha) * 0x10000),
);

/**
 * Turns premultiplied colours into straight ones, in place: what files and canvases expect. Opaque and empty pixels
 * stay as they are.
 *
 * @param data - RGBA, `width` pixels per row; begins at a multiple of four bytes in its buffer.
 * @param part - Integer pixels inside the picture.
 */
export function straightenAlpha(data: Uint8Array, width: number, part: Rect): void {
  const pixels = new Uint32Array(data.buffer, data.byteOffset, data.length >> 2);
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const start = y * width + part.x;
    for (let index = start; index < start + part.width; index += 1) {
      // Alpha lies highest, as WebAssembly is little-endian everywhere: most pixels are decided by one comparison.
      const alpha = pixels[index]! >>> 24;
      if (alpha === 0 || alpha === 255) continue;
      const share = SHARES[alpha]!;
      for (let at = index * 4; at < index * 4 + 3; at += 1) {
        data[at] = Math.min(255, (data[at]! * share + 0x8000) >>> 16);
      }
    }
  }
}

/** The opposite of {@link straightenAlpha}, for a whole picture, in place. */
export function premultiplyAlpha(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3]!;
    if (alpha === 255) continue;
    for (let k = at; k < at + 3; k += 1) data[k] = (data[k]! * alpha) / 255 + 0.5;
  }
}
