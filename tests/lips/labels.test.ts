/** Labels against numbers worked out by hand: a symbol that is mapped wrongly, or a label that is late, fails here. */
import { describe, expect, test } from 'vitest';
import { labelsOf, type Phone, type PhoneSet, segmentsOf, visemeTargets } from '../../eval/lips/labels.ts';
import { VISEMES } from '../../src/core/index.ts';

const visemesOf = (symbol: string, set: PhoneSet, language = ''): string[] =>
  segmentsOf([[0, 100, symbol]], set, language).map(({ phone }) => phone.viseme);

describe('symbols', () => {
  const expected: readonly [PhoneSet, string][] = [
    [
      'ipa',
      'p:PP b:PP m:PP f:FF v:FF θ:TH ð:TH t:DD d:DD n:nn l:nn k:kk ɡ:kk h:kk ʃ:CH tʃ:CH s:SS z:SS ɹ:RR',
    ],
    ['ipa', 'a:aa ɑ:aa æ:aa ʌ:aa ə:E ɛ:E ɪ:ih i:ih ɔ:oh o:oh ø:oh u:ou ʊ:ou y:ou w:ou j:ih ŋ:nn r:RR'],
    ['arpabet', 'p:PP b:PP m:PP f:FF v:FF th:TH dh:TH t:DD dx:DD n:nn l:nn k:kk hh:kk ch:CH zh:CH s:SS r:RR'],
    ['arpabet', 'aa:aa ae:aa ah:aa ax:E eh:E ih:ih iy:ih ao:oh uw:ou uh:ou w:ou y:ih er:RR pau:sil'],
    ['festival-czech', 'p:PP m:PP f:FF v:FF t~:DD n~:nn ch:kk h:kk c~:CH s~:CH r~:CH s:SS r:RR #:sil'],
    ['festival-czech', 'a:aa a::aa e:E i::ih o:oh u::ou j:ih'],
    ['festival-italian', 'b:PP v:FF nf:FF t:DD J:nn L:nn g:kk tS:CH S:CH z:SS r:RR #:sil'],
    ['festival-italian', 'a1:aa E1:E e:E i1:ih O1:oh o:oh u1:ou w:ou j:ih'],
  ];
  for (const [set, pairs] of expected) {
    test(`of ${set} stand for the visemes they should: ${pairs}`, () => {
      for (const pair of pairs.split(' ')) {
        const [symbol, viseme] = [
          pair.slice(0, pair.lastIndexOf(':')),
          pair.slice(pair.lastIndexOf(':') + 1),
        ];
        expect(visemesOf(symbol, set), symbol).toEqual([viseme]);
      }
    });
  }

  test('diphthongs and affricates with two looks share their time equally', () => {
    const segments = segmentsOf([[200, 300, 'ay']], 'arpabet');
    expect(segments.map(({ start, end, phone }) => [start, end, phone.viseme])).toEqual([
      [0.2, 0.25, 'aa'],
      [0.25, 0.3, 'ih'],
    ]);
    expect(visemesOf('c', 'festival-czech')).toEqual(['DD', 'SS']);
  });

  test('stress, length and palatalisation change nothing; a mark alone lengthens the phone before', () => {
    expect(visemesOf('ˈaː', 'ipa')).toEqual(['aa']);
    expect(visemesOf('pʲ', 'ipa')).toEqual(['PP']);
    const phones: Phone[] = [
      [0, 100, 'a'],
      [100, 180, 'ː'],
    ];
    expect(segmentsOf(phones, 'ipa').map(({ start, end }) => [start, end])).toEqual([[0, 0.18]]);
  });

  test('an unknown symbol is an error that names it', () => {
    expect(() => segmentsOf([[40, 90, 'zzz']], 'arpabet')).toThrow(/"zzz" at 40 ms/);
  });
});

describe('labels', () => {
  const named = (phones: readonly Phone[], count: number): string[] =>
    Array.from(labelsOf(segmentsOf(phones, 'ipa'), count).visemes, (viseme) => VISEMES[viseme]!);

  test('begin with the frame at or after the start of a phone and end before its end', () => {
    const phones: Phone[] = [
      [100, 160, 'p'],
      [160, 230, 'a'],
    ];
    expect(named(phones, 14)).toEqual([
      ...Array(5).fill('sil'),
      ...Array(3).fill('PP'),
      ...Array(4).fill('aa'),
      'sil',
      'sil',
    ]);
  });

  test('have silence in gaps', () => {
    const phones: Phone[] = [
      [0, 40, 's'],
      [100, 140, 's'],
    ];
    expect(named(phones, 7)).toEqual(['SS', 'SS', 'sil', 'sil', 'sil', 'SS', 'SS']);
  });

  test('blend targets by dominance as the formula says', () => {
    // "apa": at 60 ms the first vowel is in its core (25 to 75 ms); p's core begins at 125 ms, the second vowel's at
    // 225 ms, that of the pause after it at 350 ms.
    const phones: Phone[] = [
      [0, 100, 'a'],
      [100, 200, 'p'],
      [200, 300, 'a'],
    ];
    const { aperture } = labelsOf(segmentsOf(phones, 'ipa'), 25);
    const own = 1;
    const p = 2.02 * Math.exp(-33 * (0.125 - 0.06));
    const second = Math.exp(-16.5 * (0.225 - 0.06));
    const pause = 0.21 * Math.exp(-18 * (0.35 - 0.06));
    const expected = (own + second + 0.03 * pause) / (own + p + second + pause);
    expect(aperture[3]).toBeCloseTo(expected, 9);
    // In the middle of p both vowels are 75 ms away.
    expect(aperture[7]).toBeCloseTo(
      (Math.exp(-16.5 * 0.065) + Math.exp(-16.5 * 0.085)) /
        (2.02 + Math.exp(-16.5 * 0.065) + Math.exp(-16.5 * 0.085)),
      1,
    );
  });

  test('are closed for p, wide for i, narrow for u, and at rest in silence', () => {
    const middle = (symbol: string) => labelsOf(segmentsOf([[400, 700, symbol]], 'ipa'), 60);
    expect(middle('p').aperture[27]).toBeLessThan(0.02);
    expect(middle('i').width[27]).toBeGreaterThan(0.5);
    expect(middle('u').width[27]).toBeLessThan(-0.5);
    expect(middle('a').aperture[2]).toBeLessThan(0.06);
  });

  test('of a viseme are the mean of its classes', () => {
    expect(visemeTargets('PP').aperture).toBeLessThan(0.05);
    expect(visemeTargets('aa').aperture).toBeGreaterThan(0.75);
    expect(visemeTargets('ou').width).toBeLessThan(-0.3);
  });
});
