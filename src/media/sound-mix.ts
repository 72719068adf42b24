import {
  type AudioChunk,
  type FilePart,
  type Seconds,
  SPEECH_RATE,
  samplesToSeconds,
  type Warning,
} from '../core/index.ts';
import { openSound, type Sound, type SoundBlock, type SoundOptions } from './sound.ts';

/** Something that sounds under the voices: gives as many samples as are asked for, for ever. */
export interface Undertone {
  readonly channels: 1 | 2;
  /** The next samples per channel, interleaved. */
  next(count: number): Promise<Float32Array>;
}

/** One voice's blocks that were read and not taken yet. */
interface Waiting {
  readonly chunks: AudioChunk[];
  readonly blocks: AsyncIterator<SoundBlock>;
  ended: boolean;
}

/**
 * Opens several recordings as voices that speak at the same time.
 *
 * @param inputs - At least one; see {@link openSound}.
 * @throws LoquentError What {@link openSound} throws.
 */
export async function openSoundMix(
  inputs: readonly (string | URL | Uint8Array | FilePart | AsyncIterable<Uint8Array>)[],
  options: SoundOptions,
): Promise<SoundMix> {
  const voices: Sound[] = [];
  try {
    for (const input of inputs) voices.push(await openSound(input, options));
    return new SoundMix(voices);
  } catch (error) {
    for (const voice of voices) await voice[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Several voices on one clock: one sound for all of them, and each one's own speech. Voices that end sooner go on in
 * silence, so that all are as long as the longest. One voice alone stays exactly as it is. Disposing closes all of them.
 */
export class SoundMix implements AsyncDisposable {
  readonly sampleRate = 48_000;
  readonly #voices: readonly Sound[];
  readonly #waiting: readonly Waiting[];
  #under: Undertone | null = null;
  #write: ((master: Float32Array) => Promise<void>) | undefined;
  /** Reading of the blocks that come next, by whoever asked first. */
  #reading: Promise<boolean> | null = null;
  #speechSamples = 0;

  /** @param voices - At least one; disposed of with the mix. */
  constructor(voices: readonly Sound[]) {
    this.#voices = voices;
    this.#waiting = voices.map((voice) => ({
      chunks: [],
      blocks: voice.blocks()[Symbol.asyncIterator](),
      ended: false,
    }));
  }

  /** Channels of the sound: two if anything in it has two. */
  get channels(): 1 | 2 {
    const all = [...this.#voices, ...(this.#under ? [this.#under] : [])];
    return all.some(({ channels }) => channels === 2) ? 2 : 1;
  }

  /** What decodes the first voice, for reports. */
  get decoder(): string {
    return this.#voices[0]!.decoder;
  }

  /** Puts something under the voices; before anything is read. */
  addUndertone(under: Undertone): void {
    this.#under = under;
  }

  /** Length of the longest voice as the files declare it; `null` if one of them does not. */
  get duration(): Seconds | null {
    return longest(this.#voices);
  }

  /** Remarks about all voices; complete when the last block has been read. */
  get warnings(): readonly Warning[] {
    return this.#voices.flatMap(({ warnings }) => warnings);
  }

  /**
   * What each voice says. All of the lists are to be iterated once, in step: what one is ahead is kept for the others.
   *
   * @param write - Gets the sound of all of them, interleaved, in order, as it is read.
   * @throws LoquentError What the sounds throw, when iterated.
   */
  speeches(write: (master: Float32Array) => Promise<void>): AsyncGenerator<AudioChunk, void, undefined>[] {
    this.#write = write;
    return this.#waiting.map((voice) => this.#speech(voice));
  }

  async *#speech({ chunks }: Waiting): AsyncGenerator<AudioChunk, void, undefined> {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk) yield chunk;
      else if (!(await this.#readOn())) return;
    }
  }

  /** Reads one block of every voice. Returns whether there was any. */
  #readOn(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    const blocks = await Promise.all(this.#waiting.map(nextBlock));
    const lengths = blocks.map((block, voice) =>
      block ? block.master.length / this.#voices[voice]!.channels : 0,
    );
    const length = Math.max(...lengths);
    if (length === 0) return false;
    const longest = blocks[lengths.indexOf(length)]!;
    await this.#write?.(await this.#mixed(blocks, length));
    const time = samplesToSeconds(this.#speechSamples, SPEECH_RATE);
    const count = longest.speech.samples.length;
    this.#speechSamples += count;
    for (const [voice, block] of blocks.entries()) {
      this.#waiting[voice]!.chunks.push({ samples: padded(block?.speech.samples, count), time });
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const voice of this.#voices) await voice[Symbol.asyncDispose]();
  }

  async #mixed(blocks: readonly (SoundBlock | null)[], length: number): Promise<Float32Array> {
    if (blocks.length === 1 && !this.#under) return blocks[0]!.master;
    const { channels } = this;
    const mix = new Float32Array(length * channels);
    for (const [voice, block] of blocks.entries()) {
      if (block) add(mix, channels, block.master, this.#voices[voice]!.channels);
    }
    if (this.#under) add(mix, channels, await this.#under.next(length), this.#under.channels);
    for (let at = 0; at < mix.length; at += 1) mix[at] = Math.max(-1, Math.min(1, mix[at]!));
    return mix;
  }
}

/** The longest of the lengths that files declare; `null` if one of them does not. */
function longest(voices: readonly Sound[]): Seconds | null {
  let most: Seconds | null = null;
  for (const { duration } of voices) {
    if (duration === null) return null;
    if (most === null || duration > most) most = duration;
  }
  return most;
}

async function nextBlock(voice: Waiting): Promise<SoundBlock | null> {
  if (voice.ended) return null;
  const { done, value } = await voice.blocks.next();
  if (!done) return value;
  voice.ended = true;
  return null;
}

/** The samples, with silence after them. */
function padded(samples: Float32Array | undefined, count: number): Float32Array {
  if (samples?.length === count) return samples;
  const whole = new Float32Array(count);
  if (samples) whole.set(samples);
  return whole;
}

/** Adds sound to a mix of as many channels or more. */
function add(mix: Float32Array, channels: number, sound: Float32Array, own: number): void {
  if (own === channels) {
    for (let at = 0; at < sound.length; at += 1) mix[at]! += sound[at]!;
    return;
  }
  for (let at = 0; at < sound.length; at += 1) {
    mix[2 * at]! += sound[at]!;
    mix[2 * at + 1]! += sound[at]!;
  }
}
