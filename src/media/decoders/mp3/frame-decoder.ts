import { BitReader } from '../bit-reader.ts';
import { type Mp3Header, sideInfoBytes } from './header.ts';
import { readScaleFactors, type ScaleFactors } from './scale-factors.ts';
import { readSideInfo, SHORT, type SideInfo } from './side-info.ts';
import { LINES, readLines, reorderShortBlocks, restoreStereo } from './spectrum.ts';
import { Synthesis } from './synthesis.ts';

/** The farthest that a frame can refer back, bytes. */
const RESERVOIR = 511;

/** Decodes layer III frames in order; holds the bit reservoir and the filters' memory. */
export class Mp3FrameDecoder {
  readonly #channels: number;
  readonly #synthesis: readonly Synthesis[];
  readonly #lines: readonly Float32Array[];
  #reservoir: Uint8Array = new Uint8Array(0);

  constructor(channels: 1 | 2) {
    this.#channels = channels;
    this.#synthesis = Array.from({ length: channels }, () => new Synthesis());
    this.#lines = Array.from({ length: channels }, () => new Float32Array(LINES));
  }

  /**
   * Decodes one whole frame.
   *
   * @returns Interleaved samples. Silence when the frame is damaged or refers to data from before the first frame.
   */
  decode(frame: Uint8Array, header: Mp3Header): Float32Array {
    const samples = new Float32Array(header.samples * this.#channels);
    const sideStart = header.checksum ? 6 : 4;
    const mainStart = sideStart + sideInfoBytes(header);
    const side = readSideInfo(new BitReader(frame, sideStart * 8), header);
    const main = frame.subarray(mainStart);
    const available = this.#reservoir.length;
    const data = new Uint8Array(available + main.length);
    data.set(this.#reservoir);
    data.set(main, available);
    this.#reservoir = data.slice(Math.max(0, data.length - RESERVOIR));
    if (!side || side.backReference > available) return samples;
    this.#decodeGranules(new BitReader(data, (available - side.backReference) * 8), header, side, samples);
    return samples;
  }

  #decodeGranules(bits: BitReader, header: Mp3Header, side: SideInfo, samples: Float32Array): void {
    const scales: (ScaleFactors | null)[] = [null, null];
    for (const [index, granule] of side.granules.entries()) {
      for (const [channel, part] of granule.entries()) {
        const end = bits.position + part.bits;
        const shared = index === 1 ? side.sharedScales[channel]! : 0;
        const right = channel === 1 && header.intensity;
        scales[channel] = readScaleFactors(bits, header, part, shared, scales[channel]!, right);
        readLines(bits, part, scales[channel]!, end, this.#lines[channel]!);
        bits.position = end;
      }
      if (granule.length === 2) {
        restoreStereo(header, granule[1]!, scales[1]!, this.#lines[0]!, this.#lines[1]!);
      }
      for (const [channel, part] of granule.entries()) {
        const lines = this.#lines[channel]!;
        if (part.blockType === SHORT) reorderShortBlocks(part, lines);
        const offset = index * LINES * this.#channels + channel;
        this.#synthesis[channel]!.run(lines, part, samples, offset, this.#channels);
      }
    }
  }
}
