import type { ResampleSource } from './contract.ts';

/**
 * Sharpens in place: adds `amount` times the difference to a 3 x 3 binomial blur. Colours stay at or below their
 * alpha, so premultiplied pictures stay valid; alpha is not touched.
 *
 * @param picture - Opaque or premultiplied RGBA; changed.
 * @param amount - 0 leaves the picture as it is; 1 is already strong.
 */
export function unsharp(picture: ResampleSource, amount: number): void {
  const { width, height, data } = picture;
  if (amount <= 0 || width < 3 || height < 3) return;
  const stride = width * 4;
  // three rows of horizontal sums (1 2 1), reused from row to row
  let above = new Uint16Array(stride);
  let here = new Uint16Array(stride);
  let below = new Uint16Array(stride);
  const sumRow = (row: number, out: Uint16Array) => {
    const start = row * stride;
    for (let i = 4; i < stride - 4; i++) {
      out[i] = data[start + i - 4]! + 2 * data[start + i]! + data[start + i + 4]!;
    }
  };
  sumRow(0, above);
  sumRow(1, here);
  for (let y = 1; y < height - 1; y++) {
    sumRow(y + 1, below);
    for (let i = 4, p = y * stride + 4; i < stride - 4; i += 4, p += 4) {
      const limit = data[p + 3]!;
      if (limit === 0) continue;
      for (let k = 0; k < 3; k++) {
        const blurred = (above[i + k]! + 2 * here[i + k]! + below[i + k]!) / 16;
        const value = data[p + k]! + amount * (data[p + k]! - blurred) + 0.5;
        data[p + k] = value < 0 ? 0 : value > limit ? limit : value;
      }
    }
    [above, here, below] = [here, below, above];
  }
}
