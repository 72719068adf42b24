import type { TimedText } from './captions.ts';

/** Height of a letter, share of the picture's shorter side; distance from the edges, share of that side. */
const LETTER = 0.043;
const MARGIN = 0.05;
/** Thickness of the dark line around letters, share of their height. */
const OUTLINE = 0.11;

/**
 * Captions as a script of the format Advanced SubStation Alpha, to be drawn into a picture of this size: white with a dark
 * outline, at the bottom, two lines or as many as it takes.
 *
 * @param width - Of the picture, pixels.
 * @param height - Of the picture, pixels.
 */
export function captionScript(cues: readonly TimedText[], width: number, height: number): string {
  const side = Math.min(width, height);
  const letter = Math.max(10, Math.round(side * LETTER));
  const margin = Math.round(side * MARGIN);
  const style = {
    Name: 'Default',
    Fontname: 'Sans',
    Fontsize: letter,
    PrimaryColour: '&H00FFFFFF',
    OutlineColour: '&H00000000',
    BackColour: '&H80000000',
    Bold: -1,
    BorderStyle: 1,
    Outline: (letter * OUTLINE).toFixed(1),
    Shadow: 0,
    Alignment: 2,
    MarginL: margin,
    MarginR: margin,
    MarginV: margin,
    Encoding: 1,
  };
  return [
    '[Script Info]',
    'ScriptType: v4.00+',
    `PlayResX: ${width}`,
    `PlayResY: ${height}`,
    'WrapStyle: 0',
    'ScaledBorderAndShadow: yes',
    '',
    '[V4+ Styles]',
    `Format: ${Object.keys(style).join(', ')}`,
    `Style: ${Object.values(style).join(',')}`,
    '',
    '[Events]',
    'Format: Layer, Start, End, Style, Text',
    ...cues.map(({ text, start, end }) => `Dialogue: 0,${clock(start)},${clock(end)},Default,${plain(text)}`),
    '',
  ].join('\n');
}

/** A text in which nothing is read as a command. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\u29f5')
    .replaceAll('{', '(')
    .replaceAll('}', ')')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\\N');
}

/** `1:02:03.45` */
function clock(seconds: number): string {
  const hundredths = Math.round(seconds * 100);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const hours = Math.floor(hundredths / 360_000);
  return `${hours}:${two((hundredths / 6000) % 60)}:${two((hundredths / 100) % 60)}.${two(hundredths % 100)}`;
}
