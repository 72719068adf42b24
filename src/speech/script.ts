/**
 * Texts with directions: a subset of SSML 1.1, and an element for emotions.
 *
 * @module
 */
import { EMOTIONS, type Emotion, type EmotionMix, LoquentError } from '../core/index.ts';
import { ABBREVIATION } from './sentences.ts';

/** A piece of a script that is spoken in one go. */
export interface Passage {
  /** What is said, without markup; empty for a pause at the end. */
  readonly text: string;
  /** The same as SSML, for voices that know how to emphasise; `null` if nothing is emphasised. */
  readonly marked: string | null;
  /** Silence before it, seconds. */
  readonly pause: number;
  /** What the face shows meanwhile; `null` for what it shows otherwise. */
  readonly emotion: EmotionMix | null;
}

/** Seconds by the names of SSML 1.1. */
const STRENGTHS: Readonly<Record<string, number>> = {
  none: 0,
  'x-weak': 0.1,
  weak: 0.25,
  medium: 0.5,
  strong: 0.75,
  'x-strong': 1.25,
};
/** Pause after a paragraph, seconds, and the longest one that a script may ask for. */
const PARAGRAPH = 0.6;
const LONGEST_PAUSE = 10;
/** Elements that are known, with their attributes. */
const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  speak: ['version', 'xml:lang', 'xmlns'],
  p: [],
  s: [],
  break: ['time', 'strength'],
  emphasis: ['level'],
  emotion: ['name', 'amount'],
};
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads a script: a plain text, or SSML that begins with `<speak>`. Known are `<p>`, `<s>`, `<break time="500ms"/>` (or
 * `strength`), `<emphasis level="strong">` and `<emotion name="happy" amount="0.6">`.
 *
 * @returns Passages; sentences of plain text stay together.
 * @throws LoquentError `OPTION_INVALID` for markup that is wrong or unknown, or if there is nothing to say.
 */
export function readScript(script: string): Passage[] {
  const reader = new ScriptReader();
  const source = script.trim();
  if (/^(?:<\?xml[^>]*>\s*)?<speak[\s>]/.test(source)) reader.read(source);
  else reader.say(source);
  const passages = reader.finish();
  if (passages.some(({ text }) => text !== '')) return passages;
  throw new LoquentError('OPTION_INVALID', 'The text holds nothing to say.');
}

/** One element that is open. */
interface Open {
  readonly name: string;
  /** What the face showed outside of it. */
  readonly emotion: EmotionMix | null;
}

class ScriptReader {
  readonly #passages: Passage[] = [];
  readonly #open: Open[] = [];
  #text = '';
  #marked = '';
  #emphasised = false;
  #pause = 0;
  #emotion: EmotionMix | null = null;

