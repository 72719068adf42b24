import type { EncodedPicture, LoquentError, Seconds } from '../../core/index.ts';
import type {
  openPictureEncoder,
  PictureEncoder,
  PictureFormat,
  PicturePixels,
} from '../../encode/live/picture-encoder.ts';

/** Encoders that fail so often, each within so many seconds of pictures, will go on failing. */
const ENCODER_FAILURES = 3;
const ENCODER_TRIAL = 10;

/** Milliseconds that were spent on a picture before it was encoded. */
export interface DrawingCost {
  readonly move: number;
  readonly draw: number;
}

/** What a {@link PictureLine} tells. */
export interface PictureLineOutlet {
  /** @param encode - Milliseconds in the encoder. */
  picture(picture: EncodedPicture, spent: DrawingCost & { readonly encode: number }): void;
  /** The encoder failed, and there is another one. */
  rebuilt(cause: unknown): void;
  /** Encoders go on failing. */
  failed(error: unknown): void;
}

/** The pictures of a session in one codec: an encoder, and another one where it fails. */
export class PictureLine implements AsyncDisposable {
  readonly #open: typeof openPictureEncoder;
  readonly #outlet: PictureLineOutlet;
  #format: PictureFormat;
  /** `null` while it is made anew. */
  #encoder: PictureEncoder | null = null;
  #failures = 0;
  /** Pictures of the present encoder. */
  #encoded = 0;
  /** What the pictures have cost that are being encoded. */
  readonly #costs: DrawingCost[] = [];
  #closed = false;

  /** @throws LoquentError as {@link openPictureEncoder} does. */
  static async open(
    open: typeof openPictureEncoder,
    format: PictureFormat,
    outlet: PictureLineOutlet,
  ): Promise<PictureLine> {
    const line = new PictureLine(open, format, outlet);
    await line.#openEncoder();
    return line;
  }

  private constructor(open: typeof openPictureEncoder, format: PictureFormat, outlet: PictureLineOutlet) {
    this.#open = open;
    this.#format = format;
    this.#outlet = outlet;
  }

  /** For reports; empty while the encoder is made anew. */
  get name(): string {
    return this.#encoder?.name ?? '';
  }

  /** Whether there is an encoder. */
  get works(): boolean {
    return this.#encoder !== null;
  }

  /** Takes a frame as {@link PictureEncoder.encode} does. */
  encode(pixels: PicturePixels, time: Seconds, cost: DrawingCost): boolean {
    if (!this.#encoder) return false;
    this.#costs.push(cost);
    if (this.#encoder.encode(pixels, time)) return true;
    this.#costs.pop();
    return false;
  }

  requestKeyFrame(): void {
    this.#encoder?.requestKeyFrame();
  }

  setBitrate(bitrate: number): void {
    this.#format = { ...this.#format, bitrate };
    this.#encoder?.setBitrate(bitrate);
  }

  async #openEncoder(): Promise<void> {
    const encoder = await this.#open(this.#format, {
      picture: (picture, encode) => this.#send(picture, encode),
      failed: (error) => void this.#replaceEncoder(error),
    });
    this.#costs.length = 0;
    this.#encoded = 0;
    this.#encoder = encoder;
    if (this.#closed) await this[Symbol.asyncDispose]();
  }

  #send(picture: EncodedPicture, encode: number): void {
    const { move, draw } = this.#costs.shift() ?? { move: 0, draw: 0 };
    this.#encoded += 1;
    if (this.#encoded > ENCODER_TRIAL * this.#format.fps) this.#failures = 0;
    this.#outlet.picture(picture, { move, draw, encode });
  }

  async #replaceEncoder(cause: LoquentError): Promise<void> {
    this.#failures += 1;
    const broken = this.#encoder;
    this.#encoder = null;
    try {
      await broken?.[Symbol.asyncDispose]();
      if (this.#failures >= ENCODER_FAILURES) throw cause;
      await this.#openEncoder();
      this.#outlet.rebuilt(cause);
    } catch (error) {
      this.#outlet.failed(error);
    }
  }

  /** Ends the encoder: a process that outlives its thread would never be cleared away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const encoder = this.#encoder;
    this.#encoder = null;
    await encoder?.[Symbol.asyncDispose]();
  }
}
