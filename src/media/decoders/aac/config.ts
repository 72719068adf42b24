import { BitReader } from '../bit-reader.ts';
import type { Speaker } from '../decoder.ts';
import { SAMPLE_RATES } from './tables.ts';

/** What the AudioSpecificConfig of a track says. */
export interface AacConfig {
  /** Hz, of the core codec (spectral band replication is left out). */
  readonly sampleRate: number;
  readonly rateIndex: number;
  readonly speakers: readonly Speaker[];
}

const LOW_COMPLEXITY = 2;
/** Object types that wrap low complexity: with band replication, and with parametric stereo. */
const WRAPPERS = [5, 29];

/** Speakers by channel configuration, in the order in which their elements come. */
const LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ['C'],
  ['L', 'R'],
  ['C', 'L', 'R'],
  ['C', 'L', 'R', 'BC'],
  ['C', 'L', 'R', 'BL', 'BR'],
  ['C', 'L', 'R', 'BL', 'BR', 'LFE'],
];

/** Reads an AudioSpecificConfig; `null` for anything but AAC-LC in frames of 1024 samples. */
export function readAacConfig(description: Uint8Array): AacConfig | null {
  const bits = new BitReader(description);
  let kind = readObjectType(bits);
  const rateIndex = readRateIndex(bits);
  const speakers = LAYOUTS[bits.unsigned(4)];
  if (WRAPPERS.includes(kind)) {
    readRateIndex(bits);
    kind = readObjectType(bits);
  }
  const shortFrames = bits.unsigned(1) === 1;
  const sampleRate = SAMPLE_RATES[rateIndex];
  if (kind !== LOW_COMPLEXITY || shortFrames || !sampleRate || !speakers || speakers.length === 0)
    return null;
  return { sampleRate, rateIndex, speakers };
}

function readObjectType(bits: BitReader): number {
  const kind = bits.unsigned(5);
  return kind === 31 ? 32 + bits.unsigned(6) : kind;
}

function readRateIndex(bits: BitReader): number {
  const index = bits.unsigned(4);
  if (index !== 15) return index;
  return SAMPLE_RATES.indexOf(bits.unsigned(24));
}
