/**
 * Captions: what is said, when, cut to what can be read at a glance.
 *
 * @module
 */

/** A word, or another piece of text, and when it is heard, seconds. */
export interface TimedText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Something that was said, with the times of its words as far as the voice knows them. */
export interface SpokenText extends TimedText {
  readonly words?: readonly TimedText[] | undefined;
}

/** Letters in a line, and lines at a time: what broadcasters agree on. */
const LINE = 42;
const LINES = 2;
/** Shortest time that a caption stands, seconds, if nothing follows. */
const SHORTEST = 0.8;

/** Cuts what is said into captions of at most two lines, at the ends of clauses where there are any. */
export function captionsOf(spoken: readonly SpokenText[]): TimedText[] {
  const cues: TimedText[] = [];
  for (const sentence of spoken) {
    const words = sentence.words?.length ? sentence.words : spread(sentence);
    for (const group of groupsOf(words)) {
      const text = linesOf(group.map((word) => word.text).join(' '));
      cues.push({ text, start: group[0]!.start, end: group.at(-1)!.end });
    }
  }
  return cues.map((cue, at) => {
    const next = cues[at + 1]?.start ?? Number.POSITIVE_INFINITY;
    return { ...cue, end: Math.min(next, Math.max(cue.end, cue.start + SHORTEST)) };
  });
}

/** SubRip. */
export function toSrt(cues: readonly TimedText[]): string {
  return cues
    .map(({ text, start, end }, at) => `${at + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text}\n`)
    .join('\n');
}

/** WebVTT. */
export function toVtt(cues: readonly TimedText[]): string {
  const plain = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const blocks = cues.map(
    ({ text, start, end }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${plain(text)}\n`,
  );
  return ['WEBVTT\n', ...blocks].join('\n');
}

/** Words of a sentence of which only begin and end are known: each takes as long as it has letters. */
function spread({ text, start, end }: TimedText): TimedText[] {
  const words = text.split(/\s+/);
  // A blank counts as a letter: short words are not that short.
  const total = words.reduce((sum, word) => sum + word.length + 1, 0);
  let letters = 0;
  return words.map((word) => {
    const from = start + ((end - start) * letters) / total;
    letters += word.length + 1;
    return { text: word, start: from, end: start + ((end - start) * letters) / total };
  });
}

/** Words in groups that fit on the screen, about equally long, and ended at the end of a clause where there is one near. */
function groupsOf(words: readonly TimedText[]): TimedText[][] {
  const groups: TimedText[][] = [];
  let first = 0;
  while (first < words.length) {
    const left = lettersOf(words, first, words.length);
    const most = LINE * LINES;
    const groupsLeft = Math.ceil(left / most);
    const aim = left / groupsLeft;
    let best = first + 1;
    let bestScore = Number.POSITIVE_INFINITY;
    for (let end = first + 1; end <= words.length; end += 1) {
      const length = lettersOf(words, first, end);
      if (length > most && end > first + 1) break;
      const clause = end === words.length || CLAUSE_END.test(words[end - 1]!.text);
      const score = Math.abs(length - aim) / aim - (clause ? CLAUSE_WORTH : 0);
      if (score <= bestScore) [best, bestScore] = [end, score];
    }
    groups.push(words.slice(first, best));
    first = best;
  }
  return groups;
}

/** The end of a clause, and by what share a caption may be longer or shorter than the others to end there. */
const CLAUSE_END = /[,;:.!?–—]["'”’»)]*$/;
const CLAUSE_WORTH = 0.35;

/** Letters of the words from `first` to before `end`, with the blanks between them. */
function lettersOf(words: readonly TimedText[], first: number, end: number): number {
  let letters = end - first - 1;
  for (let at = first; at < end; at += 1) letters += words[at]!.text.length;
  return letters;
}

/** Two lines of about the same length, if one is not enough. */
function linesOf(text: string): string {
  if (text.length <= LINE) return text;
  let best = -1;
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) {
    if (Math.abs(at - text.length / 2) < Math.abs(best - text.length / 2)) best = at;
  }
  return best < 0 ? text : `${text.slice(0, best)}\n${text.slice(best + 1)}`;
}

/** `00:01:02,345` */
function clock(seconds: number, mark: ',' | '.'): string {
  const thousandths = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(thousandths % 1000).padStart(3, '0');
  return `${two(thousandths / 3_600_000)}:${two((thousandths / 60_000) % 60)}:${two((thousandths / 1000) % 60)}${mark}${rest}`;
}
