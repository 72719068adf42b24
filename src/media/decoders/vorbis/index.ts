/**
 * Vorbis I audio packets (sections 4.3 and 1.3.2 of the specification).
 *
 * @module
 */
import { corrupt, needsFfmpeg } from '../decoder.ts';
import { bytesOf } from '../flac-packets.ts';
import { InverseMdct } from '../inverse-mdct.ts';
import { interleave, type PacketDecoder } from '../packet-decoder.ts';
import { vorbisSpeakers } from '../speakers.ts';
import { bitLength, PacketBits } from './packet-bits.ts';
import { type Mapping, readVorbisSetup, type VorbisSetup } from './setup.ts';

/** Vorbis packets; the description holds the stream's three headers. */
export function createVorbisPacketDecoder(config: AudioDecoderConfig, name: string): PacketDecoder {
  const setup = readVorbisSetup(bytesOf(config.description));
  if (setup === 'floor-0') throw needsFfmpeg(name, 'an obsolete kind of Vorbis');
  if (!setup) throw corrupt(name, 'its Vorbis headers are damaged');
  const decoder = new VorbisDecoder(setup);
  return {
    name: 'vorbis',
    sampleRate: setup.sampleRate,
    speakers: vorbisSpeakers(setup.channels),
    decode: (packet) => decoder.decode(packet),
    [Symbol.dispose]() {},
  };
}

/** Slope of the power-complementary window, rising over `length` samples. */
function slope(length: number): Float32Array {
  return Float32Array.from({ length }, (_, n) =>
    Math.sin((Math.PI / 2) * Math.sin((Math.PI * (n + 0.5)) / (2 * length)) ** 2),
  );
}

class VorbisDecoder {
  readonly #setup: VorbisSetup;
  readonly #transforms: readonly [InverseMdct, InverseMdct];
  readonly #slopes: readonly [Float32Array, Float32Array];
  /** The second half of the last block, windowed, per channel; `null` before the first. */
  #tail: Float32Array[] | null = null;

  constructor(setup: VorbisSetup) {
    this.#setup = setup;
    const [short, long] = setup.blockSizes;
    this.#transforms = [new InverseMdct(short), new InverseMdct(long)];
    this.#slopes = [slope(short / 2), slope(long / 2)];
  }

  /** Decodes a packet. The first gives no samples: each block completes the one before. */
  decode(packet: Uint8Array): Float32Array | null {
    const { modes, mappings, blockSizes } = this.#setup;
    const bits = new PacketBits(packet);
    if (bits.bit() !== 0) return null;
    const mode = modes[bits.unsigned(bitLength(modes.length - 1))];
    if (!mode) return null;
    const previousLong = mode.long && bits.bit() === 1;
    const nextLong = mode.long && bits.bit() === 1;
    if (bits.ended) return null;
    const spectra = this.#readSpectra(bits, mappings[mode.mapping]!, blockSizes[mode.long ? 1 : 0] / 2);
    const blocks = spectra.map((spectrum) => this.#transform(spectrum, mode.long, previousLong, nextLong));
    return this.#overlap(blocks);
  }

  #readSpectra(bits: PacketBits, mapping: Mapping, length: number): Float32Array[] {
    const { channels, floors, residues, codebooks } = this.#setup;
    const floorOf = (channel: number) => floors[mapping.submaps[mapping.submapOf[channel]!]!.floor]!;
    const points = Array.from({ length: channels }, (_, channel) =>
      floorOf(channel).readPoints(bits, codebooks),
    );
    const coded = points.map((list) => list !== null);
    for (const [magnitude, angle] of mapping.couplings) {
      if (coded[magnitude] || coded[angle]) coded[magnitude] = coded[angle] = true;
    }
    const spectra = points.map(() => new Float32Array(length));
    for (const [index, submap] of mapping.submaps.entries()) {
      const members = spectra
        .map((_, channel) => channel)
        .filter((channel) => mapping.submapOf[channel] === index);
      if (members.length === 0) continue;
      const wanted = members.map((channel) => coded[channel]!);
      residues[submap.residue]!.read(
        bits,
        codebooks,
        members.map((channel) => spectra[channel]!),
        wanted,
      );
    }
    for (const [magnitude, angle] of [...mapping.couplings].reverse())
      uncouple(spectra[magnitude]!, spectra[angle]!);
    for (const [channel, list] of points.entries()) {
      if (list) floorOf(channel).apply(list, spectra[channel]!);
      else spectra[channel]!.fill(0);
    }
    return spectra;
  }

  /** Transforms and windows one block. A long block beside a short one has that side's slope short, in the middle. */
  #transform(spectrum: Float32Array, long: boolean, previousLong: boolean, nextLong: boolean): Float32Array {
    const block = new Float32Array(spectrum.length * 2);
    this.#transforms[long ? 1 : 0].run(spectrum, block);
    const half = spectrum.length;
    const rise = this.#slopes[previousLong ? 1 : 0];
    const fall = this.#slopes[nextLong ? 1 : 0];
    const riseStart = (half - rise.length) / 2;
    const fallStart = half + (half - fall.length) / 2;
    block.fill(0, 0, riseStart);
    for (let n = 0; n < rise.length; n += 1) block[riseStart + n]! *= rise[n]!;
    for (let n = 0; n < fall.length; n += 1) block[fallStart + n]! *= fall[fall.length - 1 - n]!;
    block.fill(0, fallStart + fall.length);
    return block;
  }

  /** Adds the first half of each block to the tail of the one before, the middles of their slopes on each other. */
  #overlap(blocks: readonly Float32Array[]): Float32Array {
    const tails = this.#tail;
    const half = blocks[0]!.length / 2;
    this.#tail = blocks.map((block) => block.slice(half));
    if (!tails) return new Float32Array(0);
    const before = tails[0]!.length;
    // From the middle of the last block to the middle of this one.
    const length = (before + half) / 2;
    const shift = length - half;
    const samples = blocks.map((block, channel) => {
      const sum = new Float32Array(length);
      const tail = tails[channel]!;
      for (let n = 0; n < length; n += 1) {
        const own = n - shift;
        sum[n] = (n < before ? tail[n]! : 0) + (own >= 0 ? block[own]! : 0);
      }
      return sum;
    });
    return interleave(samples, length);
  }
}

/** Turns magnitude and angle back into two channels, in place. */
function uncouple(magnitude: Float32Array, angle: Float32Array): void {
  for (let n = 0; n < magnitude.length; n += 1) {
    const m = magnitude[n]!;
    const a = angle[n]!;
    if (a > 0) angle[n] = m > 0 ? m - a : m + a;
    else {
      magnitude[n] = m > 0 ? m + a : m - a;
      angle[n] = m;
    }
  }
}
