import type { BitReader } from '../bit-reader.ts';
import type { Mp3Header } from './header.ts';
import { type Granule, SHORT } from './side-info.ts';

/** Scale factors by band, and which values mean "no intensity position". */
export interface ScaleFactors {
  /** One per band of the granule; bands beyond the coded ones are 0. */
  readonly values: Uint8Array;
  /** Per band: the largest value that fits its bits, which marks an invalid intensity position. */
  readonly limits: Uint8Array;
}

const BITS_LOW = [0, 0, 0, 0, 3, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4] as const;
const BITS_HIGH = [0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 1, 2, 3, 2, 3] as const;

/** Bands in each of the four groups, by kind of coding and block (long, short, mixed). */
const GROUPS_1 = [
  [6, 5, 5, 5],
  [9, 9, 6, 12],
  [8, 9, 6, 12],
] as const;
const GROUPS_2 = [
  [
    [6, 5, 5, 5],
    [9, 9, 9, 9],
    [6, 9, 9, 9],
  ],
  [
    [6, 5, 7, 3],
    [9, 9, 12, 6],
    [6, 9, 12, 6],
  ],
  [
    [11, 10, 0, 0],
    [18, 18, 0, 0],
    [15, 18, 0, 0],
  ],
  [
    [7, 7, 7, 0],
    [12, 12, 12, 0],
    [6, 15, 12, 0],
  ],
  [
    [6, 6, 6, 3],
    [12, 9, 9, 6],
    [6, 12, 9, 6],
  ],
  [
    [8, 8, 5, 0],
    [15, 12, 9, 0],
    [6, 18, 9, 0],
  ],
] as const;

/**
 * Reads the scale factors of one granule of one channel.
 *
 * @param shared - Groups (bit 3 first) to be taken from `previous`.
 * @param right - Second channel of an intensity-coded frame: MPEG-2 packs its positions differently.
 */
export function readScaleFactors(
  bits: BitReader,
  header: Mp3Header,
  granule: Granule,
  shared: number,
  previous: ScaleFactors | null,
  right: boolean,
): ScaleFactors {
  const block = granule.blockType !== SHORT ? 0 : granule.mixed ? 2 : 1;
  const { widths, groups } = header.mpeg1 ? layout1(granule, block) : layout2(granule, block, right);
  const values = new Uint8Array(granule.bands.length);
  const limits = new Uint8Array(granule.bands.length);
  let at = 0;
  for (const [group, count] of groups.entries()) {
    const width = widths[group]!;
    for (let n = 0; n < count; n += 1, at += 1) {
      const copied = block === 0 && previous !== null && (shared & (8 >> group)) !== 0;
      values[at] = copied ? previous.values[at]! : bits.unsigned(width);
      limits[at] = header.mpeg1 ? 7 : (1 << width) - 1;
    }
  }
  return { values, limits };
}

function layout1(granule: Granule, block: 0 | 1 | 2) {
  const low = BITS_LOW[granule.scaleCompress]!;
  const high = BITS_HIGH[granule.scaleCompress]!;
  return { widths: [low, low, high, high], groups: GROUPS_1[block] };
}

function layout2(granule: Granule, block: 0 | 1 | 2, right: boolean) {
  const code = granule.scaleCompress;
  if (right) {
    const half = code >> 1;
    if (half < 180)
      return {
        widths: [Math.floor(half / 36), Math.floor((half % 36) / 6), half % 6, 0],
        groups: GROUPS_2[3][block],
      };
    const rest = half - 180;
    if (half < 244)
      return { widths: [(rest & 63) >> 4, (rest & 15) >> 2, rest & 3, 0], groups: GROUPS_2[4][block] };
    return { widths: [Math.floor((half - 244) / 3), (half - 244) % 3, 0, 0], groups: GROUPS_2[5][block] };
  }
  if (code < 400) {
    const high = code >> 4;
    return {
      widths: [Math.floor(high / 5), high % 5, (code & 15) >> 2, code & 3],
      groups: GROUPS_2[0][block],
    };
  }
  if (code < 500) {
    const rest = code - 400;
    const high = rest >> 2;
    return { widths: [Math.floor(high / 5), high % 5, rest & 3, 0], groups: GROUPS_2[1][block] };
  }
  return { widths: [Math.floor((code - 500) / 3), (code - 500) % 3, 0, 0], groups: GROUPS_2[2][block] };
}
