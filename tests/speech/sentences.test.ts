import { describe, expect, it } from 'vitest';
import { Pcm16Reader } from '../../src/speech/pcm16.ts';
import { SentenceSplitter } from '../../src/speech/sentences.ts';

/** What comes out when the text is written a few letters at a time. */
function split(text: string, step = 3): string[] {
  const splitter = new SentenceSplitter();
  const sentences: string[] = [];
  for (let at = 0; at < text.length; at += step) sentences.push(...splitter.push(text.slice(at, at + step)));
  return [...sentences, ...splitter.flush()];
}

describe('text that is written while it is spoken', () => {
  it('comes out in sentences, however it was cut', () => {
    const text = 'This is one. Is this two? Yes! And three';
    const expected = ['This is one.', 'Is this two?', 'Yes!', 'And three'];
    for (const step of [1, 2, 7, 100]) expect(split(text, step)).toEqual(expected);
  });

  it('begins with its first clause, and goes on with whole sentences', () => {
    expect(split('Well then, my friend, let us begin. First, we look, then we leap. Done.')).toEqual([
      'Well then, my friend,',
      'let us begin.',
      'First, we look, then we leap.',
      'Done.',
    ]);
  });

  it('is not cut by numbers, abbreviations and initials', () => {
    expect(split('Dr. Smith paid 3.50 to J. Doe, e.g. for tea. Fine.')).toEqual([
      'Dr. Smith paid 3.50 to J. Doe,',
      'e.g. for tea.',
      'Fine.',
    ]);
  });

  it('needs no blanks in Chinese and Japanese', () => {
    expect(split('你好。今天天气很好！再见', 1)).toEqual(['你好。', '今天天气很好！', '再见']);
  });

  it('does not wait for the end of a very long sentence', () => {
    const long = `${'word '.repeat(200)}end.`;
    const sentences = split(long);
    expect(Math.max(...sentences.map(({ length }) => length))).toBeLessThanOrEqual(300);
    expect(sentences.join(' ')).toBe(long);
  });

  it('leaves out what nobody can say', () => {
    expect(split('... Hello. !!! — "')).toEqual(['Hello.']);
    expect(split('   ')).toEqual([]);
  });
});

describe('samples of 16 bits', () => {
  it('are read however the bytes are cut', () => {
    const bytes = new Uint8Array(Int16Array.of(0, 16_384, -32_768, 32_767, -1).buffer);
    const expected = [0, 0.5, -1, 32_767 / 32_768, -1 / 32_768];
    for (const step of [1, 2, 3, 10]) {
      const reader = new Pcm16Reader();
      const samples: number[] = [];
      for (let at = 0; at < bytes.length; at += step)
        samples.push(...reader.push(bytes.subarray(at, at + step)));
      expect(samples).toEqual(expected);
    }
  });
});
