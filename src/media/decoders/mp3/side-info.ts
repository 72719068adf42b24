import type { BitReader } from '../bit-reader.ts';
import type { Mp3Header } from './header.ts';
import { LONG_BANDS, SHORT_BANDS } from './tables.ts';

/** Block types that the side information names; 1 and 3 are the transitions between long and short. */
export const SHORT = 2;

/** What one granule of one channel is coded with. */
export interface Granule {
  /** Bits of scale factors and values. */
  readonly bits: number;
  /** Values coded in pairs. */
  readonly pairValues: number;
  readonly globalGain: number;
  readonly scaleCompress: number;
  /** 0 long, 1 start, 2 short, 3 stop. */
  readonly blockType: number;
  /** Two subbands of long block below the short ones. */
  readonly mixed: boolean;
  readonly tables: readonly [number, number, number];
  /** Where the second and the third table take over. */
  readonly regionEnds: readonly [number, number];
  readonly subblockGain: readonly [number, number, number];
  readonly preEmphasis: boolean;
  readonly scaleShift: 1 | 2;
  readonly plainQuads: boolean;
  readonly bands: readonly Band[];
}

/** A band of frequency lines with one scale factor. */
export interface Band {
  readonly start: number;
  readonly width: number;
  /** 0..2 in short blocks, -1 in long ones. */
  readonly window: number;
}

/** The side information of a frame. */
export interface SideInfo {
  /** How many bytes before this frame its values begin. */
  readonly backReference: number;
  /** Per channel, bits of the four groups of scale factors that the second granule takes from the first. */
  readonly sharedScales: readonly number[];
  /** By granule, then channel. */
  readonly granules: readonly (readonly Granule[])[];
}

const bandCache = new Map<string, readonly Band[]>();

function bandsOf(header: Mp3Header, short: boolean, mixed: boolean): readonly Band[] {
  const key = `${header.rateIndex} ${short} ${mixed}`;
  const known = bandCache.get(key);
  if (known) return known;
  const long = LONG_BANDS[header.rateIndex]!;
  const bands: Band[] = [];
  let start = 0;
  const add = (width: number, window: number) => {
    bands.push({ start, width, window });
    start += width;
  };
  if (!short) for (const width of long) add(width, -1);
  else {
    if (mixed) for (const width of long.slice(0, header.mpeg1 ? 8 : 6)) add(width, -1);
    for (const width of SHORT_BANDS[header.rateIndex]!.slice(mixed ? 3 : 0))
      for (const window of [0, 1, 2]) add(width, window);
  }
  bandCache.set(key, bands);
  return bands;
}

/** Reads the side information; `null` if it contradicts itself. */
export function readSideInfo(bits: BitReader, header: Mp3Header): SideInfo | null {
  const { mpeg1, channels } = header;
  const backReference = bits.unsigned(mpeg1 ? 9 : 8);
  bits.position += mpeg1 ? (channels === 1 ? 5 : 3) : channels;
  const sharedScales = Array.from({ length: channels }, () => (mpeg1 ? bits.unsigned(4) : 0));
  const granules: Granule[][] = [];
  for (let granule = 0; granule < (mpeg1 ? 2 : 1); granule += 1) {
    const parts: Granule[] = [];
    for (let channel = 0; channel < channels; channel += 1) {
      const part = readGranule(bits, header);
      if (!part) return null;
      parts.push(part);
    }
    granules.push(parts);
  }
  return { backReference, sharedScales, granules };
}

function readGranule(bits: BitReader, header: Mp3Header): Granule | null {
  const length = bits.unsigned(12);
  const pairValues = bits.unsigned(9) * 2;
  const globalGain = bits.unsigned(8);
  const scaleCompress = bits.unsigned(header.mpeg1 ? 4 : 9);
  const switched = bits.unsigned(1) === 1;
  const blockType = switched ? bits.unsigned(2) : 0;
  const mixed = switched && bits.unsigned(1) === 1;
  if (pairValues > 576 || (switched && blockType === 0)) return null;
  const tables: [number, number, number] = [
    bits.unsigned(5),
    bits.unsigned(5),
    switched ? 0 : bits.unsigned(5),
  ];
  const gain = () => (switched ? bits.unsigned(3) : 0);
  const subblockGain: [number, number, number] = [gain(), gain(), gain()];
  const regionEnds = switched ? switchedRegions(header, blockType) : readRegions(bits, header);
  const preEmphasis = header.mpeg1 ? bits.unsigned(1) === 1 : scaleCompress >= 500;
  const scaleShift = bits.unsigned(1) === 1 ? 2 : 1;
  const plainQuads = bits.unsigned(1) === 1;
  return {
    ...{
      bits: length,
      pairValues,
      globalGain,
      scaleCompress,
      blockType,
      mixed,
      tables,
      regionEnds,
      subblockGain,
    },
    ...{ preEmphasis, scaleShift, plainQuads },
    bands: bandsOf(header, blockType === SHORT, mixed),
  };
}

function readRegions(bits: BitReader, header: Mp3Header): [number, number] {
  const long = LONG_BANDS[header.rateIndex]!;
  const first = bits.unsigned(4) + 1;
  const second = first + bits.unsigned(3) + 1;
  const end = (count: number) => long.slice(0, count).reduce((sum, width) => sum + width, 0);
  return [end(first), end(second)];
}

/** With a window switch the first region has a fixed length and the second reaches to the end. */
function switchedRegions(header: Mp3Header, blockType: number): [number, number] {
  const widths = blockType === SHORT ? SHORT_BANDS : LONG_BANDS;
  const bands = widths[header.rateIndex]!;
  if (blockType === SHORT) return [3 * (bands[0]! + bands[1]! + bands[2]!), 576];
  return [bands.slice(0, 8).reduce((sum, width) => sum + width, 0), 576];
}