  read(source: string): void {
    const pattern =
      /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([\w:-]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|[^<]+|</g;
    for (const [token, close, name, attributes = '', empty] of source.matchAll(pattern)) {
      if (token.startsWith('<!--') || token.startsWith('<?')) continue;
      if (name === undefined) this.say(textOf(token));
      else if (close) this.#end(name);
      else {
        this.#begin(name, attributesOf(name, attributes));
        if (empty) this.#end(name);
      }
    }
    const left = this.#open.at(-1);
    if (left) throw wrong(`<${left.name}> is not closed`);
  }

  /** Takes text as it is to be said. */
  say(text: string): void {
    this.#text += text;
    this.#marked += escaped(text);
  }

  finish(): Passage[] {
    this.#cut();
    if (this.#pause > 0) this.#passages.push({ text: '', marked: null, pause: this.#pause, emotion: null });
    return this.#passages;
  }

  #begin(name: string, attributes: ReadonlyMap<string, string>): void {
    if ((name === 'speak') !== (this.#open.length === 0)) throw wrong(`<${name}> is in the wrong place`);
    this.#open.push({ name, emotion: this.#emotion });
    if (name === 'p' || name === 's' || name === 'emotion') this.#cut();
    if (name === 'emotion') this.#emotion = emotionOf(attributes);
    if (name === 'break') {
      this.#cut();
      this.#pause = Math.min(LONGEST_PAUSE, this.#pause + pauseOf(attributes));
    }
    if (name === 'emphasis') {
      const level = attributes.get('level') ?? 'moderate';
      if (!['strong', 'moderate', 'none', 'reduced'].includes(level))
        throw wrong(`level="${level}" is unknown`);
      this.#emphasised = true;
      this.#marked += `<emphasis level="${level}">`;
    }
  }

  #end(name: string): void {
    const open = this.#open.pop();
    if (open?.name !== name) throw wrong(`</${name}> closes nothing`);
    if (name === 'emphasis') this.#marked += '</emphasis>';
    if (name === 'p' || name === 's' || name === 'emotion') this.#cut();
    if (name === 'p') this.#pause = Math.max(this.#pause, PARAGRAPH);
    this.#emotion = open.emotion;
  }

  /** Ends the passage. Emphasis does not reach beyond it. */
  #cut(): void {
    const text = this.#text.replace(/\s+/g, ' ').trim();
    const marked = this.#emphasised ? balanced(this.#marked) : null;
    this.#text = '';
    this.#marked = '';
    this.#emphasised = false;
    if (!/[\p{L}\p{N}]/u.test(text)) return;
    this.#passages.push({ text, marked, pause: this.#pause, emotion: this.#emotion });
    this.#pause = 0;
  }
}

/** Closes what is open at the end, and leaves out what was opened before. */
function balanced(marked: string): string {
  const begun = marked.match(/<emphasis /g)?.length ?? 0;
  const ended = marked.match(/<\/emphasis>/g)?.length ?? 0;
  const opening = '<emphasis level="moderate">'.repeat(Math.max(0, ended - begun));
  return `${opening}${marked}${'</emphasis>'.repeat(Math.max(0, begun - ended))}`;
}

function attributesOf(name: string, text: string): ReadonlyMap<string, string> {
  const known = ELEMENTS[name];
  if (!known) {
    throw wrong(
      `<${name}> is not known; known are ${Object.keys(ELEMENTS)
        .map((one) => `<${one}>`)
        .join(', ')}`,
    );
  }
  const attributes = new Map<string, string>();
  for (const [, attribute, double, single] of text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (!known.includes(attribute!)) throw wrong(`<${name}> has no attribute "${attribute}"`);
    attributes.set(attribute!, textOf(double ?? single ?? ''));
  }
  return attributes;
}

function pauseOf(attributes: ReadonlyMap<string, string>): number {
  const time = attributes.get('time');
  if (time === undefined) {
    const strength = attributes.get('strength') ?? 'medium';
    const pause = STRENGTHS[strength];
    if (pause === undefined) throw wrong(`strength="${strength}" is unknown`);
    return pause;
  }
  const [, value, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(time) ?? [];
  if (value === undefined) throw wrong(`time="${time}" is no time like 500ms or 1.5s`);
  return unit === 'ms' ? Number(value) / 1000 : Number(value);
}

function emotionOf(attributes: ReadonlyMap<string, string>): EmotionMix {
  const name = attributes.get('name') ?? '';
  const amount = Number(attributes.get('amount') ?? 0.6);
  if (!EMOTIONS.includes(name as Emotion))
    throw wrong(`the emotion "${name}" is none of ${EMOTIONS.join(', ')}`);
  if (!(amount >= 0 && amount <= 1)) throw wrong('the amount of an emotion is a number from 0 to 1');
  return { [name]: amount };
}

/** Text without entities. */
function textOf(source: string): string {
  return source.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));|[<&]/gi, (token, decimal, hex, name) => {
    const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex as string, 16) : null;
    const sign =
      point === null ? ENTITIES[String(name)] : point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
    if (sign === undefined) throw wrong(`"${token}" means nothing; write &lt; and &amp;`);
    return sign;
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function wrong(what: string): LoquentError {
  return new LoquentError('OPTION_INVALID', `The SSML is not valid: ${what}.`, {
    hint: 'docs/service.md lists the elements that are known.',
  });
}

/** The sentences of a text, as they are spoken one after the other. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let open = '';
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)) {
    open += segment;
    if (ABBREVIATION.test(open.trim())) continue;
    if (/[\p{L}\p{N}]/u.test(open)) sentences.push(open.trim());
    open = '';
  }
  if (/[\p{L}\p{N}]/u.test(open)) sentences.push(open.trim());
  return sentences;
}
