import {
  type AudioChunk,
  type FilePart,
  LoquentError,
  type Seconds,
  SPEECH_RATE,
  samplesToSeconds,
  throwIfAborted,
  type Warning,
} from '../core/index.ts';
import { AudioResampler } from '../kernels/resample-audio/index.ts';
import { platform } from '../platform/index.ts';
import type { DecoderInput, SoundDecoder } from './decoders/decoder.ts';
import { openEmbeddedDecoder } from './decoders/embedded.ts';
import { ffmpegReads, openFfmpegDecoder } from './decoders/ffmpeg.ts';
import { type ByteInput, describeInput, openBytes, spool } from './input.ts';
import { createMixdown } from './mixdown.ts';
import { SIGNATURE_NAMES, type Signature, SNIFF_LENGTH, sniff } from './signature.ts';

/** Options of {@link openSound}. */
export interface SoundOptions {
  /** Longest recording accepted, seconds. */
  readonly maxDuration: number;
  readonly signal?: AbortSignal | undefined;
  /** `auto`: FFmpeg if it is on PATH, else the embedded decoders. Plain WAV is always read directly. */
  readonly decoder?: 'auto' | 'ffmpeg' | 'embedded' | undefined;
}

/** 40 ms of sound (the last block may be shorter). The receiver owns both arrays. */
export interface SoundBlock {
  /** For the video file: interleaved float32 at 48 kHz. */
  readonly master: Float32Array;
  /** The same span for analysis: 16 kHz mono. */
  readonly speech: AudioChunk;
}

/** A recording that is being decoded. Holds a file or a process until disposed. */
export interface Sound extends AsyncDisposable {
  readonly sampleRate: 48000;
  readonly channels: 1 | 2;
  /** Length as the file declares it; may lie. The number of samples delivered is the truth. */
  readonly duration: Seconds | null;
  /** What decodes, for reports. */
  readonly decoder: string;
  /** Remarks (`AUDIO_TRUNCATED`, `AUDIO_SILENT`); complete when the last block has been read. */
  readonly warnings: readonly Warning[];
  /**
   * Decodes, in bounded memory. To be iterated once.
   *
   * @throws LoquentError `AUDIO_EMPTY`, `AUDIO_CORRUPT`, `AUDIO_TOO_LONG`, `AUDIO_NEEDS_FFMPEG`, `DECODER_FAILED`,
   *   `CANCELLED`.
   */
  blocks(): AsyncIterable<SoundBlock>;
}

const MASTER_RATE = 48_000;
/** Master samples per speech sample. */
const RATIO = MASTER_RATE / SPEECH_RATE;
/** Speech samples per block: 40 ms. */
const BLOCK = 640;
/** Peaks below this (-66 dB) are called silence: quieter than the noise of any real recording of speech. */
const SILENCE = 0.0005;

/**
 * Opens a recording: wav, mp3, m4a, ogg, flac, webm, or the sound of an mp4, told by content and never by name.
 *
 * @param input - Path, `file:` URL, bytes, a part of a file, or a byte stream (kept in a private temporary file
 *   meanwhile).
 * @throws LoquentError `INPUT_*`, `AUDIO_*`, `DECODER_FAILED`, `CANCELLED`.
 */
export async function openSound(
  input: string | URL | Uint8Array | FilePart | AsyncIterable<Uint8Array>,
  options: SoundOptions,
): Promise<Sound> {
  const { signal } = options;
  throwIfAborted(signal);
  const name = describeInput(input);
  const streamed = typeof input === 'object' && Symbol.asyncIterator in input;
  const bytes = streamed ? await spool(input, signal) : await openBytes(input);
  const held: AsyncDisposable[] = [bytes];
  try {
    const signature = sniff(await bytes.read(0, SNIFF_LENGTH));
    refuseOtherFormats(signature, name);
    const decoder = await openDecoder({ bytes, name, signal }, signature, options, held);
    held.push(decoder);
    checkDeclaredLength(decoder, name, options.maxDuration);
    return new DecodedSound(decoder, held, name, options);
  } catch (error) {
    await disposeAll(held);
    throw error;
  }
}

