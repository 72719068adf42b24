import {
  type EncodedPicture,
  type EncoderChoice,
  LoquentError,
  type PictureCodec,
  type Seconds,
  type VideoFrame,
} from '../../core/index.ts';
import { platform } from '../../platform/index.ts';
import { openEmbeddedPictures } from './embedded-pictures.ts';
import { openFfmpegPictures } from './ffmpeg-pictures.ts';

/** What a {@link PictureEncoder} is to do. */
export interface PictureFormat {
  readonly codec: PictureCodec;
  /** Pixels, both even. */
  readonly width: number;
  readonly height: number;
  /** Frames per second at most. */
  readonly fps: number;
  /** Bits per second at most, averaged over a quarter of a second. */
  readonly bitrate: number;
  readonly encoder: EncoderChoice;
}

/** Where pictures and bad news go. */
export interface PictureOutlet {
  /**
   * Takes a picture; they come in order.
   *
   * @param spent - Milliseconds from {@link PictureEncoder.encode} to now.
   */
  picture(picture: EncodedPicture, spent: number): void;
  /** The encoder is broken and gives nothing any more. Called at most once. */
  failed(error: LoquentError): void;
}

/** A frame to encode: `width * height * 4` bytes of RGBA, or planes. Only read during the call. */
export type PicturePixels = Uint8Array | VideoFrame;

/** Encodes frames one by one, without delay: no frame waits for another. One caller at a time. */
export interface PictureEncoder extends AsyncDisposable {
  /** For reports. */
  readonly name: string;
  /**
   * Takes a frame; its picture goes to the outlet, the first one as a key picture.
   *
   * @returns `false` if the encoder is so far behind that it has left the frame out.
   */
  encode(pixels: PicturePixels, time: Seconds): boolean;
  /** Makes the next picture a key picture. */
  requestKeyFrame(): void;
  /** Aims at another bit rate from one of the next pictures on. */
  setBitrate(bitsPerSecond: number): void;
}

/**
 * Opens the encoder for live pictures: FFmpeg with x264 or a hardware encoder where it is installed and works, else the
 * embedded one, of which every picture is a key picture. VP8 is made by FFmpeg's libvpx alone, whatever the format says about
 * encoders. It is warm when the promise resolves.
 *
 * @throws LoquentError `ENCODER_MISSING`, `ENCODER_FAILED`, `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function openPictureEncoder(
  format: PictureFormat,
  outlet: PictureOutlet,
): Promise<PictureEncoder> {
  const { codec } = format;
  if (format.encoder === 'embedded' && codec === 'h264') return openEmbeddedPictures(format, outlet);
  const command = await platform().which('ffmpeg');
  const encoder = command && (await openFfmpegPictures(command, format, outlet));
  if (encoder) return encoder;
  if (format.encoder === 'auto' && codec === 'h264') return openEmbeddedPictures(format, outlet);
  throw new LoquentError(
    'ENCODER_MISSING',
    command
      ? `The installed FFmpeg has no ${codec === 'vp8' ? 'VP8' : 'H.264'} encoder that works.`
      : 'FFmpeg was not found on PATH.',
  );
}
