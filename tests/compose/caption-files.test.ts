import { describe, expect, it } from 'vitest';
import { captionScript } from '../../src/compose/caption-script.ts';
import { toSrt, toVtt } from '../../src/compose/captions.ts';
import { parseCaptions } from '../../src/compose/parse-captions.ts';

const cues = [
  { text: 'Fish & chips <today>,\nand tomorrow.', start: 0, end: 1.25 },
  { text: 'An hour later', start: 3600, end: 3661.5 },
];

describe('files of captions', () => {
  it('are read as they are written', () => {
    expect(parseCaptions(toVtt(cues))).toEqual(cues);
    const plain = [{ ...cues[0]!, text: 'Fish & chips' }, cues[1]!];
    expect(parseCaptions(toSrt(plain))).toEqual(plain);
  });

  it('are read as others write them', () => {
    const srt =
      '\ufeff7\r\n0:01,5 --> 00:00:02,000 X1:10\r\n<i>One</i>\r\n<font color="#ff0">two</font>\r\n\r\n';
    expect(parseCaptions(srt)).toEqual([{ text: 'One\ntwo', start: 1.5, end: 2 }]);
    const vtt =
      'WEBVTT - a title\n\nNOTE nothing\n\nlater\n00:03.000 --> 00:04.000 align:start\n<v Ann>B\n\n00:01.000 --> 00:02.000\nA';
    expect(parseCaptions(vtt)).toEqual([
      { text: 'A', start: 1, end: 2 },
      { text: 'B', start: 3, end: 4 },
    ]);
  });

  it.each([
    ['', 'no captions'],
    ['1\n00:00:01,000 -> 00:00:02,000\nA', 'no captions'],
    ['1\n00:00:01,000 --> now\nA', 'Line 2'],
    ['1\n00:00:01,000 --> 00:00:01,000\nA', 'Line 2'],
    ['1\n00:00:01,000 --> 00:61:00,000\nA', 'Line 2'],
  ])('that cannot be are refused: %j', (text, part) => {
    expect(() => parseCaptions(text)).toThrow(
      expect.objectContaining({ code: 'CAPTIONS_INVALID', message: expect.stringContaining(part) }),
    );
  });
});

describe('a script of captions', () => {
  it('has one line for each, in which nothing is a command', () => {
    const text = 'Up {\\b1}and\\N, away\n  with  ';
    const script = captionScript([{ text, start: 61.239, end: 3723.5 }], 640, 360);
    expect(script).toContain('PlayResX: 640\nPlayResY: 360\n');
    const [line] = script.split('\n').filter((one) => one.startsWith('Dialogue'));
    expect(line).toBe('Dialogue: 0,0:01:01.24,1:02:03.50,Default,Up (\u29f5b1)and\u29f5N, away\\Nwith');
  });

  it('has letters that fit the shorter side', () => {
    const size = (width: number, height: number) =>
      Number(/Style: Default,Sans,(\d+)/.exec(captionScript(cues, width, height))![1]);
    expect(size(1000, 500)).toBe(size(500, 1000));
    expect(size(1080, 1920)).toBeGreaterThan(40);
    expect(size(64, 64)).toBe(10);
  });
});
