import { LoquentError, type PhoneNotation, VISEMES, type Viseme } from '../../core/index.ts';
import { platform } from '../../platform/index.ts';

/** The shipped table, relative to the package root. The labels of training are made from the same file. */
export const PHONE_TABLE_ASSET = 'models/speech-motion/phones.json';

/** How one class of speech sounds looks. Curves as in {@link SpeechFrame}: aperture, width and rounding. */
export interface PhoneClass {
  readonly kind: 'pause' | 'consonant' | 'vowel';
  readonly viseme: Viseme;
  /** Target of the lips' distance, 0..1. */
  readonly aperture: number;
  /** Target of the lips' width, -1..1. */
  readonly width: number;
  /** Target of rounding, 0..1. */
  readonly rounding: number;
  /** How strongly the class claims the mouth at its core; a plain vowel is 1. */
  readonly strength: number;
  /** How fast the claim falls outside the core, per second. */
  readonly rate: number;
  /** What touches: both lips, or the lower lip and the upper teeth. */
  readonly contact?: 'lips' | 'teeth' | undefined;
}

/** The symbols of one notation. */
export interface SymbolSet {
  /** `whole`: a phone is one symbol. `longest`: it is a sequence of symbols, of which the longest match is taken. */
  readonly reading: 'whole' | 'longest';
  readonly normal: 'NFD' | 'upper' | 'none';
  /** Characters without a look of their own: stress, length, tone. */
  readonly ignored: string;
  /** Symbol -> names of classes, separated by spaces. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Language -> symbols that mean something else there. */
  readonly exceptions?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** Symbols of one synthesiser's language alone, for training and evaluation. */
export type SynthesiserSet = `festival-${string}`;

/** The whole table as it lies in the file. */
export interface PhoneTable {
  readonly blend: {
    /** A phone's core begins and ends at most this far within its ends, seconds. */
    readonly margin: number;
  };
  readonly classes: Readonly<Record<string, PhoneClass>>;
  /** Every {@link PhoneNotation}, and the sets of some synthesisers. */
  readonly sets: Readonly<Record<PhoneNotation | SynthesiserSet, SymbolSet>>;
}

const FORMAT = 1;

let shared: Promise<PhoneTable> | undefined;

/**
 * The shipped table, read once per realm.
 *
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`.
 */
export function loadPhoneTable(): Promise<PhoneTable> {
  shared ??= readTable().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function readTable(): Promise<PhoneTable> {
  const bytes = await platform().readAsset(PHONE_TABLE_ASSET);
  const corrupt = (problem: string, cause?: unknown) =>
    new LoquentError('ASSET_CORRUPT', `The phone table "${PHONE_TABLE_ASSET}" ${problem}.`, { cause });
  let table: PhoneTable & { readonly format: number };
  try {
    table = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw corrupt('is no JSON document', error);
  }
  if (table.format !== FORMAT) throw corrupt(`has the format ${table.format}, not ${FORMAT}`);
  for (const [name, { viseme }] of Object.entries(table.classes)) {
    if (!VISEMES.includes(viseme)) throw corrupt(`gives the class "${name}" the unknown viseme "${viseme}"`);
  }
  for (const [set, { symbols }] of Object.entries(table.sets)) {
    for (const [symbol, names] of Object.entries(symbols)) {
      const unknown = names.split(' ').find((name) => !(name in table.classes));
      if (unknown !== undefined)
        throw corrupt(`maps "${symbol}" of ${set} to the unknown class "${unknown}"`);
    }
  }
  return table;
}

/** Reads the symbols of one notation in one language. */
export class SymbolReader {
  readonly #table: PhoneTable;
  readonly #set: SymbolSet;
  readonly #names: ReadonlyMap<string, string>;
  readonly #longest: number;

  /**
   * @param table - The table.
   * @param notation - Which of its sets.
   * @param language - BCP 47 tag, for symbols that mean something else in that language.
   */
  constructor(table: PhoneTable, notation: PhoneNotation | SynthesiserSet, language = '') {
    this.#table = table;
    this.#set = table.sets[notation];
    const primary = language.toLowerCase().split('-')[0];
    const symbols = { ...this.#set.symbols, ...this.#set.exceptions?.[primary] };
    this.#names = new Map(
      Object.entries(symbols).map(([symbol, names]) => [this.#normal(symbol), names] as const),
    );
    this.#longest = Math.max(...[...this.#names.keys()].map(({ length }) => length));
  }

  /**
   * The classes that a phone passes through, each for an equal share of its time. None if it consists of marks alone
   * (it then lengthens the phone before); `null` if it cannot be read.
   */
  read(symbol: string): readonly PhoneClass[] | null {
    if (symbol === '') return [this.#table.classes['sil']];
    const text = this.#normal(symbol.trim());
    return this.#set.reading === 'whole' ? this.#readWhole(text) : this.#readSequence(text);
  }

  #normal(text: string): string {
    if (this.#set.normal === 'NFD') return text.normalize('NFD');
    return this.#set.normal === 'upper' ? text.toUpperCase() : text;
  }

  #classes(names: string): PhoneClass[] {
    return names.split(' ').map((name) => this.#table.classes[name]);
  }

  #readWhole(text: string): readonly PhoneClass[] | null {
    const bare = [...text].filter((character) => !this.#set.ignored.includes(character)).join('');
    const names = this.#names.get(text) ?? this.#names.get(bare);
    return names === undefined ? null : this.#classes(names);
  }

  #readSequence(text: string): readonly PhoneClass[] | null {
    const found: PhoneClass[] = [];
    for (let at = 0; at < text.length; ) {
      let length = Math.min(this.#longest, text.length - at);
      while (length > 0 && !this.#names.has(text.slice(at, at + length))) length--;
      if (length > 0) {
        found.push(...this.#classes(this.#names.get(text.slice(at, at + length))!));
        at += length;
      } else if (this.#skips(text[at])) {
        // An underscore of X-SAMPA makes a modifier of the character after it.
        at += text[at] === '_' ? 2 : 1;
      } else return null;
    }
    return found;
  }

  #skips(character: string): boolean {
    return this.#set.ignored.includes(character) || /[\p{M}_]/u.test(character);
  }
}
