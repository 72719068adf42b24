/**
 * Plots of the page as SVG text. Colours come from the page's style sheet, so they follow its light and dark scheme.
 *
 * @module
 */
import { escapeText } from '../lips/plots.ts';
import type { Bar } from './measures.ts';

const at = (value: number): string => value.toFixed(1);

/** A line of {@link linePlot}. */
export interface Line {
  readonly label: string;
  /** Which of the page's colours it has. */
  readonly colour: 'ours' | 'other' | 'warm';
  /** Equally spaced; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
}

const WIDE = { width: 900, height: 130, left: 46, foot: 18 } as const;

/**
 * Courses over time on one axis.
 *
 * @param rate - Values per second.
 * @param range - Ends of the axis; lines are cut there.
 * @param form - How a value at the axis is written.
 */
export function linePlot(
  label: string,
  lines: readonly Line[],
  rate: number,
  range: readonly [low: number, high: number],
  form: (value: number) => string,
): string {
  const { width, height, left, foot } = WIDE;
  const count = Math.max(2, ...lines.map(({ values }) => values.length));
  const x = (index: number) => left + (index / (count - 1)) * (width - left);
  const y = (value: number) => {
    const share = Math.max(0, Math.min(1, (value - range[0]) / (range[1] - range[0])));
    return 4 + (1 - share) * (height - foot - 8);
  };
  const every = Math.max(1, Math.round(count / rate / 15));
  const grid: string[] = [];
  for (let second = 0; second * rate < count; second += every) {
    const place = at(x(second * rate));
    grid.push(
      `<line class="grid" x1="${place}" x2="${place}" y1="0" y2="${height - foot}"/>`,
      `<text x="${place}" y="${height - 4}" dx="3" class="tick">${second} s</text>`,
    );
  }
  for (const value of [range[0], (range[0] + range[1]) / 2, range[1]]) {
    grid.push(
      `<text x="${left - 6}" y="${at(y(value) + 4)}" class="tick" text-anchor="end">${escapeText(form(value))}</text>`,
    );
  }
  const drawn = lines.map(({ values, colour }) => {
    let path = '';
    let pen = 'M';
    values.forEach((value, index) => {
      if (value === null) pen = 'M';
      else {
        path += `${pen}${at(x(index))} ${at(y(value))}`;
        pen = 'L';
      }
    });
    return `<path class="line ${colour}" d="${path}"/>`;
  });
  const names = lines.map(({ label: name, colour }) => `<b class="key ${colour}">${escapeText(name)}</b>`);
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(label)}">${[...grid, ...drawn].join('')}</svg><figcaption>${escapeText(label)}: ${names.join(', ')}</figcaption>`;
}

/** A clip in {@link dotPlot}. */
export interface Dot {
  readonly name: string;
  readonly value: number;
  readonly ours: boolean;
}

const STRIP = { width: 640, height: 46, left: 8, right: 8 } as const;

/** All clips of one measure on an axis, with what must be reached shaded. */
export function dotPlot(
  label: string,
  dots: readonly Dot[],
  bars: readonly Bar[],
  form: (value: number) => string,
): string {
  const { width, height, left, right } = STRIP;
  const limits = bars.flatMap(({ least, most }) => [least, most].filter((one) => one !== undefined));
  const values = [...dots.map(({ value }) => value), ...limits];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.06 * (high - low) || Math.abs(high) * 0.1 || 1;
  const x = (value: number) =>
    left + ((value - low + margin) / (high - low + 2 * margin)) * (width - left - right);
  const shades = bars.map(({ least, most }) => {
    const from = least === undefined ? left : x(least);
    const to = most === undefined ? width - right : x(most);
    return `<rect class="good" x="${at(from)}" y="4" width="${at(Math.max(2, to - from))}" height="22" rx="3"/>`;
  });
  const marks = dots.map(
    ({ name, value, ours }) =>
      `<circle class="dot ${ours ? 'ours' : 'other'}" cx="${at(x(value))}" cy="15" r="4.5"><title>${escapeText(`${name}: ${form(value)}`)}</title></circle>`,
  );
  const ends = [...new Set([low, ...limits, high])].map(
    (value) =>
      `<text x="${at(x(value))}" y="${height - 6}" class="tick" text-anchor="middle">${escapeText(form(value))}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(label)}">${[...shades, ...marks, ...ends].join('')}</svg>`;
}
