import type { Sharp } from 'sharp';
import {
  asLoquentError,
  type Frame,
  LoquentError,
  type Preset,
  throwIfAborted,
  type VideoFrame,
} from '../core/index.ts';
import { videoFrameToRgba } from '../kernels/colour/index.ts';
import { platform } from '../platform/index.ts';
import { type FrameNames, frameName, SEQUENCE_SOUND } from './output-target.ts';
import type { VideoFormat, VideoWriter } from './video-writer.ts';
import { WavFile } from './wav-file.ts';

/** Compression effort, 0..9. All are lossless. */
const EFFORT: Readonly<Record<Preset, number>> = { fast: 1, balanced: 4, best: 9 };

/** Starts writing pictures into a folder that exists, and the sound beside them. */
export async function openPngWriter(
  folder: string,
  names: FrameNames,
  format: VideoFormat,
): Promise<VideoWriter> {
  throwIfAborted(format.signal);
  const { default: sharp } = await import('sharp');
  const { files } = platform();
  const sound =
    format.channels === 0
      ? null
      : await WavFile.create(files.join(folder, SEQUENCE_SOUND), format.channels, format.sampleRate);
  return new PngWriter(
    (data) => {
      const { width, height } = format.source ?? format;
      const image = sharp(data, { raw: { width, height, channels: 4 } });
      return format.source ? image.resize(format.width, format.height, { fit: 'fill' }) : image;
    },
    (index) => files.join(folder, frameName(names, index)),
    sound,
    format,
  );
}

class PngWriter implements VideoWriter {
  readonly encoder = 'png';
  readonly #open: (rgba: Uint8Array) => Sharp;
  readonly #pathOf: (index: number) => string;
  readonly #soundFile: WavFile | null;
  readonly #format: VideoFormat;
  readonly #pictures = new Set<Promise<void>>();
  #sound: Promise<void> = Promise.resolve();
  #count = 0;
  #bytes = 0;
  #failure: LoquentError | undefined;

  constructor(
    open: (rgba: Uint8Array) => Sharp,
    pathOf: (index: number) => string,
    sound: WavFile | null,
    format: VideoFormat,
  ) {
    this.#open = open;
    this.#pathOf = pathOf;
    this.#soundFile = sound;
    this.#format = format;
  }

  writeFrame(frame: Frame | VideoFrame): Promise<void> {
    const { width, height } = this.#format.source ?? this.#format;
    if (frame.width !== width || frame.height !== height) {
      const message = `A frame of ${frame.width}x${frame.height} pixels does not fit pictures of ${width}x${height}.`;
      return Promise.reject(new LoquentError('INTERNAL', message));
    }
    const path = this.#pathOf(this.#count);
    this.#count += 1;
    const written = this.#write(path, pixelsOf(frame));
    this.#pictures.add(written);
    written.then(
      () => this.#pictures.delete(written),
      () => {},
    );
    return written;
  }

  async #write(path: string, rgba: Uint8Array): Promise<void> {
    this.#check();
    try {
      const image = this.#open(rgba);
      if (!this.#format.alpha) image.removeAlpha();
      const png = await image.png({ compressionLevel: EFFORT[this.#format.preset] }).toBuffer();
      this.#check();
      await platform().files.write(path, png);
      this.#bytes += png.length;
    } catch (error) {
      this.#failure ??= asLoquentError(error);
      throw this.#failure;
    }
  }

  async writeSound(master: Float32Array): Promise<void> {
    this.#check();
    const samples = master.slice();
    this.#sound = this.#sound.then(() => this.#soundFile?.write(samples));
    // The failure is reported by the next call; nobody may be waiting for this promise.
    this.#sound.catch((error: unknown) => {
      this.#failure ??= asLoquentError(error);
    });
  }

  async finish(): Promise<{ bytes: number }> {
    await Promise.all([...this.#pictures, this.#sound]);
    this.#check();
    this.#bytes += (await this.#soundFile?.finish()) ?? 0;
    return { bytes: this.#bytes };
  }

  async abort(): Promise<void> {
    this.#failure ??= new LoquentError('CANCELLED', 'The pictures were given up.');
    await Promise.allSettled([...this.#pictures, this.#sound]);
    await this.#soundFile?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
    throwIfAborted(this.#format.signal);
  }
}

/** A copy of a frame's pixels as RGBA. */
function pixelsOf(frame: Frame | VideoFrame): Uint8Array {
  if (!('y' in frame)) return frame.data.slice();
  const rgba = new Uint8ClampedArray(frame.width * frame.height * 4);
  videoFrameToRgba(frame, rgba);
  return new Uint8Array(rgba.buffer);
}
