import type { Speaker } from './decoder.ts';

/** Bits of the channel mask in extensible WAV headers, lowest first. */
const MASK_ORDER: readonly Speaker[] = ['L', 'R', 'C', 'LFE', 'BL', 'BR', 'L', 'R', 'BC', 'SL', 'SR'];

/** Usual layouts by channel count, in the order of WAV and FLAC. */
const WAV_LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ['C'],
  ['L', 'R'],
  ['L', 'R', 'C'],
  ['L', 'R', 'BL', 'BR'],
  ['L', 'R', 'C', 'BL', 'BR'],
  ['L', 'R', 'C', 'LFE', 'BL', 'BR'],
  ['L', 'R', 'C', 'LFE', 'BC', 'SL', 'SR'],
  ['L', 'R', 'C', 'LFE', 'BL', 'BR', 'SL', 'SR'],
];

/** Usual layouts by channel count, in the order of Vorbis and Opus. */
const VORBIS_LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ['C'],
  ['L', 'R'],
  ['L', 'C', 'R'],
  ['L', 'R', 'BL', 'BR'],
  ['L', 'C', 'R', 'BL', 'BR'],
  ['L', 'C', 'R', 'BL', 'BR', 'LFE'],
  ['L', 'C', 'R', 'SL', 'SR', 'BC', 'LFE'],
  ['L', 'C', 'R', 'SL', 'SR', 'BL', 'BR', 'LFE'],
];

/** The layout of a WAV or FLAC file; `mask` 0 means that the header has none. */
export function wavSpeakers(channels: number, mask = 0): readonly Speaker[] {
  const named = MASK_ORDER.filter((_, bit) => (mask & (1 << bit)) !== 0);
  if (named.length === channels && channels > 1) return named;
  return WAV_LAYOUTS[channels] ?? Array.from({ length: channels }, () => 'C' as const);
}

/** The layout of a Vorbis or Opus stream. */
export function vorbisSpeakers(channels: number): readonly Speaker[] {
  return VORBIS_LAYOUTS[channels] ?? Array.from({ length: channels }, () => 'C' as const);
}
