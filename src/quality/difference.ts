import type { Picture } from '../core/index.ts';

/**
 * Mean absolute difference of two pictures of one size over the pixels that a mask selects.
 *
 * @param mask - One byte per pixel; pixels with 0 are left out.
 * @returns Grey levels, 0..255; 0 if the mask selects nothing.
 */
export function meanAbsoluteDifference(a: Picture, b: Picture, mask: Uint8Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const at = i * 4;
    for (let c = 0; c < 3; c++) sum += Math.abs(a.data[at + c]! - b.data[at + c]!);
    count += 3;
  }
  return count === 0 ? 0 : sum / count;
}