const SWAPPED = 'Use wav, mp3, m4a, ogg, flac or webm. Photo and recording may have been swapped.';

function refuseOtherFormats(signature: Signature, name: string): void {
  if (ffmpegReads(signature)) return;
  if (signature === 'unknown') {
    throw new LoquentError('AUDIO_CORRUPT', `${name} is damaged or of an unknown format.`);
  }
  const message = `${name} is ${SIGNATURE_NAMES[signature]}, not a supported recording.`;
  const swapped = signature === 'jpeg' || signature === 'png' || signature === 'webp';
  throw new LoquentError('AUDIO_UNSUPPORTED', message, swapped ? { hint: SWAPPED } : {});
}

/** Refuses what is too long by its own account before anybody does any work for it. */
function checkDeclaredLength({ duration, durationIsGuess }: SoundDecoder, name: string, limit: number): void {
  if (duration === null || durationIsGuess || duration <= limit) return;
  const message = `${name} is ${Math.round(duration)} seconds long; the limit is ${limit} seconds.`;
  throw new LoquentError('AUDIO_TOO_LONG', message, { details: { limit, duration } });
}

async function openDecoder(
  input: DecoderInput,
  signature: Signature,
  options: SoundOptions,
  held: AsyncDisposable[],
): Promise<SoundDecoder> {
  const choice = options.decoder ?? 'auto';
  const command = choice === 'embedded' ? null : await platform().which('ffmpeg');
  if (choice === 'ffmpeg' && command === null) {
    throw new LoquentError('DECODER_FAILED', 'FFmpeg was asked for and not found on PATH.');
  }
  if (command === null || (choice === 'auto' && signature === 'wav')) {
    try {
      return await openEmbeddedDecoder(input, signature);
    } catch (error) {
      const compressed = error instanceof LoquentError && error.code === 'AUDIO_NEEDS_FFMPEG';
      if (!compressed || command === null) throw error;
    }
  }
  const path = input.bytes.path ?? (await spoolBytes(input.bytes, options.signal, held));
  const source = { path, part: input.bytes.part };
  return openFfmpegDecoder(command!, source, signature, input, options.maxDuration);
}

async function spoolBytes(
  bytes: ByteInput,
  signal: AbortSignal | undefined,
  held: AsyncDisposable[],
): Promise<string> {
  const file = await spool([await bytes.read(0, bytes.size)], signal);
  held.push(file);
  return file.path!;
}

/** Last opened first: the process goes before the file that it reads. */
async function disposeAll(held: AsyncDisposable[]): Promise<void> {
  for (const part of held.splice(0).reverse()) await part[Symbol.asyncDispose]();
}

class DecodedSound implements Sound {
  readonly sampleRate = MASTER_RATE;
  readonly channels: 1 | 2;
  readonly duration: Seconds | null;
  readonly decoder: string;
  readonly #source: SoundDecoder;
  readonly #held: AsyncDisposable[];
  readonly #name: string;
  readonly #options: SoundOptions;
  readonly #remarks: Warning[] = [];

  constructor(source: SoundDecoder, held: AsyncDisposable[], name: string, options: SoundOptions) {
    this.#source = source;
    this.#held = held;
    this.#name = name;
    this.#options = options;
    this.channels = createMixdown(source.speakers).channels;
    this.duration = source.duration;
    this.decoder = source.name;
  }

