import { type RawPhones, unreadable } from './raw-phones.ts';

const NUMBER = /^-?\d+(\.\d*)?$/;

/**
 * Reads a table with one phone per line. Columns are separated by tabs, commas, semicolons or blanks; empty lines,
 * comments (`;`, `#`) and a line of headings are skipped. Times are seconds.
 *
 * - `start end phone`, and perhaps more columns; a column headed `Type` keeps the rows that say `phones`.
 * - `start phone`, as Rhubarb writes its cues: a phone lasts until the next line; the last line says the end.
 * - `end number phone` after a line `#`: Festival's labels.
 * - `phone milliseconds [pitch...]`: MBROLA's pho, as espeak-ng writes it.
 *
 * @throws LoquentError `PHONES_INVALID` with the number of the line.
 */
export function readTabledPhones(text: string): RawPhones {
  const rows = text
    .split(/\r\n?|\n/)
    .map((line, index) => ({ cells: cellsOf(line), line: index + 1 }))
    .filter(({ cells }) => cells.length > 0);
  const mark = rows.findIndex(({ cells }) => cells.length === 1 && cells[0] === '#');
  if (mark >= 0) return readFestival(rows.slice(mark + 1));
  const lines = rows.filter(({ cells }) => !/^[;#]/.test(cells[0]));
  const first = lines[0]?.cells ?? [];
  if (!NUMBER.test(first[0] ?? '') && NUMBER.test(first[1] ?? '')) return readMbrola(lines);
  const headings = NUMBER.test(first[0] ?? '') ? [] : first.map((cell) => cell.toLowerCase());
  const body = headings.length > 0 ? lines.slice(1) : lines;
  return NUMBER.test(body[0]?.cells[1] ?? '') ? readIntervals(body, headings) : readCues(body);
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

function cellsOf(line: string): string[] {
  if (line.trim() === '') return [];
  const separator = line.includes('\t')
    ? '\t'
    : /[,;]/.test(line) && /^[^,;]*\w[,;]/.test(line)
      ? /[,;]/
      : /\s+/;
  return (typeof separator === 'string' ? line : line.trim()).split(separator).map((cell) => cell.trim());
}

function numberIn(row: Row, column: number): number {
  const cell = row.cells[column] ?? '';
  if (!NUMBER.test(cell)) throw unreadable(`has "${cell}" in place of a time in line ${row.line}`);
  return Number(cell);
}

function readIntervals(rows: readonly Row[], headings: readonly string[]): RawPhones {
  const type = headings.indexOf('type');
  const kept = type < 0 ? rows : rows.filter(({ cells }) => cells[type] === 'phones');
  return { phones: kept.map((row) => [numberIn(row, 0), numberIn(row, 1), row.cells[2] ?? '']) };
}

function readCues(rows: readonly Row[]): RawPhones {
  return {
    phones: rows
      .slice(0, -1)
      .map((row, index) => [numberIn(row, 0), numberIn(rows[index + 1], 0), row.cells[1] ?? '']),
  };
}

function readFestival(rows: readonly Row[]): RawPhones {
  return {
    phones: rows.map((row, index) => [
      index === 0 ? 0 : numberIn(rows[index - 1], 0),
      numberIn(row, 0),
      row.cells[2] ?? '',
    ]),
  };
}

function readMbrola(rows: readonly Row[]): RawPhones {
  let end = 0;
  const phones = rows.map((row): [number, number, string] => {
    const start = end;
    end += numberIn(row, 1) / 1000;
    return [start, end, row.cells[0]];
  });
  return { phones, notation: 'xsampa' };
}
