import type { Picture } from '../../src/core/index.ts';

/** A grey picture from a function of the pixel. */
export function grey(width: number, height: number, value: (x: number, y: number) => number): Picture {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      data.fill(Math.round(value(x, y)), at, at + 3);
    }
  }
  return { width, height, data };
}

/** A picture whose every pixel is the mean over a square of `2 * reach + 1` pixels. */
export function blurred({ width, height, data }: Picture, reach: number): Picture {
  return grey(width, height, (x, y) => {
    let [sum, count] = [0, 0];
    for (let j = Math.max(0, y - reach); j <= Math.min(height - 1, y + reach); j++) {
      for (let i = Math.max(0, x - reach); i <= Math.min(width - 1, x + reach); i++) {
        sum += data[(j * width + i) * 4]!;
        count++;
      }
    }
    return sum / count;
  });
}

/** Squares of two greys. */
export function checker(side: number, low: number, high: number, cell: number): Picture {
  return grey(side, side, (x, y) => ((Math.floor(x / cell) + Math.floor(y / cell)) % 2 ? high : low));
}
