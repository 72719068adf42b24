import { captionScript } from '../compose/caption-script.ts';
import type { TimedText } from '../compose/captions.ts';
import { parseCaptions } from '../compose/parse-captions.ts';
import { LoquentError } from '../core/index.ts';
import { describeInput, openBytes } from '../media/input.ts';
import { platform, type TemporaryFile } from '../platform/index.ts';

/** Largest file that is read, bytes. */
const MAX_BYTES = 2 ** 24;

/** Captions to be drawn into the pictures: SubRip or WebVTT (path, file URL or bytes), or what is said and when. */
export type CaptionsInput = string | URL | Uint8Array | readonly TimedText[];

/**
 * Reads captions. @throws LoquentError `CAPTIONS_INVALID`, `INPUT_*`.
 */
export async function readCaptions(input: CaptionsInput): Promise<readonly TimedText[]> {
  if (Array.isArray(input)) return input as readonly TimedText[];
  const source = input as string | URL | Uint8Array;
  await using file = await openBytes(source);
  if (file.size > MAX_BYTES) {
    throw new LoquentError('INPUT_TOO_LARGE', `${describeInput(source)} is too large for captions.`);
  }
  const text = new TextDecoder().decode(await file.read(0, file.size));
  try {
    return parseCaptions(text);
  } catch (error) {
    if (!(error instanceof LoquentError)) throw error;
    const message = `${describeInput(source)} cannot be used. ${error.message}`;
    throw new LoquentError('CAPTIONS_INVALID', message, { cause: error });
  }
}

/** Writes the captions down as the encoder takes them; the file lives as long as the video is made. */
export async function captionFile(
  cues: readonly TimedText[],
  width: number,
  height: number,
): Promise<TemporaryFile> {
  const file = await platform().createTemporaryFile('.ass');
  await file.write(new TextEncoder().encode(captionScript(cues, width, height)));
  await file.close();
  return file;
}
