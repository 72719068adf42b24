import { type Avatar, clamp } from '../../core/index.ts';

/** How the photo lights what is inside the mouth. */
export interface MouthLight {
  /** Change of brightness per centimetre to the right, as a share. */
  readonly slope: number;
  /** Standard deviation of the photo's grain at the size of the output, 0..255. */
  readonly noise: number;
}

/** Where the cheeks are compared, centimetres beside the middle of the mouth and above and below it. */
const BESIDE = { from: 2.9, to: 4.2 } as const;
const ABOVE = 0.6;
/** Share of the difference between the cheeks that reaches into the mouth, and its limit per centimetre. */
const REACHES_IN = 0.5;
const STEEPEST = 0.09;
/** Grain above this is texture of the skin. */
const COARSEST = 4;

/**
 * Reads light and grain off the skin beside the mouth.
 *
 * @param scale - Output pixels per region pixel.
 */
export function measureLight(avatar: Avatar, scale: number): MouthLight {
  const { mouth, rig } = avatar;
  const [cx, cy] = [mouth.seam[120]!, mouth.seam[121]!];
  const cm = rig.pixelsPerCm;
  const at = (x: number, y: number): number => {
    const px = cx + (mouth.axisX[0] * x + mouth.axisY[0] * y) * cm;
    const py = cy + (mouth.axisX[1] * x + mouth.axisY[1] * y) * cm;
    return luminanceAt(avatar, px, py);
  };
  const cheek = (side: -1 | 1): number => {
    const values: number[] = [];
    for (let x = BESIDE.from; x <= BESIDE.to; x += 0.1)
      for (let y = -ABOVE; y <= ABOVE; y += 0.1) values.push(at(side * x, y));
    return median(values);
  };
  const [left, right] = [cheek(-1), cheek(1)];
  const slope = ((REACHES_IN * (right - left)) / Math.max(1, right + left)) * (2 / (BESIDE.from + BESIDE.to));
  const differences: number[] = [];
  const step = Math.max(1, 1 / scale) / cm;
  for (let x = -BESIDE.to; x <= BESIDE.to; x += 0.07) {
    if (Math.abs(x) < BESIDE.from) continue;
    for (let y = -ABOVE; y <= ABOVE; y += 0.07)
      differences.push(Math.abs(at(x, y) - (at(x - step, y) + at(x + step, y)) / 2));
  }
  // 1.48 makes a standard deviation of the median, 1.22 is that of a value less the mean of two others
  const noise = (median(differences) * 1.48) / 1.22 / Math.max(1, 1 / scale);
  return { slope: clamp(2 * slope, -STEEPEST, STEEPEST), noise: clamp(noise, 0, COARSEST) };
}

function luminanceAt({ region, layers }: Avatar, x: number, y: number): number {
  const column = clamp(Math.floor(x), 0, region.width - 1);
  const p = (clamp(Math.floor(y), 0, region.height - 1) * region.width + column) * 4;
  const { foreground } = layers;
  return foreground[p]! * 0.3 + foreground[p + 1]! * 0.59 + foreground[p + 2]! * 0.11;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
