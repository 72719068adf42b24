import type { Rect } from '../../core/index.ts';

/** 255 / alpha in 16.16 fixed point. */
const SHARES = Uint32Array.from({ length: 256 }, (_, alpha) =>
  alpha === 0 ? 0 : Math.round((255 / alpha) * 0x10000),
);

/**
 * Turns premultiplied colours into straight ones, in place: what files and canvases expect. Opaque and empty pixels
 * stay as they are.
 *
 * @param data - RGBA, `width` pixels per row.
 * @param part - Integer pixels inside the picture.
 */
export function straightenAlpha(data: Uint8Array, width: number, part: Rect): void {
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const start = (y * width + part.x) * 4;
    for (let at = start; at < start + part.width * 4; at += 4) {
      const alpha = data[at + 3]!;
      if (alpha === 0 || alpha === 255) continue;
      const share = SHARES[alpha]!;
      for (let k = at; k < at + 3; k += 1) data[k] = Math.min(255, (data[k]! * share + 0x8000) / 0x10000);
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
