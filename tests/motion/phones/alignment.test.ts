import { describe, expect, test } from 'vitest';
import { seconds, VISEMES } from '../../../src/core/index.ts';
import { toTalkingHead } from '../../../src/motion/index.ts';
import { knowSpeech, parsePhones } from '../../../src/motion/phones/index.ts';
import '../../../src/platform/node/use.ts';
import { utter } from '../speech.ts';

const PEA = [
  { start: 0, end: 0.1, symbol: '' },
  { start: 0.1, end: 0.18, symbol: 'p' },
  { start: 0.18, end: 0.4, symbol: 'iː' },
];
const read = async (text: string) => (await parsePhones(text)).phones;
const refused = (text: string) =>
  expect(parsePhones(text)).rejects.toMatchObject({ code: 'PHONES_INVALID', exitCode: 3 });

describe('JSON', () => {
  test("Loquent's own says notation and language", async () => {
    const phones = PEA.map(({ start, end, symbol }) => ({ start, end, phone: symbol }));
    expect(await parsePhones(JSON.stringify({ notation: 'ipa', language: 'en', phones }))).toEqual({
      notation: 'ipa',
      language: 'en',
      phones: PEA,
    });
  });

  test('of the Montreal Forced Aligner: the tier of phones, with unknown stretches', async () => {
    const entries = [...PEA.map(({ start, end, symbol }) => [start, end, symbol]), [0.4, 0.9, 'spn']];
    const document = { tiers: { words: { entries: [[0.1, 0.4, 'pea']] }, phones: { entries } } };
    expect(await read(JSON.stringify(document))).toEqual([...PEA, { start: 0.4, end: 0.9, symbol: null }]);
  });

  test('of Gentle: durations add up within a word, positions are cut off, words without a time are left out', async () => {
    const track = await parsePhones(
      JSON.stringify({
        words: [
          { word: 'xyz', case: 'not-found-in-audio' },
          {
            word: 'pea',
            start: 0.1,
            phones: [
              { phone: 'p_B', duration: 0.08 },
              { phone: 'iy_E', duration: 0.22 },
            ],
          },
        ],
      }),
    );
    expect(track.notation).toBe('arpabet');
    expect(track.phones[0]).toEqual({ start: 0.1, end: 0.18, symbol: 'p' });
    expect(track.phones[1].symbol).toBe('iy');
    expect(track.phones[1].end).toBeCloseTo(0.4, 9);
  });

  test('lines of speech marks: milliseconds, each until the next', async () => {
    const track = await parsePhones(
      [
        '{"time":0,"type":"sentence","start":0,"end":3,"value":"Pea"}',
        '{"time":100,"type":"viseme","value":"p"}',
        '{"time":180,"type":"viseme","value":"i"}',
        '{"time":400,"type":"viseme","value":"sil"}',
      ].join('\n'),
    );
    expect(track).toEqual({
      notation: 'xsampa',
      language: undefined,
      phones: [
        { start: 0.1, end: 0.18, symbol: 'p' },
        { start: 0.18, end: 0.4, symbol: 'i' },
        { start: 0.4, end: 0.5, symbol: '' },
      ],
    });
  });
});

describe('lists of visemes', () => {
  test('of Azure: numbers, in steps of 100 ns, each until the next', async () => {
    const events = [
      { audioOffset: 500_000, visemeId: 0 },
      { audioOffset: 1_000_000, visemeId: 21 },
      { audioOffset: 1_800_000, visemeId: 6 },
      { audioOffset: 4_000_000, visemeId: 0 },
    ];
    const { phones, notation } = await parsePhones(JSON.stringify(events));
    expect(notation).toBe('ipa');
    expect(phones).toEqual([
      { start: 0.05, end: 0.1, symbol: '' },
      { start: 0.1, end: 0.18, symbol: 'p' },
      { start: 0.18, end: 0.4, symbol: 'i' },
      { start: 0.4, end: 0.5, symbol: '' },
    ]);
    await refused(JSON.stringify([{ audioOffset: 0, visemeId: 22 }]));
  });

  test('of TalkingHead: what we write ourselves is read back', async () => {
    const heard = utter(['sil', 10], ['PP', 4], ['ih', 10], ['oh', 8], ['sil', 20], ['FF', 6], ['ou', 8]);
    const { phones } = await parsePhones(toTalkingHead(heard, seconds(heard.length / 50)));
    expect(phones.map(({ symbol }) => symbol)).toEqual(['p', 'ɪ', 'ɔ', 'f', 'u']);
    expect(phones[0]).toEqual({ start: 0.19, end: 0.27, symbol: 'p' });
    await refused('{"visemes":["QQ"],"vtimes":[1],"vdurations":[1]}');
    await refused('{"visemes":["PP"],"vtimes":[1]}');
  });

  test('every name and number stands for a sound that looks so', async () => {
    const named = 'PP FF TH DD kk CH SS nn RR aa E I O U'.split(' ');
    const timeline = {
      visemes: named,
      vtimes: named.map((_, at) => 100 * at),
      vdurations: named.map(() => 100),
    };
    const known = await knowSpeech(await parsePhones(JSON.stringify(timeline)));
    const shown = named.map((_, at) => {
      const { visemes } = known.frame(seconds(0.05 + 0.1 * at));
      return VISEMES[visemes.indexOf(Math.max(...visemes))];
    });
    expect(shown).toEqual(VISEMES.slice(1));
    const events = Array.from({ length: 22 }, (_, visemeId) => ({ audioOffset: visemeId * 1e6, visemeId }));
    await knowSpeech(await parsePhones(JSON.stringify(events)));
  });
});

