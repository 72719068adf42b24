import { describe, expect, it } from 'vitest';
import { readScript, sentencesOf } from '../../src/speech/index.ts';

const texts = (script: string) => readScript(script).map(({ text }) => text);

describe('a script', () => {
  it('is a plain text, in which signs mean themselves', () => {
    expect(readScript(' 1 < 2 & <b>so</b>\non ')).toEqual([
      { text: '1 < 2 & <b>so</b> on', marked: null, pause: 0, emotion: null },
    ]);
  });

  it('has pauses', () => {
    const passages = readScript(
      '<speak><break time="1s"/>One<break time="250ms"/><break strength="strong"/>two <p>three</p><p>four</p>five<break/></speak>',
    );
    expect(passages.map(({ text, pause }) => [text, pause])).toEqual([
      ['One', 1],
      ['two', 1],
      ['three', 0],
      ['four', 0.6],
      ['five', 0.6],
      ['', 0.5],
    ]);
    expect(readScript('<speak>a<break time="900s"/>b</speak>')[1]!.pause).toBe(10);
  });

  it('has emotions, one within another', () => {
    const passages = readScript(
      `<?xml version="1.0"?><speak>a <emotion name='happy'>b <emotion name="sad" amount="1">c</emotion> d</emotion> e</speak>`,
    );
    expect(passages.map(({ text, emotion }) => [text, emotion])).toEqual([
      ['a', null],
      ['b', { happy: 0.6 }],
      ['c', { sad: 1 }],
      ['d', { happy: 0.6 }],
      ['e', null],
    ]);
  });

  it('has emphasis, for voices that know how', () => {
    expect(readScript('<speak>It is <emphasis level="strong">R&amp;D</emphasis>, I said.</speak>')).toEqual([
      {
        text: 'It is R&D, I said.',
        marked: 'It is <emphasis level="strong">R&amp;D</emphasis>, I said.',
        pause: 0,
        emotion: null,
      },
    ]);
    const cut = readScript('<speak><emphasis>one <break/> two</emphasis></speak>');
    expect(cut.map(({ marked }) => marked)).toEqual(['<emphasis level="moderate">one </emphasis>', null]);
  });

  it.each([
    ['<speak>a', 'is not closed'],
    ['<speak>a</p></speak>', 'closes nothing'],
    ['<speak>a <audio src="x"/></speak>', '<audio> is not known'],
    ['<speak><break time="soon"/>a</speak>', 'no time'],
    ['<speak><break strength="huge"/>a</speak>', 'is unknown'],
    ['<speak><emphasis level="loud">a</emphasis></speak>', 'is unknown'],
    ['<speak><emotion name="hungry">a</emotion></speak>', 'is none of'],
    ['<speak><emotion name="happy" amount="2">a</emotion></speak>', 'from 0 to 1'],
    ['<speak onload="x">a</speak>', 'has no attribute'],
    ['<speak>a & b</speak>', 'means nothing'],
    ['<speak>a &rarr; b</speak>', 'means nothing'],
    ['<speak>a</speak>b</speak>', 'closes nothing'],
    ['<speak><break/></speak>', 'nothing to say'],
    ['...', 'nothing to say'],
  ])('says what is wrong with %s', (script, what) => {
    expect(() => readScript(script)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(what) }),
    );
  });

  it('keeps the signs that entities stand for', () => {
    expect(texts('<speak>&lt;a&gt; &#228; &#x1F600;<!-- b --></speak>')).toEqual(['<a> ä 😀']);
  });

  it('has sentences, which abbreviations do not end', () => {
    expect(sentencesOf('Mr. Smith came. Did he? "Yes!" 你好。再见。')).toEqual([
      'Mr. Smith came.',
      'Did he?',
      '"Yes!"',
      '你好。',
      '再见。',
    ]);
  });
});
