import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type PhoneNotation,
  type PhoneTrack,
  type SpeechFrame,
  seconds,
  VISEMES,
  type Viseme,
} from '../../../src/core/index.ts';
import { knowSpeech } from '../../../src/motion/phones/index.ts';
import { loadPhoneTable, type PhoneTable, SymbolReader } from '../../../src/motion/phones/table.ts';
import '../../../src/platform/node/use.ts';
import { spoken, track } from '../speech.ts';

const share = (frame: SpeechFrame, viseme: Viseme): number => frame.visemes[VISEMES.indexOf(viseme)];

describe('symbols', () => {
  let table: PhoneTable;
  beforeAll(async () => {
    table = await loadPhoneTable();
  });
  const visemes = (notation: PhoneNotation, symbol: string, language?: string): string | undefined =>
    new SymbolReader(table, notation, language)
      .read(symbol)
      ?.map(({ viseme }) => viseme)
      .join(' ');

  test('of IPA: affricates are one sound, diphthongs two, marks none', () => {
    const expected: Record<string, string> = {
      p: 'PP',
      pʰ: 'PP',
      mʲ: 'PP',
      m̩: 'PP',
      pf: 'PP FF',
      tʃ: 'CH',
      t͡ʃ: 'CH',
      dʑ: 'CH',
      ts: 'DD SS',
      aɪ: 'aa ih',
      oʊ: 'oh ou',
      iː: 'ih',
      ɔ̃: 'oh',
      ã: 'aa',
      l̩: 'nn',
      ɝ: 'RR',
      ç: 'CH',
      r̝: 'CH',
      θ: 'TH',
      ɱ: 'FF',
      ʋ: 'FF',
      ɥ: 'ou',
      y: 'ou',
      ˈɑ: 'aa',
      'a˥˩': 'aa',
      '': 'sil',
    };
    for (const [symbol, viseme] of Object.entries(expected)) {
      expect([symbol, visemes('ipa', symbol)]).toEqual([symbol, viseme]);
      expect([symbol, visemes('ipa', symbol.normalize('NFC'))]).toEqual([symbol, viseme]);
    }
  });

  test('of IPA: a lone mark lengthens the sound before, an unknown symbol is refused', () => {
    for (const mark of ['ʲ', 'ː', 'ʰ']) expect(visemes('ipa', mark)).toBe('');
    expect(visemes('ipa', '☃')).toBeUndefined();
  });

  test('of IPA: the flap of English is no r', () => {
    expect(visemes('ipa', 'ɾ', 'en-US')).toBe('DD');
    expect(visemes('ipa', 'ɾ', 'es')).toBe('RR');
  });

  test('of ARPAbet: any case, with or without stress digits; AH0 is a schwa', () => {
    const expected: Record<string, string> = {
      M: 'PP',
      m: 'PP',
      AY1: 'aa ih',
      ay: 'aa ih',
      ER0: 'RR',
      AH1: 'aa',
      AH0: 'E',
      JH: 'CH',
      HH: 'kk',
      OW2: 'oh ou',
    };
    for (const [symbol, viseme] of Object.entries(expected)) {
      expect([symbol, visemes('arpabet', symbol)]).toEqual([symbol, viseme]);
    }
    expect(visemes('arpabet', 'QQ')).toBeUndefined();
  });

  test('of X-SAMPA: modifiers are skipped', () => {
    const expected: Record<string, string> = {
      p_h: 'PP',
      tS: 'CH',
      '{': 'aa',
      '@': 'E',
      '3:': 'E',
      'r\\': 'RR',
      'n=': 'nn',
      'O~': 'oh',
      '"a': 'aa',
      aI: 'aa ih',
      't`': 'DD',
    };
    for (const [symbol, viseme] of Object.entries(expected)) {
      expect([symbol, visemes('xsampa', symbol)]).toEqual([symbol, viseme]);
    }
  });
});