  get warnings(): readonly Warning[] {
    return [...this.#source.warnings, ...this.#remarks];
  }

  async *blocks(): AsyncGenerator<SoundBlock, void, undefined> {
    const { sampleRate, speakers } = this.#source;
    const mixdown = createMixdown(speakers);
    const cutter = new BlockCutter(sampleRate, this.channels);
    let peak = 0;
    for await (const block of this.#source.blocks()) {
      throwIfAborted(this.#options.signal);
      const mixed = mixdown.mix(block);
      peak = Math.max(peak, loudest(mixed));
      yield* cutter.push(mixed);
      this.#checkLength(cutter.received / sampleRate);
    }
    if (cutter.received === 0) {
      throw new LoquentError('AUDIO_EMPTY', `${this.#name} holds no sound samples.`);
    }
    yield* cutter.flush();
    if (peak < SILENCE) {
      const message = `${this.#name} is silent from beginning to end; the mouth will not move.`;
      this.#remarks.push({ code: 'AUDIO_SILENT', message });
    }
  }

  #checkLength(duration: number): void {
    const limit = this.#options.maxDuration;
    if (duration <= limit) return;
    throw new LoquentError('AUDIO_TOO_LONG', `${this.#name} is longer than the limit of ${limit} seconds.`, {
      details: { limit },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return disposeAll(this.#held);
  }
}

/** Brings sound to both rates, each straight from the source, and cuts it into blocks that span the same time. */
class BlockCutter {
  /** Source samples so far, per channel. */
  received = 0;
  readonly #channels: 1 | 2;
  readonly #toMaster: AudioResampler;
  readonly #toSpeech: AudioResampler;
  #master: Float32Array = new Float32Array(0);
  #speech: Float32Array = new Float32Array(0);
  #emitted = 0;

  constructor(rate: number, channels: 1 | 2) {
    this.#channels = channels;
    this.#toMaster = new AudioResampler(rate, MASTER_RATE, channels);
    this.#toSpeech = new AudioResampler(rate, SPEECH_RATE, 1);
  }

  *push(piece: Float32Array): Generator<SoundBlock, void, undefined> {
    this.received += piece.length / this.#channels;
    this.#master = append(this.#master, this.#toMaster.push(piece));
    this.#speech = append(this.#speech, this.#toSpeech.push(this.#toMono(piece)));
    // Enough stays back that the last block always holds a speech sample too.
    while (this.#speech.length > BLOCK && this.#master.length >= (BLOCK + 1) * RATIO * this.#channels) {
      yield this.#take(BLOCK * RATIO, BLOCK);
    }
  }

  *flush(): Generator<SoundBlock, void, undefined> {
    this.#master = append(this.#master, this.#toMaster.flush());
    this.#speech = append(this.#speech, this.#toSpeech.flush());
    // A recording of one sample may round to none; video and analysis need at least one.
    if (this.#master.length === 0) this.#master = new Float32Array(this.#channels);
    if (this.#speech.length === 0) this.#speech = new Float32Array(1);
    while (this.#speech.length > BLOCK) yield this.#take(BLOCK * RATIO, BLOCK);
    yield this.#take(this.#master.length / this.#channels, this.#speech.length);
  }

  #take(masterLength: number, speechLength: number): SoundBlock {
    const master = this.#master.slice(0, masterLength * this.#channels);
    const samples = this.#speech.slice(0, speechLength);
    this.#master = this.#master.subarray(master.length);
    this.#speech = this.#speech.subarray(speechLength);
    const time = samplesToSeconds(this.#emitted, SPEECH_RATE);
    this.#emitted += speechLength;
    return { master, speech: { samples, time } };
  }

  #toMono(piece: Float32Array): Float32Array {
    if (this.#channels === 1) return piece;
    const mono = new Float32Array(piece.length / 2);
    for (let n = 0; n < mono.length; n += 1) mono[n] = (piece[n * 2]! + piece[n * 2 + 1]!) / 2;
    return mono;
  }
}

function loudest(samples: Float32Array): number {
  let peak = 0;
  for (let n = 0; n < samples.length; n += 1) peak = Math.max(peak, Math.abs(samples[n]!));
  return peak;
}

function append(head: Float32Array, tail: Float32Array): Float32Array {
  if (head.length === 0) return tail;
  const joined = new Float32Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
