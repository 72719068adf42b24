/**
 * The embedded H.264 encoder (minih264 in WebAssembly) in a thread of its own: takes chunks of I420 frames, gives back
 * one small MP4 per chunk. Every chunk starts with a key frame, so chunks can be made in parallel.
 *
 * @module
 */
import h264, { type H264MP4Encoder } from 'h264-mp4-encoder';
import type { WorkerPort } from '../platform/index.ts';

/** How a chunk is encoded. */
export interface ChunkSettings {
  readonly width: number;
  readonly height: number;
  /** Frames per second; only the encoder's rate model uses it, time stamps are set when chunks are joined. */
  readonly fps: number;
  /** Longest chunk, frames: the key frame interval. */
  readonly frames: number;
  /** 0 (best) .. 10 (fastest). */
  readonly speed: number;
  /** 10 (best) .. 51. */
  readonly quantiser: number;
}

/** What the thread is told. A `frame` gives its buffer away and gets it back in {@link EncoderAnswer}. */
export type EncoderRequest =
  | { readonly kind: 'begin'; readonly settings: ChunkSettings }
  | { readonly kind: 'frame'; readonly planes: ArrayBuffer }
  | { readonly kind: 'end' };

/** What the thread answers. */
export type EncoderAnswer =
  | { readonly kind: 'taken'; readonly planes: ArrayBuffer }
  | { readonly kind: 'chunk'; readonly mp4: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly message: string };

/** Name of the chunk in the encoder's own file system, which lives in memory. */
const FILE = 'chunk.mp4';

/** Entry of the worker thread. */
export function start(port: WorkerPort): void {
  let encoder: H264MP4Encoder | null = null;
  let queue: Promise<void> = Promise.resolve();

  async function handle(request: EncoderRequest): Promise<void> {
    if (request.kind === 'begin') encoder = await createEncoder(request.settings);
    if (!encoder) throw new Error('A frame came before its chunk.');
    if (request.kind === 'frame') {
      encoder.addFrameYuv(new Uint8Array(request.planes));
      answer({ kind: 'taken', planes: request.planes }, [request.planes]);
    }
    if (request.kind === 'end') {
      const mp4 = finishChunk(encoder);
      encoder = null;
      answer({ kind: 'chunk', mp4 }, [mp4.buffer]);
    }
  }
  function answer(message: EncoderAnswer, transfer: ArrayBuffer[] = []): void {
    port.post(message, transfer);
  }
  port.onMessage((message) => {
    queue = queue.then(() => handle(message as EncoderRequest));
    queue.catch((error: unknown) => answer({ kind: 'failed', message: String(error) }));
  });
}

async function createEncoder(settings: ChunkSettings): Promise<H264MP4Encoder> {
  const encoder = await h264.createH264MP4Encoder();
  encoder.outputFilename = FILE;
  encoder.width = settings.width;
  encoder.height = settings.height;
  encoder.frameRate = settings.fps;
  encoder.groupOfPictures = settings.frames;
  encoder.speed = settings.speed;
  encoder.quantizationParameter = settings.quantiser;
  encoder.initialize();
  return encoder;
}

function finishChunk(encoder: H264MP4Encoder): Uint8Array<ArrayBuffer> {
  encoder.finalize();
  const mp4 = encoder.FS.readFile(FILE).slice();
  encoder.FS.unlink(FILE);
  encoder.delete();
  return mp4;
}
