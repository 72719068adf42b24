import { describe, expect, it } from 'vitest';
import { captionsOf, toSrt, toVtt } from '../../src/compose/captions.ts';

const long =
  'The morning train was late again, so we walked along the river, bought warm bread at the corner, and talked about the summer that had just begun.';

describe('captions', () => {
  it('hold all that is said, in order, at most two lines of 42 letters at a time', () => {
    const cues = captionsOf([
      { text: 'Good morning.', start: 0, end: 1 },
      { text: long, start: 1.3, end: 9 },
    ]);
    expect(cues.map(({ text }) => text.replaceAll('\n', ' ')).join(' ')).toBe(`Good morning. ${long}`);
    for (const { text } of cues) {
      const lines = text.split('\n');
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
    }
    expect(cues[0]).toEqual({ text: 'Good morning.', start: 0, end: 1 });
    for (const [at, { start, end }] of cues.entries()) {
      expect(end).toBeGreaterThan(start);
      if (at > 0) expect(start).toBeGreaterThanOrEqual(cues[at - 1]!.end);
    }
    expect(cues.at(-1)!.end).toBeCloseTo(9, 9);
  });

  it('use the times of words where a voice knows them', () => {
    const words = long.split(' ').map((text, at) => ({ text, start: at, end: at + 0.5 }));
    const cues = captionsOf([{ text: long, start: 0, end: 100, words }]);
    for (const { text, start } of cues) expect(words[start]!.text).toBe(text.split(/\s/)[0]);
  });

  it('stand long enough to be read, if nothing follows', () => {
    expect(captionsOf([{ text: 'No.', start: 2, end: 2.2 }])[0]!.end).toBeCloseTo(2.8, 9);
    const [first] = captionsOf([
      { text: 'No.', start: 2, end: 2.2 },
      { text: 'Yes.', start: 2.5, end: 3 },
    ]);
    expect(first!.end).toBe(2.5);
  });

  it('are written as SubRip and as WebVTT', () => {
    const cues = [{ text: 'a < b', start: 3661.0005, end: 3662.9996 }];
    expect(toSrt(cues)).toBe('1\n01:01:01,001 --> 01:01:03,000\na < b\n');
    expect(toVtt(cues)).toBe('WEBVTT\n\n01:01:01.001 --> 01:01:03.000\na &lt; b\n');
  });
});
