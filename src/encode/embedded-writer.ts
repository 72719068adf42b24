import {
  asLoquentError,
  type Frame,
  LoquentError,
  type Preset,
  throwIfAborted,
  type VideoFrame,
} from '../core/index.ts';
import { copyVideoFrame, type I420Converter, i420Length } from '../kernels/colour/index.ts';
import { type OutputFile, platform } from '../platform/index.ts';
import { EmbeddedMuxer } from './embedded-muxer.ts';
import { moveMetadataToFront } from './faststart.ts';
import { EncoderLane } from './h264-lane.ts';
import type { ChunkSettings } from './h264-worker.ts';
import { loadI420Converter } from './i420.ts';
import type { VideoFormat, VideoWriter } from './video-writer.ts';

/** Effort and quantiser of the embedded encoder. */
const SETTINGS: Readonly<Record<Preset, { readonly speed: number; readonly quantiser: number }>> = {
  fast: { speed: 10, quantiser: 27 },
  balanced: { speed: 9, quantiser: 23 },
  best: { speed: 4, quantiser: 19 },
};
/** Length of a chunk, seconds: each starts with a key frame, so shorter ones cost bits and longer ones memory. */
const CHUNK_SECONDS = 2;
/** Encoder threads at most. The renderer needs one core for itself. */
const MAX_LANES = 4;
/** Raw frames that may wait for the encoders, bytes. */
const MAX_WAITING = 64 << 20;

/**
 * Starts writing `path` with what the npm package brings along. Memory grows by about 0.2 kB per frame (the file's
 * index), never by the frames themselves.
 */
export async function openEmbeddedWriter(path: string, format: VideoFormat): Promise<VideoWriter> {
  const converter = format.source ? null : await loadI420Converter(format.width, format.height);
  throwIfAborted(format.signal);
  const file = await platform().createOutput(path);
  try {
    return new EmbeddedWriter(file, await EmbeddedMuxer.open(file, format), converter, format);
  } catch (error) {
    await file.close();
    throw asLoquentError(error);
  }
}

class EmbeddedWriter implements VideoWriter {
  readonly encoder = 'embedded';
  readonly #file: OutputFile;
  readonly #muxer: EmbeddedMuxer;
  readonly #converter: I420Converter | null;
  readonly #format: VideoFormat;
  readonly #settings: ChunkSettings;
  readonly #lanes: EncoderLane[] = [];
  readonly #maxLanes: number;
  readonly #maxPending: number;
  readonly #spare: ArrayBuffer[] = [];
  readonly #waiters: (() => void)[] = [];
  #lane: EncoderLane | undefined;
  #chunks = 0;
  #framesInChunk = 0;
  #pending = 0;
  #picture: Promise<void> = Promise.resolve();
  #sound: Promise<void> = Promise.resolve();
  #failure: LoquentError | undefined;
  #closed = false;

  constructor(file: OutputFile, muxer: EmbeddedMuxer, converter: I420Converter | null, format: VideoFormat) {
    this.#file = file;
    this.#muxer = muxer;
    this.#converter = converter;
    this.#format = format;
    const { width, height, fps } = format;
    const frames = Math.max(1, Math.round(fps * CHUNK_SECONDS));
    this.#settings = { width, height, fps, frames, ...SETTINGS[format.preset] };
    this.#maxLanes = Math.max(1, Math.min(MAX_LANES, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));
    const affordable = Math.floor(MAX_WAITING / i420Length(width, height));
    this.#maxPending = Math.max(4, Math.min(affordable, frames * this.#maxLanes));
    format.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  readonly #onAbort = () => this.#fail(new LoquentError('CANCELLED', 'Cancelled.'));

  writeFrame(frame: Frame | VideoFrame): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const { width, height } = this.#format;
    if (frame.width !== width || frame.height !== height) {
      const message = `A frame of ${frame.width}x${frame.height} pixels does not fit a video of ${width}x${height}.`;
      return Promise.reject(new LoquentError('INTERNAL', message));
    }
    const planes = this.#spare.pop() ?? new ArrayBuffer(i420Length(width, height));
    if ('y' in frame) copyVideoFrame(frame, new Uint8Array(planes));
    else this.#converter?.convert(frame.data, new Uint8Array(planes));
    const lane = this.#lane ?? this.#beginChunk();
    lane.frame(planes);
    this.#pending += 1;
    this.#framesInChunk += 1;
    if (this.#framesInChunk === this.#settings.frames) this.#endChunk();
    const room = this.#room();
    // Callers keep several frames in flight; one that fails before it is awaited must not end the program.
    room.catch(() => {});
    return room;
  }

  #beginChunk(): EncoderLane {
    const index = this.#chunks % this.#maxLanes;
    this.#lanes[index] ??= new EncoderLane(this.#onTaken, (error) => this.#fail(error));
    const lane = this.#lanes[index];
    const encoded = lane.begin(this.#settings);
    encoded.catch((error: unknown) => this.#fail(error));
    this.#picture = this.#picture.then(async () => this.#muxer.addChunk(await encoded));
    this.#picture.catch((error: unknown) => this.#fail(error));
    this.#lane = lane;
    this.#chunks += 1;
    return lane;
  }

  #endChunk(): void {
    this.#lane?.end();
    this.#lane = undefined;
    this.#framesInChunk = 0;
  }

  readonly #onTaken = (planes: ArrayBuffer) => {
    this.#spare.push(planes);
    this.#pending -= 1;
    if (this.#pending < this.#maxPending) this.#waiters.shift()?.();
  };

  async #room(): Promise<void> {
    if (this.#pending >= this.#maxPending) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    if (this.#failure) throw this.#failure;
  }

  async writeSound(master: Float32Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    const samples = master.slice();
    this.#sound = this.#sound.then(() => this.#muxer.addSound(samples));
    this.#sound.catch((error: unknown) => this.#fail(error));
  }

  async finish(): Promise<{ bytes: number }> {
    try {
      this.#endChunk();
      await Promise.all([this.#picture, this.#sound]);
      if (this.#failure) throw this.#failure;
      await this.#muxer.finish();
      await moveMetadataToFront(this.#file);
      const bytes = this.#file.size;
      await this.#release();
      return { bytes };
    } catch (error) {
      this.#fail(error);
      await this.abort();
      throw this.#failure;
    }
  }

  async abort(): Promise<void> {
    this.#fail(new LoquentError('CANCELLED', 'The video was given up.'));
    await this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.abort();
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    const known = asLoquentError(error);
    const message = `The embedded encoder failed: ${known.message}`;
    this.#failure =
      known.code === 'INTERNAL' ? new LoquentError('ENCODER_FAILED', message, { cause: error }) : known;
    for (const wake of this.#waiters.splice(0)) wake();
  }

  async #release(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#format.signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all(this.#lanes.map((lane) => lane[Symbol.asyncDispose]()));
    await this.#muxer.cancel().catch(() => {});
    await this.#file.close();
  }
}
