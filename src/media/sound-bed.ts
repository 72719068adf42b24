import { LoquentError, type Seconds } from '../core/index.ts';
import type { Sound } from './sound.ts';
import type { Undertone } from './sound-mix.ts';

/** Seconds over which the end of a recording goes over into its beginning. */
const OVERLAP = 0.5;

/** How a {@link SoundBed} plays. */
export interface SoundBedOptions {
  /** Where the recording begins. */
  readonly from: Seconds;
  /** Factor on it. */
  readonly gain: number;
}

/** A recording that goes on for ever: its end goes over into its beginning. Memory does not grow with it. */
export class SoundBed implements Undertone, AsyncDisposable {
  readonly channels: 1 | 2;
  readonly #open: () => Promise<Sound>;
  readonly #gain: number;
  #sound: Sound;
  #blocks: AsyncIterator<{ readonly master: Float32Array }>;
  /** Samples that were read and not given, all channels. */
  #ready: Float32Array = new Float32Array(0);
  #ended = false;

  private constructor(open: () => Promise<Sound>, sound: Sound, gain: number) {
    this.#open = open;
    this.#gain = gain;
    this.#sound = sound;
    this.#blocks = sound.blocks()[Symbol.asyncIterator]();
    this.channels = sound.channels;
  }

  /**
   * Starts a bed.
   *
   * @param open - Opens the recording; called again whenever it begins anew.
   * @throws LoquentError What `open` throws.
   */
  static async start(open: () => Promise<Sound>, { from, gain }: SoundBedOptions): Promise<SoundBed> {
    const sound = await open();
    const bed = new SoundBed(open, sound, gain);
    try {
      let skip = Math.round(from * sound.sampleRate);
      while (skip > 0) {
        const part = await bed.next(Math.min(skip, sound.sampleRate));
        skip -= part.length / bed.channels;
      }
      return bed;
    } catch (error) {
      await bed[Symbol.asyncDispose]();
      throw error;
    }
  }

  async next(count: number): Promise<Float32Array> {
    const wanted = count * this.channels;
    const overlap = Math.round(OVERLAP * this.#sound.sampleRate) * this.channels;
    while (this.#ready.length < wanted + overlap) {
      if (this.#ended) await this.#beginAnew();
      else await this.#read();
    }
    const given = this.#ready.subarray(0, wanted).map((sample) => sample * this.#gain);
    this.#ready = this.#ready.slice(wanted);
    return given;
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#blocks.next();
    this.#ended = done === true;
    if (done) return false;
    const joined = new Float32Array(this.#ready.length + value.master.length);
    joined.set(this.#ready);
    joined.set(value.master, this.#ready.length);
    this.#ready = joined;
    return true;
  }

  /** Opens the recording again and blends its beginning over what is left of its end. */
  async #beginAnew(): Promise<void> {
    const { channels } = this;
    const tail = this.#ready;
    await this.#sound[Symbol.asyncDispose]();
    this.#sound = await this.#open();
    this.#blocks = this.#sound.blocks()[Symbol.asyncIterator]();
    this.#ready = new Float32Array(0);
    this.#ended = false;
    while (this.#ready.length < tail.length && (await this.#read()));
    if (this.#ready.length === 0)
      throw new LoquentError('AUDIO_EMPTY', 'The footage holds no sound samples.');
    const length = Math.min(
      Math.round(OVERLAP * this.#sound.sampleRate) * channels,
      tail.length,
      this.#ready.length,
    );
    const joined = new Float32Array(tail.length + this.#ready.length - length);
    joined.set(tail);
    for (let at = 0; at < this.#ready.length; at += 1) {
      const target = tail.length - length + at;
      // Equal power: the two have nothing to do with each other.
      const share = at < length ? (Math.floor(at / channels) * channels) / length : 1;
      const before = at < length ? joined[target]! * Math.cos((share * Math.PI) / 2) : 0;
      joined[target] = before + this.#ready[at]! * Math.sin((share * Math.PI) / 2);
    }
    this.#ready = joined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sound[Symbol.asyncDispose]();
  }
}
