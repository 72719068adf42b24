import { LIVE_INPUT_RATES, LIVE_SOUND_RATE, type LiveInputRate } from '../../core/index.ts';
import { AudioResampler } from '../../kernels/resample-audio/index.ts';
import type { IncomingSpeech } from '../../sinks/livekit/agent-room.ts';
import { Pcm16Reader } from '../../speech/index.ts';

/** Sample rates that an agent may speak in, Hz, and channels. */
const RATES = { least: 8_000, most: 192_000 } as const;
const MOST_CHANNELS = 8;
/** How often a stream is looked at that brings nothing, milliseconds. */
const LOOK = 200;
/** A stream that brings nothing for so long has lost its end, milliseconds. */
const PATIENCE = 10_000;

/** One utterance of an agent, as speech for a session. */
export class AgentSpeech {
  readonly id: string;
  /** Sample rate of {@link samples}; `null` if the agent did not say what it sends. */
  readonly rate: LiveInputRate | null;
  /** Another utterance has begun: agents never send two at once, so that what is missing of this one will not come. */
  overtaken = false;
  /** Whether the agent has called it off. */
  dropped = false;
  readonly #incoming: IncomingSpeech;
  readonly #channels: number;
  readonly #reader = new Pcm16Reader();
  readonly #resampler: AudioResampler | null;
  /** Samples of the next moment of which not all channels are there. */
  #rest: Float32Array = new Float32Array(0);

  constructor(id: string, incoming: IncomingSpeech) {
    const rate = Number(incoming.attributes['sample_rate']);
    const channels = Number(incoming.attributes['num_channels']);
    const known =
      Number.isInteger(rate) &&
      rate >= RATES.least &&
      rate <= RATES.most &&
      Number.isInteger(channels) &&
      channels >= 1 &&
      channels <= MOST_CHANNELS;
    const usual = LIVE_INPUT_RATES.find((one) => one === rate);
    this.id = id;
    this.#incoming = incoming;
    this.#channels = channels;
    this.rate = known ? (usual ?? LIVE_SOUND_RATE) : null;
    this.#resampler = known && !usual ? new AudioResampler(rate, LIVE_SOUND_RATE, 1) : null;
  }

  /** Calls it off: nothing more of it is read. */
  drop(): void {
    this.dropped = true;
    this.#incoming.cancel();
  }

  /** Its samples, mono, as they come; ends early when it is dropped. */
  async *samples(): AsyncGenerator<Float32Array, void, undefined> {
    for await (const bytes of this.#chunks()) {
      const mono = this.#mixed(this.#reader.push(bytes));
      yield this.#resampler ? this.#resampler.push(mono) : mono;
    }
    if (this.#resampler) yield this.#resampler.flush();
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const chunks = this.#incoming.chunks[Symbol.asyncIterator]();
    // A stream that breaks has ended.
    const read = (): Promise<IteratorResult<Uint8Array>> =>
      chunks.next().catch(() => ({ done: true, value: undefined }));
    let next = read();
    for (let quiet = 0; !this.dropped; ) {
      const come = await soon(next);
      if (come === null) {
        quiet += LOOK;
        if (!this.overtaken && quiet < PATIENCE) continue;
        this.#incoming.cancel();
        return;
      }
      if (come.done || this.dropped) return;
      quiet = 0;
      yield come.value;
      if (!this.dropped) next = read();
    }
  }

  /** The mean of all channels. */
  #mixed(interleaved: Float32Array): Float32Array {
    const channels = this.#channels;
    if (channels === 1) return interleaved;
    const all = new Float32Array(this.#rest.length + interleaved.length);
    all.set(this.#rest);
    all.set(interleaved, this.#rest.length);
    const mono = new Float32Array(Math.floor(all.length / channels));
    for (let n = 0; n < mono.length; n += 1) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) sum += all[n * channels + channel]!;
      mono[n] = sum / channels;
    }
    this.#rest = all.slice(mono.length * channels);
    return mono;
  }
}

/** What comes within {@link LOOK}; `null` if nothing does. */
async function soon(next: Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array> | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), LOOK);
  try {
    return await Promise.race([next, late]);
  } finally {
    clearTimeout(timer);
  }
}
