import { LoquentError } from '../core/index.ts';
import type { TimedText } from './captions.ts';

/** `00:01:02,345 --> 00:01:04.000`, with or without hours; WebVTT may say more after it. */
const TIMES = /^\s*((?:\d+:)?\d+:\d+[.,]\d+)\s+-->\s+((?:\d+:)?\d+:\d+[.,]\d+)/;
/** Marks of SubRip and WebVTT: `<i>`, `<v Ann>`, `<00:01.000>`. */
const TAG = /<[^>\n]{0,100}>/g;
const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', nbsp: '\u00a0' };

/**
 * Reads captions in the formats SubRip (`.srt`) or WebVTT (`.vtt`), as plain text.
 *
 * @throws LoquentError `CAPTIONS_INVALID` naming the line that cannot be.
 */
export function parseCaptions(text: string): TimedText[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const vtt = lines[0]!.startsWith('WEBVTT');
  const cues: TimedText[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (!lines[at]!.includes('-->')) continue;
    const [, from, to] = TIMES.exec(lines[at]!) ?? [];
    const [start, end] = [secondsOf(from), secondsOf(to)];
    if (start === null || end === null || end <= start) {
      throw new LoquentError('CAPTIONS_INVALID', `Line ${at + 1} of the captions has no times that can be.`);
    }
    const said: string[] = [];
    for (; at + 1 < lines.length && lines[at + 1]!.trim() !== ''; at += 1) said.push(lines[at + 1]!);
    const shown = said.join('\n').replace(TAG, '').trim();
    if (shown !== '') cues.push({ text: vtt ? decoded(shown) : shown, start, end });
  }
  if (cues.length > 0) return cues.sort((a, b) => a.start - b.start);
  throw new LoquentError('CAPTIONS_INVALID', 'There are no captions in it.');
}

function secondsOf(time: string | undefined): number | null {
  if (time === undefined) return null;
  const [seconds, minutes, hours = 0] = time.replace(',', '.').split(':').map(Number).reverse();
  return minutes! < 60 && seconds! < 60 ? hours * 3600 + minutes! * 60 + seconds! : null;
}

function decoded(text: string): string {
  return text.replace(/&(amp|lt|gt|nbsp);/g, (_, name: string) => SIGNS[name]!);
}
