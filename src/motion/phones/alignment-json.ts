import { PHONE_NOTATIONS, type PhoneNotation } from '../../core/index.ts';
import { readAzureVisemes, readTimeline } from './alignment-visemes.ts';
import { type RawPhones, unreadable } from './raw-phones.ts';

type Interval = [start: number, end: number, symbol: string];
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads phones out of JSON:
 *
 * - `{ "notation": "ipa", "language": "en", "phones": [{ "start": 0.1, "end": 0.18, "phone": "p" }] }`, Loquent's own;
 *   notation and language may be missing;
 * - what Montreal Forced Aligner writes: `{ "tiers": { "phones": { "entries": [[0.1, 0.18, "p"]] } } }`;
 * - what Gentle writes: `{ "words": [{ "start": 0.1, "phones": [{ "phone": "p_B", "duration": 0.08 }] }] }`;
 * - Amazon Polly's speech marks, one JSON object per line: `{ "time": 100, "type": "viseme", "value": "p" }`, ms;
 * - Azure's viseme events and TalkingHead's timeline.
 *
 * @throws LoquentError `PHONES_INVALID`.
 */
export function readJsonPhones(text: string): RawPhones {
  const document = parse(text);
  if (Array.isArray(document)) {
    const entries = document.filter(isFields);
    return entries.some((entry) => 'visemeId' in entry) ? readAzureVisemes(entries) : readMarks(entries);
  }
  if (!isFields(document)) throw unreadable('holds no object');
  if (document['type'] === 'viseme' || 'time' in document) return readMarks([document]);
  if ('vtimes' in document) return readTimeline(document);
  if (Array.isArray(document['phones'])) return readOwn(document, document['phones']);
  if (isFields(document['tiers'])) return readTiers(document['tiers']);
  if (Array.isArray(document['words'])) return readWords(document['words']);
  throw unreadable('is JSON without "phones", "tiers" or "words"');
}

/** A document, or one document per line. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (whole) {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line));
    } catch {
      throw unreadable(`is no valid JSON (${(whole as Error).message})`);
    }
  }
}

function interval(start: unknown, end: unknown, symbol: unknown, index: number): Interval {
  if (typeof start === 'number' && typeof end === 'number' && typeof symbol === 'string') {
    return [start, end, symbol];
  }
  throw unreadable(`has no start, end and symbol in phone ${index + 1}`);
}

function readOwn({ notation, language }: Fields, phones: readonly unknown[]): RawPhones {
  if (notation !== undefined && !PHONE_NOTATIONS.includes(notation as PhoneNotation)) {
    throw unreadable(`has the notation "${notation}", not one of ${PHONE_NOTATIONS.join(', ')}`);
  }
  return {
    phones: phones.map((phone, index) => {
      const { start, end, phone: symbol } = isFields(phone) ? phone : {};
      return interval(start, end, symbol, index);
    }),
    notation: notation as PhoneNotation | undefined,
    language: typeof language === 'string' ? language : undefined,
  };
}

function readTiers(tiers: Fields): RawPhones {
  const name = Object.keys(tiers).find((key) => /phone/i.test(key));
  const tier = name === undefined ? undefined : tiers[name];
  const entries = isFields(tier) ? tier['entries'] : undefined;
  if (!Array.isArray(entries)) throw unreadable('has no tier of phones');
  return {
    phones: entries.map((entry, index) => {
      const [start, end, symbol] = Array.isArray(entry) ? entry : [];
      return interval(start, end, symbol, index);
    }),
  };
}

function readWords(words: readonly unknown[]): RawPhones {
  const phones: Interval[] = [];
  for (const word of words) {
    // Words that were not found in the sound have no time.
    if (!isFields(word) || typeof word['start'] !== 'number' || !Array.isArray(word['phones'])) continue;
    let end = word['start'];
    for (const phone of word['phones']) {
      const { phone: symbol, duration } = isFields(phone) ? phone : {};
      const start = end;
      end += typeof duration === 'number' ? duration : Number.NaN;
      phones.push(interval(start, end, symbol, phones.length));
    }
  }
  return { phones, notation: 'arpabet' };
}

/** How long the last mouth of a list of speech marks stays, seconds. */
const LAST_MARK = 0.1;

function readMarks(marks: readonly Fields[]): RawPhones {
  const visemes = marks.filter((mark) => mark['type'] === 'viseme');
  const time = (mark: Fields | undefined): unknown =>
    typeof mark?.['time'] === 'number' ? mark['time'] / 1000 : undefined;
  return {
    phones: visemes.map((mark, index) => {
      const start = time(mark);
      const end = index + 1 < visemes.length ? time(visemes[index + 1]) : (start as number) + LAST_MARK;
      return interval(start, end, mark['value'], index);
    }),
    notation: 'xsampa',
  };
}
