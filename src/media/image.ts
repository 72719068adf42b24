import type { Metadata, Sharp } from 'sharp';
import { LoquentError, type Picture, throwIfAborted, type Warning } from '../core/basics.ts';
import { describeInput, openBytes, readInput } from './input.ts';
import { SIGNATURE_NAMES, type Signature, SNIFF_LENGTH, sniff } from './signature.ts';

/** Options of {@link readImage}. */
export interface ReadImageOptions {
  readonly signal?: AbortSignal | undefined;
  /** Largest width x height that is decoded. Default 50 million. */
  readonly maxPixels?: number | undefined;
  /** Largest file that is read, in bytes. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
  /** Leaves transparent parts as they are, with straight alpha; default `false`. */
  readonly keepAlpha?: boolean | undefined;
}

/** A photo that was read. */
export interface ReadImage {
  /** Upright, sRGB, opaque unless alpha was to be kept. The caller owns it. */
  readonly picture: Picture;
  /** The file as it was given, for content hashes. When bytes were given, these same bytes. */
  readonly bytes: Uint8Array;
  readonly warnings: readonly Warning[];
}

/** Loaded with the first picture: that takes a tenth of a second, and a prepared avatar has no need of it. */
const loadSharp = async () => (await import('sharp')).default;

const MAX_PIXELS = 50_000_000;
/** Light grey that stands in for transparency, sRGB 0..255: neutral, and no darker than usual studio backdrops. */
const BACKDROP = 204;

/**
 * Reads a photo: JPEG, PNG or WebP, told by content and never by name. Turns it upright (EXIF), converts any colour
 * space (Display P3, CMYK, grey, 16 bits) to 8-bit sRGB, and lays transparent parts over light grey.
 *
 * @param input - Path, `file:` URL, or the file's bytes.
 * @throws LoquentError `INPUT_*`, `IMAGE_UNSUPPORTED`, `IMAGE_ANIMATED`, `IMAGE_IS_VIDEO`, `IMAGE_TOO_LARGE`,
 *   `IMAGE_CORRUPT`, `CANCELLED`.
 */
export async function readImage(
  input: string | URL | Uint8Array,
  options: ReadImageOptions = {},
): Promise<ReadImage> {
  const bytes = await readInput(input, options.signal, options.maxBytes);
  return decodeImage(bytes, describeInput(input), options);
}

/**
 * Makes sure that there is a file which looks like a picture, without decoding it: for inputs that are read later.
 *
 * @throws LoquentError `INPUT_*`, `IMAGE_UNSUPPORTED`, `IMAGE_ANIMATED`, `IMAGE_IS_VIDEO`.
 */
export async function expectImage(input: string | URL | Uint8Array): Promise<void> {
  await using file = await openBytes(input);
  refuseOtherFormats(sniff(await file.read(0, SNIFF_LENGTH)), describeInput(input));
}

/**
 * Decodes the bytes of a file as {@link readImage} does.
 *
 * @param name - What error messages call it.
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  options: ReadImageOptions = {},
): Promise<ReadImage> {
  refuseOtherFormats(sniff(bytes.subarray(0, SNIFF_LENGTH)), name);
  const sharp = await loadSharp();
  const decoder = sharp(bytes, { failOn: 'error', limitInputPixels: false, autoOrient: true });
  const metadata = await decoder.metadata().catch((cause: unknown) => {
    throw corrupt(name, cause);
  });
  checkSize(metadata, options.maxPixels ?? MAX_PIXELS, name);
  throwIfAborted(options.signal);
  const picture = await decode(decoder, name);
  throwIfAborted(options.signal);

  const warnings: Warning[] = [];
  if (metadata.hasAlpha && !options.keepAlpha && flatten(picture.data)) {
    const message = `${name} has transparent parts; they were laid over light grey.`;
    warnings.push({ code: 'IMAGE_TRANSPARENT', message });
  }
  return { picture, bytes, warnings };
}

/** Formats that show moving pictures. */
const VIDEOS: readonly Signature[] = ['mp4', 'webm', 'avi', 'mpeg', 'asf', 'flv'];

function refuseOtherFormats(signature: Signature, name: string): void {
  if (signature === 'jpeg' || signature === 'png' || signature === 'webp') return;
  const message = `${name} is ${SIGNATURE_NAMES[signature]}, not a JPEG, PNG or WebP picture.`;
  if (signature === 'apng' || signature === 'webp-animated') {
    throw new LoquentError('IMAGE_ANIMATED', `${name} is ${SIGNATURE_NAMES[signature]}.`);
  }
  throw new LoquentError(VIDEOS.includes(signature) ? 'IMAGE_IS_VIDEO' : 'IMAGE_UNSUPPORTED', message);
}

function checkSize(metadata: Metadata, limit: number, name: string): void {
  const { width, height } = metadata;
  if ((metadata.pages ?? 1) > 1) throw new LoquentError('IMAGE_ANIMATED', `${name} holds several pictures.`);
  if (width * height <= limit) return;
  const megapixels = Math.round((width * height) / 1e6);
  throw new LoquentError(
    'IMAGE_TOO_LARGE',
    `${name} has ${width}x${height} pixels (${megapixels} million); the limit is ${Math.round(limit / 1e6)} million.`,
    { details: { width, height, limit } },
  );
}

async function decode(decoder: Sharp, name: string): Promise<Picture> {
  try {
    const { data, info } = await decoder
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 4) throw new Error(`The decoder gave ${info.channels} channels.`);
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (cause) {
    throw corrupt(name, cause);
  }
}

function corrupt(name: string, cause: unknown): LoquentError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : '';
  return new LoquentError('IMAGE_CORRUPT', `${name} cannot be decoded to the end.`, {
    cause,
    details: { reason },
  });
}

/** Lays straight-alpha RGBA over {@link BACKDROP}, in place. Returns whether anything was transparent. */
function flatten(data: Uint8Array): boolean {
  let found = false;
  for (let at = 3; at < data.length; at += 4) {
    const alpha = data[at]!;
    if (alpha === 255) continue;
    found = true;
    for (let channel = at - 3; channel < at; channel += 1) {
      data[channel] = Math.round(BACKDROP + ((data[channel]! - BACKDROP) * alpha) / 255);
    }
    data[at] = 255;
  }
  return found;
}

/**
 * Encodes a picture as PNG; an opaque one without an alpha channel.
 *
 * @param level - Compression effort, 0 (none) .. 9 (smallest).
 */
export async function encodePng(picture: Picture, level = 6): Promise<Uint8Array> {
  const image = await toSharp(picture);
  if (isOpaque(picture.data)) image.removeAlpha();
  return image.png({ compressionLevel: level }).toBuffer();
}

/**
 * Encodes a picture as JPEG, ignoring its alpha.
 *
 * @param quality - 1 (smallest) .. 100 (best).
 */
export async function encodeJpeg(picture: Picture, quality = 90): Promise<Uint8Array> {
  return (await toSharp(picture)).removeAlpha().jpeg({ quality }).toBuffer();
}

/**
 * Resamples a picture to exactly `width` x `height` pixels (Lanczos, anti-aliased). The source stays as it is.
 *
 * @returns A new picture that the caller owns.
 */
export async function scalePicture(picture: Picture, width: number, height: number): Promise<Picture> {
  const image = await toSharp(picture);
  const data = await image.resize(width, height, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer();
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

async function toSharp({ width, height, data }: Picture): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false });
}

function isOpaque(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}
