import { describe, expect, test } from 'vitest';
import { bytesText, clockText, lengthText } from '../../src/cli/figures.ts';
import { logLine, progressLine } from '../../src/cli/progress-line.ts';
import { type Progress, seconds } from '../../src/core/index.ts';

const event = (values: Partial<Progress>): Progress => ({
  stage: 'render',
  done: 0.5,
  frames: 50,
  totalFrames: 100,
  elapsed: 2,
  eta: 65.2,
  time: seconds(2),
  ...values,
});

describe('the progress line', () => {
  test('shows a bar, percent, stage, frames and the time left', () => {
    const line = progressLine(event({}), 100);
    expect(line).toBe(`[${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  rendering  50/100 frames  1:06 left`);
  });

  test('never reaches the edge of a narrow terminal, where it would wrap', () => {
    for (let width = 1; width <= 120; width++) {
      expect(progressLine(event({}), width).length).toBeLessThan(width);
    }
  });

  test('works while the length is unknown', () => {
    const line = progressLine(event({ totalFrames: null, eta: null }), 100);
    expect(line).toContain('50 frames');
    expect(line).not.toContain('left');
  });
});

describe('lines for a log', () => {
  test('a whole job gives one line per stage and per tenth of the rendering', () => {
    const events = [
      event({ stage: 'audio', done: 0, frames: 0 }),
      event({ stage: 'avatar', done: 0.01, frames: 0 }),
      event({ stage: 'render', done: 0.1, frames: 0 }),
      ...Array.from({ length: 100 }, (_, index) => event({ frames: index + 1, eta: 1 })),
      event({ stage: 'finish', done: 1, frames: 100 }),
    ];
    const lines = events.flatMap((progress, index) => logLine(progress, events[index - 1] ?? null) ?? []);
    expect(lines[0]).toBe('reading the speech');
    expect(lines).toContain('rendering: 30 %, 30/100 frames, 0:01 left');
    expect(lines).toHaveLength(3 + 10 + 1);
  });
});

describe('figures', () => {
  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1.0 kB'],
    [1_849_000, '1.8 MB'],
    [123_400_000, '123 MB'],
    [999_700, '1.0 MB'],
    [5e12, '5.0 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  test.each([
    [0.04, '0.0 s', '0:01'],
    [12.34, '12.3 s', '0:13'],
    [65, '1:05', '1:05'],
    [3723, '1:02:03', '1:02:03'],
  ])('%d seconds are %s, on a clock %s', (value, length, clock) => {
    expect(lengthText(value)).toBe(length);
    expect(clockText(value)).toBe(clock);
  });
});
