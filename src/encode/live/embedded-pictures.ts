import h264 from 'h264-mp4-encoder';
import { asLoquentError, LoquentError, type Seconds } from '../../core/index.ts';
import { type I420Converter, i420Length } from '../../kernels/colour/index.ts';
import { platform } from '../../platform/index.ts';
import { loadI420Converter, writePlanes } from '../i420.ts';
import { annexB, parameterSets, sizedUnits } from './nal-units.ts';
import type { PictureEncoder, PictureFormat, PictureOutlet, PicturePixels } from './picture-encoder.ts';

/** 0 (best) .. 10 (fastest). */
const SPEED = 10;
/** Range of the quantiser that keeps to the bit rate: below, nobody sees a difference; above, everybody does. */
const BEST = 24;
const WORST = 44;
/** Quantiser of the first picture, by experience with portraits at 0.3 bits per pixel. */
const FIRST = 30;
/** Six steps of the quantiser halve the bits. */
const STEPS_PER_HALF = 6;
/** Share of a picture's error in bits that the next one makes good. */
const FOLLOW = 0.25;

let serial = 0;

/**
 * Opens the embedded encoder (minih264 in WebAssembly) in this thread. It hands nothing out before the end of what it encodes, so
 * that every picture is a short video of its own: a key picture. Nothing is lost with a packet but one picture; the bits are
 * about three times those of FFmpeg's.
 *
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function openEmbeddedPictures(
  format: PictureFormat,
  outlet: PictureOutlet,
): Promise<PictureEncoder> {
  const converter = await loadI420Converter(format.width, format.height);
  return new EmbeddedPictures(format, converter, outlet);
}

class EmbeddedPictures implements PictureEncoder {
  readonly name = 'embedded';
  readonly #format: PictureFormat;
  readonly #converter: I420Converter;
  readonly #outlet: PictureOutlet;
  readonly #planes: Uint8Array;
  readonly #file = `live-${++serial}.mp4`;
  #bitrate: number;
  #quantiser = FIRST;
  #busy = false;
  #closed = false;

  constructor(format: PictureFormat, converter: I420Converter, outlet: PictureOutlet) {
    this.#format = format;
    this.#converter = converter;
    this.#outlet = outlet;
    this.#bitrate = format.bitrate;
    this.#planes = new Uint8Array(i420Length(format.width, format.height));
  }

  encode(pixels: PicturePixels, time: Seconds): boolean {
    if (this.#busy || this.#closed) return false;
    this.#busy = true;
    const begun = platform().now();
    writePlanes(pixels, this.#converter, this.#planes);
    this.#encode().then(
      (data) => {
        this.#busy = false;
        if (!this.#closed)
          this.#outlet.picture({ codec: 'h264', data, key: true, time }, platform().now() - begun);
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#closed = true;
        const message = `The embedded encoder failed: ${asLoquentError(error).message}`;
        this.#outlet.failed(new LoquentError('ENCODER_FAILED', message, { cause: error }));
      },
    );
    return true;
  }

  requestKeyFrame(): void {
    // Every picture is one.
  }

  setBitrate(bitsPerSecond: number): void {
    this.#bitrate = bitsPerSecond;
  }

  async #encode(): Promise<Uint8Array> {
    const { width, height, fps } = this.#format;
    const encoder = await h264.createH264MP4Encoder();
    encoder.outputFilename = this.#file;
    encoder.width = width;
    encoder.height = height;
    encoder.frameRate = fps;
    encoder.groupOfPictures = 1;
    encoder.speed = SPEED;
    encoder.quantizationParameter = Math.round(this.#quantiser);
    encoder.initialize();
    encoder.addFrameYuv(this.#planes);
    encoder.finalize();
    const mp4 = encoder.FS.readFile(this.#file);
    const data = pictureOf(mp4);
    encoder.FS.unlink(this.#file);
    encoder.delete();
    this.#keepRate(data.length * 8);
    return data;
  }

  #keepRate(bits: number): void {
    const wanted = this.#bitrate / this.#format.fps;
    const step = STEPS_PER_HALF * Math.log2(bits / wanted) * FOLLOW;
    this.#quantiser = Math.min(WORST, Math.max(BEST, this.#quantiser + step));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }
}

/** The only picture of a short MP4, with its parameter sets. */
function pictureOf(mp4: Uint8Array): Uint8Array {
  const view = new DataView(mp4.buffer, mp4.byteOffset, mp4.byteLength);
  const boxes = new Map<string, Uint8Array>();
  for (let at = 0; at + 8 <= mp4.length; at += Math.max(8, view.getUint32(at))) {
    boxes.set(
      String.fromCharCode(...mp4.subarray(at + 4, at + 8)),
      mp4.subarray(at + 8, at + view.getUint32(at)),
    );
  }
  const media = boxes.get('mdat');
  const movie = boxes.get('moov');
  const name = [...'avcC'].map((letter) => letter.charCodeAt(0));
  const place = movie?.findIndex((_, index) => name.every((code, k) => movie[index + k] === code)) ?? -1;
  if (!media || !movie || place < 0) throw new Error('it gave no picture.');
  return annexB([...parameterSets(movie.subarray(place + name.length)), ...sizedUnits(media)]);
}
