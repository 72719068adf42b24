import { LoquentError, type PhoneTrack } from '../core/index.ts';
import { describeInput, openBytes } from '../media/input.ts';
import { type ParsePhonesOptions, parsePhones } from '../motion/index.ts';

/** Largest file that is read, bytes: a day of speech in the most talkative format. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads a file of phones with times, as synthesisers and aligners write it: JSON of several kinds, Praat TextGrid, a
 * table, Festival's or MBROLA's labels. `docs/mouth.md` shows them all.
 *
 * @param input - Path, file URL or bytes.
 * @throws LoquentError `PHONES_INVALID`, `INPUT_*`.
 */
export async function readPhones(
  input: string | URL | Uint8Array,
  options: ParsePhonesOptions = {},
): Promise<PhoneTrack> {
  await using file = await openBytes(input);
  if (file.size > MAX_BYTES) {
    throw new LoquentError('INPUT_TOO_LARGE', `${describeInput(input)} is too large for a file of phones.`);
  }
  try {
    // Awaited here: a failure while the file is closed would otherwise count as unhandled and end the program.
    return await parsePhones(textOf(await file.read(0, file.size)), options);
  } catch (error) {
    if (!(error instanceof LoquentError && error.code === 'PHONES_INVALID')) throw error;
    const message = `${describeInput(input)} cannot be used. ${error.message}`;
    throw new LoquentError('PHONES_INVALID', message, { cause: error });
  }
}

/** Text in UTF-8, or in UTF-16 with its mark, as Praat writes it. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
