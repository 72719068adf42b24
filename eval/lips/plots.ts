/**
 * Plots as SVG text. Colours come from the page's style sheet, so they follow its light and dark scheme.
 *
 * @module
 */

/** Text that may stand in HTML and SVG. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const at = (value: number): string => value.toFixed(1);
const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${at(x)}" y="${at(y)}" ${attributes}>${escapeText(content)}</text>`;
const svg = (width: number, height: number, label: string, parts: readonly string[]): string =>
  `<svg viewBox="0 0 ${width} ${at(height)}" role="img" aria-label="${escapeText(label)}">${parts.join('')}</svg>`;

/** A row of {@link intervalPlot}. */
export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Drawn in the accent colour. */
  readonly ours: boolean;
  /** The figure as text. */
  readonly figure: string;
}

const WIDTH = 640;
const ROW = 24;
const LEFT = 200;
const RIGHT = 90;

/**
 * Values with intervals, one per row, on a common axis.
 *
 * @param range - Ends of the axis; values beyond them are drawn at its ends.
 */
export function intervalPlot(
  label: string,
  rows: readonly IntervalRow[],
  range: readonly [from: number, to: number],
  ticks: readonly number[],
  form: (value: number) => string,
): string {
  const height = rows.length * ROW + 26;
  const x = (value: number): number => {
    const share = Math.max(0, Math.min(1, (value - range[0]) / (range[1] - range[0])));
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  };
  const axis = ticks.flatMap((tick) => [
    `<line class="${tick === 0 ? 'zero' : 'grid'}" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="0" y2="${height - 22}"/>`,
    text(x(tick), height - 8, form(tick), 'class="tick" text-anchor="middle"'),
  ]);
  const marks = rows.flatMap(({ label: name, value, low, high, ours, figure }, index) => {
    const y = index * ROW + ROW / 2;
    const kind = ours ? 'ours' : 'other';
    const interval = Number.isFinite(low)
      ? `<line class="interval ${kind}" x1="${at(x(low))}" x2="${at(x(high))}" y1="${at(y)}" y2="${at(y)}"/>`
      : '';
    return [
      text(LEFT - 12, y + 4, name, `class="label ${kind}" text-anchor="end"`),
      interval,
      `<circle class="dot ${kind}" cx="${at(x(value))}" cy="${at(y)}" r="4.5"/>`,
      text(WIDTH - RIGHT + 14, y + 4, figure, `class="figure ${kind}"`),
    ];
  });
  return svg(WIDTH, height, label, [...axis, ...marks]);
}

/** A bar of {@link barPlot}. */
export interface Bar {
  readonly label: string;
  /** 0..1. */
  readonly value: number;
}

/** Shares as horizontal bars. */
export function barPlot(label: string, bars: readonly Bar[], form: (value: number) => string): string {
  const height = bars.length * 20 + 4;
  const most = Math.max(0.05, ...bars.map(({ value }) => value));
  const parts = bars.flatMap(({ label: name, value }, index) => {
    const y = index * 20 + 4;
    const length = (value / most) * (WIDTH - 250 - RIGHT);
    return [
      text(238, y + 11, name, 'class="label" text-anchor="end"'),
      `<rect class="bar" x="250" y="${y}" width="${at(Math.max(1, length))}" height="13" rx="2"/>`,
      text(256 + length, y + 11, form(value), 'class="figure"'),
    ];
  });
  return svg(WIDTH, height, label, parts);
}

/**
 * A matrix of counts as shares of its rows: what was spoken (rows), what was heard (columns).
 *
 * @param counts - Row-major, `names.length` squared.
 */
export function confusionPlot(label: string, names: readonly string[], counts: readonly number[]): string {
  const size = names.length;
  const cell = 30;
  const left = 44;
  const parts: string[] = [];
  names.forEach((name, row) => {
    const total = counts.slice(row * size, (row + 1) * size).reduce((sum, count) => sum + count, 0);
    parts.push(text(left - 8, (row + 1.5) * cell + 4, name, 'class="label" text-anchor="end"'));
    parts.push(text(left + (row + 0.5) * cell, cell - 8, name, 'class="label" text-anchor="middle"'));
    for (let column = 0; column < size; column++) {
      const share = total === 0 ? 0 : counts[row * size + column] / total;
      const [x, y] = [left + column * cell, (row + 1) * cell];
      const kind = row === column ? 'hit' : 'miss';
      parts.push(
        `<rect class="${kind}" x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" style="fill-opacity:${(Math.sqrt(share)).toFixed(3)}"><title>${escapeText(`${name} heard as ${names[column]}: ${(100 * share).toFixed(1)} %`)}</title></rect>`,
      );
      if (share >= 0.05) {
        const figure = (100 * share).toFixed(0);
        parts.push(text(x + cell / 2, y + cell / 2 + 4, figure, 'class="cell" text-anchor="middle"'));
      }
    }
  });
  return svg(left + size * cell, (size + 1) * cell, label, parts);
}

/** A course of {@link coursePlot}. */
export interface Course {
  readonly label: string;
  readonly kind: 'seen' | 'ours';
  /** 0..1, equally spaced. */
  readonly values: readonly number[];
}

/** Courses over time, on one axis. `rate` values per second. */
export function coursePlot(label: string, courses: readonly Course[], rate: number): string {
  const [width, height] = [900, 120];
  const count = Math.max(2, ...courses.map(({ values }) => values.length));
  const x = (index: number) => (index / (count - 1)) * width;
  const y = (value: number) => 8 + (1 - value) * (height - 30);
  const seconds = Array.from({ length: Math.floor((count - 1) / rate) + 1 }, (_, second) => second);
  const grid = seconds.flatMap((second) => [
    `<line class="grid" x1="${at(x(second * rate))}" x2="${at(x(second * rate))}" y1="0" y2="${height - 18}"/>`,
    text(x(second * rate) + 3, height - 5, `${second} s`, 'class="tick"'),
  ]);
  const lines = courses.map(({ values, kind }) => {
    const points = values.map((value, index) => `${at(x(index))},${at(y(value))}`).join(' ');
    return `<polyline class="course ${kind}" points="${points}"/>`;
  });
  return svg(width, height, label, [...grid, ...lines]);
}
