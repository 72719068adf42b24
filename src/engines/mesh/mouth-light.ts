import { type Avatar, clamp, mix } from '../../core/basics.ts';
import { LIGHT_REACH } from '../mouth/mouth-inside.ts';

/** How the photo lights what is inside the mouth. */
export interface MouthLight {
  /** Brightness from the left to the right end of {@link LIGHT_REACH}, evenly spaced; 1 in the middle on average. */
  readonly across: Float32Array;
  /** Standard deviation of the photo's grain at the size of the output, 0..255. */
  readonly noise: number;
}

const ENTRIES = 49;
/** Where the lips are looked at, centimetres above and below their line; beyond their ends the skin. */
const LIPS: readonly number[] = [-0.45, -0.38, -0.31, 0.24, 0.32, 0.4, 0.48];
/** How far colour and gloss of single places are smoothed, entries of the table, and how often. */
const SMOOTHING = 40;
/** Share of the difference that reaches in behind the lips, and its limits. */
const REACHES_IN = 0.65;
const DARKEST = 0.65;
const BRIGHTEST = 1.2;
/** Where the cheeks' grain is looked at, centimetres beside and above or below the middle. */
const BESIDE = { from: 2.9, to: 4.2 } as const;
const ABOVE = 0.6;
/** Grain above this is texture of the skin. */
const COARSEST = 4;

/**
 * Reads the light off the lips, and the grain off the skin beside the mouth: a shadow that falls over half the mouth
 * falls over half the teeth.
 *
 * @param scale - Output pixels per region pixel.
 */
export function measureLight(avatar: Avatar, scale: number): MouthLight {
  const { mouth, rig } = avatar;
  const cm = rig.pixelsPerCm;
  const at = (x: number, y: number, from = 40): number => {
    const px = mouth.seam[from * 3]! + (mouth.axisX[0] * x + mouth.axisY[0] * y) * cm;
    const py = mouth.seam[from * 3 + 1]! + (mouth.axisX[1] * x + mouth.axisY[1] * y) * cm;
    return luminanceAt(avatar, px, py);
  };
  const differences: number[] = [];
  const step = Math.max(1, 1 / scale) / cm;
  for (let x = -BESIDE.to; x <= BESIDE.to; x += 0.07) {
    if (Math.abs(x) < BESIDE.from) continue;
    for (let y = -ABOVE; y <= ABOVE; y += 0.07)
      differences.push(Math.abs(at(x, y) - (at(x - step, y) + at(x + step, y)) / 2));
  }
  // 1.48 makes a standard deviation of the median, 1.22 is that of a value less the mean of two others
  const noise = (median(differences) * 1.48) / 1.22 / Math.max(1, 1 / scale);
  return { across: lightAcross(avatar, at), noise: clamp(noise, 0, COARSEST) };
}

function lightAcross(
  { mouth, rig }: Avatar,
  at: (x: number, y: number, from: number) => number,
): Float32Array {
  const half = (0.5 * mouth.width) / rig.pixelsPerCm;
  // lips that are apart in the photo: the lower one begins where the gap ends
  const gap = mouth.gap / rig.pixelsPerCm;
  const across = Float32Array.from({ length: ENTRIES }, (_, i) => {
    const x = LIGHT_REACH * ((2 * i) / (ENTRIES - 1) - 1);
    const from = clamp(Math.round(40 + (40 * x) / half), 4, 76);
    return median(LIPS.map((y) => at(0, y + (y > 0 ? 0.7 : -0.35) * gap, from)));
  });
  for (let round = 0; round < SMOOTHING; round++) {
    let before = across[0]!;
    for (let i = 1; i < ENTRIES - 1; i++) {
      const here = across[i]!;
      across[i] = (before + 2 * here + across[i + 1]!) / 4;
      before = here;
    }
  }
  const mean = across.reduce((sum, value) => sum + value, 0) / ENTRIES || 1;
  return across.map((value) => clamp(mix(1, value / mean, REACHES_IN), DARKEST, BRIGHTEST));
}

function luminanceAt({ region, layers }: Avatar, x: number, y: number): number {
  const column = clamp(Math.floor(x), 0, region.width - 1);
  const p = (clamp(Math.floor(y), 0, region.height - 1) * region.width + column) * 4;
  const { foreground } = layers;
  return foreground[p]! * 0.3 + foreground[p + 1]! * 0.59 + foreground[p + 2]! * 0.11;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
