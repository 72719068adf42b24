import { type RawPhones, unreadable } from './raw-phones.ts';

/** What Praat reads in its text files: strings, flags, and numbers that stand alone. Everything else is decoration. */
const TOKEN = /"(?:[^"]|"")*"|<exists>|<absent>|(?<=^|\s)-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?=\s|$)/gim;
/** Names that aligners give to the tier of phones. */
const PHONE_TIER = /phon|segment|^mau$|^kan-mau$/i;

interface Tier {
  readonly name: string;
  readonly intervals: [start: number, end: number, symbol: string][];
}

/**
 * Reads a Praat TextGrid, in the long or the short text format. The phones are in the interval tier whose name says
 * so (`phones`, `phonemes`, `segments`, `MAU`), else in the one with the most intervals.
 *
 * @throws LoquentError `PHONES_INVALID`.
 */
export function readTextGrid(text: string): RawPhones {
  const tiers = readTiers(text.match(TOKEN) ?? []);
  const phones =
    tiers.find(({ name }) => PHONE_TIER.test(name)) ??
    tiers.toSorted((a, b) => b.intervals.length - a.intervals.length)[0];
  if (!phones) throw unreadable('is a TextGrid without an interval tier');
  return { phones: phones.intervals };
}

function readTiers(tokens: readonly string[]): Tier[] {
  let at = 0;
  const next = (): string => {
    if (at >= tokens.length) throw unreadable('is a TextGrid that ends in the middle');
    return tokens[at++];
  };
  const number = (): number => {
    const value = Number(next());
    if (!Number.isFinite(value))
      throw unreadable(`is a TextGrid with "${tokens[at - 1]}" in place of a number`);
    return value;
  };
  const string = (): string => next().slice(1, -1).replaceAll('""', '"');
  const kind = [string(), string()];
  if (kind[1] !== 'TextGrid') throw unreadable(`holds a Praat "${kind[1]}", no TextGrid`);
  number();
  number();
  const tiers: Tier[] = [];
  for (let left = next() === '<exists>' ? number() : 0; left > 0; left--) {
    const points = string() !== 'IntervalTier';
    const tier: Tier = { name: string(), intervals: [] };
    number();
    number();
    for (let count = number(); count > 0; count--) {
      if (points) {
        number();
        string();
      } else tier.intervals.push([number(), number(), string()]);
    }
    if (!points) tiers.push(tier);
  }
  return tiers;
}
