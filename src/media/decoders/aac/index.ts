/**
 * AAC-LC frames (ISO/IEC 14496-3). Of HE-AAC the low-complexity core is decoded, without the replicated upper band.
 *
 * @module
 */
import { BitReader } from '../bit-reader.ts';
import { needsFfmpeg } from '../decoder.ts';
import { bytesOf } from '../flac-packets.ts';
import { interleave, type PacketDecoder } from '../packet-decoder.ts';
import {
  type ChannelStream,
  LINES,
  readChannelStream,
  readWindowInfo,
  type WindowInfo,
} from './channel-stream.ts';
import { type AacConfig, readAacConfig } from './config.ts';
import { FilterBank } from './filter-bank.ts';
import { requantise, restoreStereo, unshape } from './spectrum.ts';

/** AAC packets; the description is an AudioSpecificConfig. */
export function createAacPacketDecoder(config: AudioDecoderConfig, name: string): PacketDecoder {
  const aac = readAacConfig(bytesOf(config.description));
  if (!aac) throw needsFfmpeg(name, 'an uncommon kind of AAC');
  const decoder = new AacDecoder(aac);
  return {
    name: 'aac',
    sampleRate: aac.sampleRate,
    speakers: aac.speakers,
    startsEarly: true,
    decode: (packet) => decoder.decode(packet),
    [Symbol.dispose]() {},
  };
}

/** Elements of a frame, by their three-bit number. */
const SINGLE = 0;
const PAIR = 1;
const LOW_FREQUENCY = 3;
const DATA = 4;
const FILL = 6;
const END = 7;

class AacDecoder {
  readonly #config: AacConfig;
  readonly #banks: readonly FilterBank[];
  #noise = 1;

  constructor(config: AacConfig) {
    this.#config = config;
    this.#banks = config.speakers.map(() => new FilterBank());
  }

  decode(packet: Uint8Array): Float32Array | null {
    const bits = new BitReader(packet);
    const channels: Float32Array[] = [];
    while (!bits.overrun) {
      const element = bits.unsigned(3);
      if (element === END) break;
      if (element === FILL) skipFill(bits);
      else if (element === DATA) skipData(bits);
      else if (element === SINGLE || element === LOW_FREQUENCY) {
        if (!this.#readSingle(bits, channels)) return null;
      } else if (element !== PAIR || !this.#readPair(bits, channels)) return null;
    }
    if (channels.length !== this.#config.speakers.length) return null;
    return interleave(channels, LINES);
  }

  #readSingle(bits: BitReader, channels: Float32Array[]): boolean {
    bits.position += 4;
    const stream = readChannelStream(bits, this.#config.rateIndex, null);
    if (!stream) return false;
    this.#finish(stream, requantise(stream, this.#random), channels);
    return true;
  }

  #readPair(bits: BitReader, channels: Float32Array[]): boolean {
    bits.position += 4;
    const { rateIndex } = this.#config;
    const common = bits.unsigned(1) === 1;
    const shared = common ? readWindowInfo(bits, rateIndex) : null;
    if (common && !shared) return false;
    const middleSide = shared ? readMiddleSide(bits, shared) : new Uint8Array(0);
    const left = readChannelStream(bits, rateIndex, shared);
    const right = left && readChannelStream(bits, rateIndex, shared);
    if (!left || !right) return false;
    const lines = [requantise(left, this.#random), requantise(right, this.#random)] as const;
    if (shared) restoreStereo(left, right, middleSide, lines[0], lines[1]);
    this.#finish(left, lines[0], channels);
    this.#finish(right, lines[1], channels);
    return true;
  }

  #finish(stream: ChannelStream, spectrum: Float32Array, channels: Float32Array[]): void {
    unshape(stream, this.#config.rateIndex, spectrum);
    const bank = this.#banks[channels.length];
    if (bank) channels.push(bank.run(spectrum, stream.window));
  }

  /** Linear congruential generator (Numerical Recipes), -1..1: the same file always sounds the same. */
  readonly #random = () => {
    this.#noise = (Math.imul(this.#noise, 1_664_525) + 1_013_904_223) | 0;
    return this.#noise / 2 ** 31;
  };
}

function readMiddleSide(bits: BitReader, window: WindowInfo): Uint8Array {
  const flags = new Uint8Array(window.groups.length * window.maxBand);
  const kind = bits.unsigned(2);
  if (kind === 2) flags.fill(1);
  if (kind === 1) for (let band = 0; band < flags.length; band += 1) flags[band] = bits.unsigned(1);
  return flags;
}

function skipFill(bits: BitReader): void {
  const count = bits.unsigned(4);
  const length = count === 15 ? 14 + bits.unsigned(8) : count;
  bits.position += length * 8;
}

function skipData(bits: BitReader): void {
  bits.position += 4;
  const aligned = bits.unsigned(1) === 1;
  const count = bits.unsigned(8);
  const length = count === 255 ? count + bits.unsigned(8) : count;
  if (aligned) bits.align();
  bits.position += length * 8;
}
