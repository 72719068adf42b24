/**
 * The headers of a Vorbis stream (Vorbis I specification, section 4.2).
 *
 * @module
 */
import { Codebook } from './codebook.ts';
import { Floor } from './floor.ts';
import { bitLength, PacketBits } from './packet-bits.ts';
import { Residue } from './residue.ts';

/** How channels are joined into spectra. */
export interface Mapping {
  /** Pairs of channels, magnitude and angle. */
  readonly couplings: readonly (readonly [number, number])[];
  /** Submap of each channel. */
  readonly submapOf: readonly number[];
  /** Floor and residue of each submap. */
  readonly submaps: readonly { readonly floor: number; readonly residue: number }[];
}

/** Everything that the headers say. */
export interface VorbisSetup {
  readonly channels: number;
  readonly sampleRate: number;
  /** Lengths of short and long blocks. */
  readonly blockSizes: readonly [number, number];
  readonly codebooks: readonly Codebook[];
  readonly floors: readonly Floor[];
  readonly residues: readonly Residue[];
  readonly mappings: readonly Mapping[];
  readonly modes: readonly { readonly long: boolean; readonly mapping: number }[];
}

/**
 * Reads the three headers as containers store them: their count less one, the lengths of the first two, then the bytes.
 *
 * @returns `null` if they are broken, `'floor-0'` for the obsolete kind that is not decoded here.
 */
export function readVorbisSetup(description: Uint8Array): VorbisSetup | null | 'floor-0' {
  const parts = splitHeaders(description);
  if (!parts) return null;
  const [identification, setup] = parts;
  if (!isHeader(identification, 1) || !isHeader(setup, 5)) return null;
  const first = new PacketBits(identification, 11);
  const channels = first.unsigned(8);
  const sampleRate = first.unsigned(32);
  first.unsigned(32);
  first.unsigned(32);
  first.unsigned(32);
  const blockSizes = [2 ** first.unsigned(4), 2 ** first.unsigned(4)] as const;
  if (
    channels === 0 ||
    sampleRate === 0 ||
    blockSizes[0] < 64 ||
    blockSizes[1] > 8192 ||
    blockSizes[0] > blockSizes[1]
  )
    return null;
  return readBody(new PacketBits(setup, 7), { channels, sampleRate, blockSizes });
}

function splitHeaders(description: Uint8Array): [Uint8Array, Uint8Array] | null {
  if (description[0] !== 2) return null;
  const lengths = [0, 0];
  let at = 1;
  for (const index of [0, 1]) {
    while (description[at] === 255) {
      lengths[index]! += 255;
      at += 1;
    }
    lengths[index]! += description[at] ?? 0;
    at += 1;
  }
  const setup = at + lengths[0]! + lengths[1]!;
  return [description.subarray(at, at + lengths[0]!), description.subarray(setup)];
}

function isHeader(packet: Uint8Array, type: number): boolean {
  return packet[0] === type && String.fromCharCode(...packet.subarray(1, 7)) === 'vorbis';
}

function readBody(
  bits: PacketBits,
  head: Pick<VorbisSetup, 'channels' | 'sampleRate' | 'blockSizes'>,
): VorbisSetup | null | 'floor-0' {
  const codebooks: Codebook[] = [];
  for (let left = bits.unsigned(8) + 1; left > 0; left -= 1) {
    const book = Codebook.read(bits);
    if (!book) return null;
    codebooks.push(book);
  }
  for (let left = bits.unsigned(6) + 1; left > 0; left -= 1) bits.unsigned(16);
  const floors: Floor[] = [];
  for (let left = bits.unsigned(6) + 1; left > 0; left -= 1) {
    const type = bits.unsigned(16);
    if (type !== 1) return type === 0 ? 'floor-0' : null;
    floors.push(Floor.read(bits));
  }
  const residues: Residue[] = [];
  for (let left = bits.unsigned(6) + 1; left > 0; left -= 1) {
    const type = bits.unsigned(16);
    if (type > 2) return null;
    residues.push(new Residue(bits, type));
  }
  const mappings = Array.from({ length: bits.unsigned(6) + 1 }, () => readMapping(bits, head.channels));
  const modes = Array.from({ length: bits.unsigned(6) + 1 }, () => {
    const long = bits.bit() === 1;
    bits.unsigned(32);
    return { long, mapping: bits.unsigned(8) };
  });
  const framing = bits.bit();
  if (framing !== 1 || bits.ended || modes.some(({ mapping }) => mapping >= mappings.length)) return null;
  return { ...head, codebooks, floors, residues, mappings, modes };
}

function readMapping(bits: PacketBits, channels: number): Mapping {
  bits.unsigned(16);
  const submaps = bits.bit() === 1 ? bits.unsigned(4) + 1 : 1;
  const width = bitLength(channels - 1);
  const steps = bits.bit() === 1 ? bits.unsigned(8) + 1 : 0;
  const couplings = Array.from(
    { length: steps },
    () => [bits.unsigned(width), bits.unsigned(width)] as const,
  );
  bits.unsigned(2);
  const submapOf = Array.from({ length: channels }, () => (submaps > 1 ? bits.unsigned(4) : 0));
  return {
    couplings,
    submapOf,
    submaps: Array.from({ length: submaps }, () => {
      bits.unsigned(8);
      return { floor: bits.unsigned(8), residue: bits.unsigned(8) };
    }),
  };
}