describe('Praat TextGrid', () => {
  const long = `File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 0.4
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "TextTier"
        name = "bells ""and"" [2] whistles"
        xmin = 0
        xmax = 0.4
        points: size = 1
        points [1]:
            number = 0.2
            mark = "x"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 0.4
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.1
            text = ""
        intervals [2]:
            xmin = 0.1
            xmax = 0.2
            text = "one 1"
        intervals [3]:
            xmin = 0.2
            xmax = 0.3
            text = "two"
        intervals [4]:
            xmin = 0.3
            xmax = 0.4
            text = "three"
    item [3]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 0.4
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.1
            text = "sil"
        intervals [2]:
            xmin = 0.1
            xmax = 0.18
            text = "p"
        intervals [3]:
            xmin = 0.18
            xmax = 0.4
            text = "iː"
`;
  const short = `File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n0.4\n<exists>\n1\n"IntervalTier"\n"MAU"\n0\n0.4\n3\n0\n0.1\n"<p:>"\n0.1\n0.18\n"p"\n0.18\n0.4\n"iː"\n`;

  test('in the long format: the tier that is named after phones', async () => {
    expect(await read(long)).toEqual(PEA);
  });
  test('in the short format', async () => {
    expect(await read(short)).toEqual(PEA);
  });
  test('without a telling name: the tier with the most intervals', async () => {
    expect((await read(long.replace('"phones"', '"x"').replaceAll('one 1', 'p'))).length).toBe(4);
  });
  test('cut short: refused', async () => {
    await refused(long.slice(0, -60));
    await refused(short.replace('"TextGrid"', '"Pitch"'));
  });
});

describe('tables', () => {
  test('start, end, phone, by tabs, commas or blanks', async () => {
    expect(await read('0\t0.1\t\n0.1\t0.18\tp\n0.18\t0.4\tiː\n')).toEqual(PEA);
    expect(await read('# a comment\n0 0.1 sil\r\n0.1 0.18 p\r\n0.18 0.4 iː\r\n')).toEqual(PEA);
    expect(
      await read(
        'Begin,End,Label,Type,Speaker\n0.1,0.4,pea,words,a\n0,0.1,sil,phones,a\n0.1,0.18,p,phones,a\n0.18,0.4,iː,phones,a\n',
      ),
    ).toEqual(PEA);
  });
  test('start and phone, as Rhubarb writes cues: the last line says the end', async () => {
    expect(await read('0.00\tsil\n0.10\tp\n0.18\tiː\n0.40\tX\n')).toEqual(PEA);
  });
  test("Festival's labels", async () => {
    expect(await read('separator ;\nnfields 1\n#\n0.1 125 pau\n0.18 125 p\n0.4 125 iː\n')).toEqual(PEA);
  });
  test("MBROLA's pho: lengths in milliseconds, X-SAMPA", async () => {
    const track = await parsePhones('; pea\n_ 100\np 80\ni: 220 0 120 50 110\n');
    expect(track.notation).toBe('xsampa');
    expect(track.phones.map(({ symbol }) => symbol)).toEqual(['', 'p', 'i:']);
    expect(track.phones[2].end).toBeCloseTo(0.4, 9);
  });
  test('a time that is none is named with its line', async () => {
    await expect(parsePhones('0 0.1 p\nzero 0.2 a\n')).rejects.toMatchObject({
      message: expect.stringContaining('"zero" in place of a time in line 2'),
    });
  });
});

describe('the notation', () => {
  const notation = async (...symbols: string[]) =>
    (await parsePhones(symbols.map((symbol, index) => `${index} ${index + 1} ${symbol}`).join('\n')))
      .notation;

  test('is known by the symbols', async () => {
    expect(await notation('HH', 'AH0', 'L', 'OW1')).toBe('arpabet');
    expect(await notation('hh', 'ax', 'l', 'ow')).toBe('arpabet');
    expect(await notation('h', 'ə', 'l', 'oʊ')).toBe('ipa');
    expect(await notation('p', 'a', 't', 'o')).toBe('ipa');
    expect(await notation('h', '@', 'l', '@U')).toBe('xsampa');
    expect(await notation('{', 'p', '@', 'l')).toBe('xsampa');
  });
});

test('files that hold no phones are refused', async () => {
  for (const text of [
    '',
    '  \n',
    '{}',
    '[]',
    '{"phones":[{"start":1}]}',
    '{"phones":3}',
    '{"phones":[',
    'hello',
  ])
    await refused(text);
  await refused('{"notation":"klingon","phones":[{"start":0,"end":1,"phone":"a"}]}');
});
