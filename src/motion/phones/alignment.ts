/**
 * Files of phones with times, as synthesisers and aligners write them. `docs/mouth.md` shows one of each.
 *
 * @module
 */
import { type PhoneNotation, type PhoneTrack, seconds, type TimedPhone } from '../../core/index.ts';
import { readJsonPhones } from './alignment-json.ts';
import { readTabledPhones } from './alignment-table.ts';
import { unreadable } from './raw-phones.ts';
import { loadPhoneTable, type PhoneTable, SymbolReader } from './table.ts';
import { readTextGrid } from './text-grid.ts';

/** Options of {@link parsePhones}. */
export interface ParsePhonesOptions {
  /** How the phones are written; default: what the file says, or what its symbols look like. */
  readonly notation?: PhoneNotation | undefined;
  /** BCP 47 tag of the language; default: what the file says. */
  readonly language?: string | undefined;
}

/** Names of pauses, and of stretches in which an aligner did not know what is spoken, in lower case. */
const PAUSES = new Set([
  '',
  'sil',
  'silence',
  'sp',
  'pau',
  'pause',
  '_',
  '#',
  'h#',
  '<eps>',
  '<sil>',
  '<p:>',
]);
const UNKNOWN = new Set(['spn', '<unk>', '<oov>', 'oov', '<nib>', '<usb>', 'nsn']);
/** Position in the word, which some aligners append. */
const POSITION = /_[BIES]$/;

/**
 * Reads phones with times out of the text of a file: JSON (Loquent's own, Montreal Forced Aligner, Gentle, lines of
 * Amazon Polly's speech marks, Azure's viseme events, or TalkingHead's timeline), a Praat TextGrid, a table (start, end, phone; start, phone; Festival's labels), or
 * MBROLA's pho.
 *
 * @throws LoquentError `PHONES_INVALID`; `ASSET_MISSING`, `ASSET_CORRUPT` if the shipped table cannot be read.
 */
export async function parsePhones(text: string, options: ParsePhonesOptions = {}): Promise<PhoneTrack> {
  const content = text.replace(/^\uFEFF/, '').trim();
  if (content === '') throw unreadable('is empty');
  const raw = /^[[{]/.test(content)
    ? readJsonPhones(content)
    : /^File type|ooTextFile/.test(content.slice(0, 200))
      ? readTextGrid(content)
      : readTabledPhones(content);
  const phones = raw.phones.map(([start, end, written]): TimedPhone => {
    const bare = written.trim();
    const name = bare.toLowerCase();
    const symbol = PAUSES.has(name) ? '' : UNKNOWN.has(name) ? null : bare.replace(POSITION, '');
    return { start: seconds(start), end: seconds(end), symbol };
  });
  if (phones.length === 0) throw unreadable('holds no phones');
  phones.sort((a, b) => a.start - b.start || a.end - b.end);
  const symbols = new Set(phones.flatMap(({ symbol }) => (symbol ? [symbol] : [])));
  return {
    notation: options.notation ?? raw.notation ?? likelyNotation(symbols, await loadPhoneTable()),
    phones,
    language: options.language ?? raw.language,
  };
}

/** The notation that reads the most of the symbols. */
function likelyNotation(symbols: ReadonlySet<string>, table: PhoneTable): PhoneNotation {
  const unread = (notation: PhoneNotation): number => {
    const reader = new SymbolReader(table, notation);
    return [...symbols].filter((symbol) => reader.read(symbol) === null).length;
  };
  // ARPAbet writes every vowel with two letters, so text in another notation is never all ARPAbet.
  if (unread('arpabet') === 0) return 'arpabet';
  return unread('xsampa') < unread('ipa') ? 'xsampa' : 'ipa';
}