describe('lips by dominance', () => {
  const curve = async (from: PhoneTrack, time: number) => (await knowSpeech(from)).frame(seconds(time));

  test('a held vowel is held at its full opening, to the last 50 ms', async () => {
    const song = track('ipa', ['', 500], ['a', 3000], ['', 500]);
    for (const time of [0.6, 1, 2, 3, 3.44]) expect((await curve(song, time)).aperture).toBeGreaterThan(0.97);
  });

  test('p closes the lips amid open vowels, t does not', async () => {
    const between = async (consonant: string) =>
      (await curve(track('ipa', ['a', 150], [consonant, 80], ['a', 150]), 0.19)).aperture;
    expect(await between('p')).toBeLessThan(0.3);
    expect(await between('t')).toBeGreaterThan(0.4);
    expect(await between('p')).toBeLessThan((await between('s')) - 0.1);
  });

  test('the lips round for a vowel that is yet to come', async () => {
    const rounding = async (vowel: string) =>
      (await curve(track('ipa', ['', 300], ['s', 90], ['t', 60], [vowel, 200]), 0.42)).rounding;
    expect(await rounding('u')).toBeGreaterThan(0.3);
    expect(await rounding('i')).toBeLessThan(0.05);
  });

  test('is the mean of the targets by the weights that the table documents', async () => {
    const { classes, blend } = await loadPhoneTable();
    const phones = [
      { name: 'sil', start: -10, end: 0.2 },
      { name: 'aa', start: 0.2, end: 0.36 },
      { name: 'm', start: 0.36, end: 0.44 },
      { name: 'iy', start: 0.44, end: 0.9 },
      { name: 'sil', start: 0.9, end: 10.9 },
    ];
    const known = track('ipa', ['', 200], ['a', 160], ['m', 80], ['i', 460]);
    for (const time of [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.95]) {
      let sum = 0;
      let total = 0;
      for (const { name, start, end } of phones) {
        const margin = Math.min((end - start) / 4, blend.margin);
        const away = Math.max(0, start + margin - time, time - (end - margin));
        const weight = classes[name].strength * Math.exp(-classes[name].rate * away);
        sum += weight * classes[name].aperture;
        total += weight;
      }
      expect((await curve(known, time)).aperture).toBeCloseTo(sum / total, 6);
    }
  });
});

describe('speech frames of known phones', () => {
  test('share out the time of every phone', async () => {
    const known = await knowSpeech(track('ipa', ['', 205], ['a', 200], ['s', 100]));
    const frames = Array.from({ length: 30 }, (_, index) => known.frame(seconds(index / 50)));
    const length = (viseme: Viseme) => frames.reduce((sum, frame) => sum + share(frame, viseme) / 50, 0);
    expect(length('aa')).toBeCloseTo(0.2, 5);
    expect(length('SS')).toBeCloseTo(0.1, 5);
    for (const { visemes } of frames) expect(visemes.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(frames[3].speech).toBe(0);
    expect(frames[15].speech).toBe(1);
  });

  test('never lose a contact, however short it is', async () => {
    for (let start = 200; start < 220; start += 3) {
      for (const length of [4, 10, 18]) {
        const known = await knowSpeech(track('ipa', ['a', start], ['p', length], ['a', 300]));
        const frames = Array.from({ length: 30 }, (_, index) => known.frame(seconds(index / 50)));
        expect(frames.filter((frame) => share(frame, 'PP') === 1).length).toBe(1);
      }
    }
  });

  test('take loudness and pitch from what was heard, and everything where nobody knows the phones', async () => {
    const known = await knowSpeech(track('ipa', ['a', 200], [null, 400], ['a', 200]));
    const heard = spoken(5, 'FF', { loudness: 0.3, pitch: 120, voicing: 0.9 });
    expect(known.frame(seconds(0.1), heard)).toMatchObject({ loudness: 0.3, pitch: 120, voicing: 0.9 });
    expect(share(known.frame(seconds(0.1), heard), 'aa')).toBe(1);
    expect(known.frame(seconds(0.4), heard)).toBe(heard);
    expect(known.frame(seconds(0.4)).speech).toBe(0);
  });

  test('do not rest in a pause of a few frames', async () => {
    const speech = async (pause: number) =>
      (await knowSpeech(track('ipa', ['a', 200], ['', pause], ['a', 200]))).frame(seconds(0.2 + pause / 2000))
        .speech;
    expect(await speech(80)).toBe(1);
    expect(await speech(300)).toBe(0);
  });

  test('refuse symbols that nobody can read, and times that go back', async () => {
    const invalid = (phones: PhoneTrack) =>
      expect(knowSpeech(phones)).rejects.toMatchObject({ code: 'PHONES_INVALID' });
    await invalid(track('ipa', ['a', 200], ['☃', 100]));
    await invalid({ notation: 'ipa', phones: [{ start: seconds(1), end: seconds(0.5), symbol: 'a' }] });
    await invalid({
      notation: 'ipa',
      phones: [
        { start: seconds(0), end: seconds(1), symbol: 'a' },
        { start: seconds(0.5), end: seconds(2), symbol: 'b' },
      ],
    });
  });
});

test('every phone of the fixture can be read', async () => {
  const phones: [number, number, string][] = JSON.parse(
    readFileSync(new URL('../../fixtures/phones/english.json', import.meta.url), 'utf8'),
  );
  const known = await knowSpeech({
    notation: 'ipa',
    language: 'en',
    phones: phones.map(([start, end, symbol]) => ({
      start: seconds(start / 1000),
      end: seconds(end / 1000),
      symbol,
    })),
  });
  expect(known.end).toBeGreaterThan(5);
});
