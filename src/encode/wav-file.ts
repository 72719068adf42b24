import { type OutputFile, platform } from '../platform/index.ts';

const HEADER = 44;
/** Largest size that the format's fields can say; longer files say this, and readers go on to their end. */
const LARGEST = 0xffff_ffff;

/**
 * Header of a WAV file of 16-bit samples.
 *
 * @param length - Bytes of samples that follow; `Infinity` where nobody knows yet.
 */
export function wavHeader(channels: number, sampleRate: number, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER));
  const text = (at: number, letters: string) => {
    for (let k = 0; k < letters.length; k += 1) view.setUint8(at + k, letters.charCodeAt(k));
  };
  text(0, 'RIFF');
  view.setUint32(4, Math.min(LARGEST, length + HEADER - 8), true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, Math.min(LARGEST, length), true);
  return new Uint8Array(view.buffer);
}

/** Samples as 16-bit PCM, little-endian; what lies beyond -1..1 is clipped. */
export function wavSamples(samples: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (let index = 0; index < samples.length; index += 1) {
    const value = Math.max(-1, Math.min(1, samples[index]!));
    view.setInt16(index * 2, Math.round(value * 32_767), true);
  }
  return new Uint8Array(view.buffer);
}

/** Writes 16-bit PCM sound into a WAV file. */
export class WavFile implements AsyncDisposable {
  readonly #file: OutputFile;
  readonly #channels: number;
  readonly #sampleRate: number;

  private constructor(file: OutputFile, channels: number, sampleRate: number) {
    this.#file = file;
    this.#channels = channels;
    this.#sampleRate = sampleRate;
  }

  /** @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
  static async create(path: string, channels: number, sampleRate: number): Promise<WavFile> {
    const file = await platform().createOutput(path);
    await file.write(new Uint8Array(HEADER));
    return new WavFile(file, channels, sampleRate);
  }

  /** Appends interleaved samples, -1..1. */
  async write(samples: Float32Array): Promise<void> {
    await this.#file.write(wavSamples(samples));
  }

  /** Completes the file. Returns its length in bytes. */
  async finish(): Promise<number> {
    const { size } = this.#file;
    await this.#file.write(wavHeader(this.#channels, this.#sampleRate, size - HEADER), 0);
    await this.#file.close();
    return size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
