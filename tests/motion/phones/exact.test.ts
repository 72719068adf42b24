/** The text-known path through the motion stage: exact, not likely. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measureLips } from '../../../eval/lips/lip-measures.ts';
import {
  BLENDSHAPE_INDEX,
  type MotionFrame,
  type PhoneTrack,
  type SpeechFrame,
  seconds,
} from '../../../src/core/index.ts';
import { correlation } from '../../../src/motion/amplitudes.ts';
import { createMotion, knowSpeech, lipsClosed, type MotionStageOptions } from '../../../src/motion/index.ts';
import '../../../src/platform/node/use.ts';
import { spoken, track } from '../speech.ts';

async function move(
  phones: PhoneTrack,
  options: MotionStageOptions = {},
  heard?: (index: number) => SpeechFrame,
): Promise<MotionFrame[]> {
  const known = await knowSpeech(phones);
  const end = known.end + 0.3;
  const frames = Array.from({ length: Math.ceil(end * 50) }, (_, index) =>
    known.frame(seconds(index / 50), heard?.(index)),
  );
  const motion = createMotion({ still: true, blink: 0, known, ...options });
  return [...motion.push(frames), ...motion.flush(seconds(end))];
}
const opening = ({ weights }: MotionFrame): number =>
  weights[BLENDSHAPE_INDEX.jawOpen] - weights[BLENDSHAPE_INDEX.mouthClose];

/** Sentences of random syllables, of which every third or so begins with p, b or m; times in whole milliseconds. */
function babble(seed: number): PhoneTrack {
  let state = seed;
  const chance = (count: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * count);
  };
  const phones: [string, number][] = [['', 300]];
  for (let syllable = 0; syllable < 80; syllable++) {
    phones.push(['pbmtdksʃnlf'[chance(11)], 41 + chance(70)], ['aeiouɛɔə'[chance(8)], 51 + chance(160)]);
    if (chance(9) === 0) phones.push(['', 200 + chance(400)]);
  }
  return track('ipa', ...phones);
}

describe('phones that are known', () => {
  const fixture: [number, number, string][] = JSON.parse(
    readFileSync(new URL('../../fixtures/phones/english.json', import.meta.url), 'utf8'),
  );
  const phones: PhoneTrack = {
    notation: 'ipa',
    phones: fixture.map(([start, end, symbol]) => ({
      start: seconds(start / 1000),
      end: seconds(end / 1000),
      symbol,
    })),
  };

  test('of a synthesiser: every p, b, m closes the lips, and no vowel does', async () => {
    for (const fps of [12, 23.976, 25, 30, 60]) {
      for (const lookAhead of [0.08, 0.3]) {
        const measures = measureLips(await move(phones, { fps, lookAhead }), fps, fixture);
        expect(measures.bilabials).toBeGreaterThan(20);
        expect(measures.missed).toEqual([]);
        expect(measures.falseClosure).toBe(0);
        expect(measures.silenceClosed).toBe(1);
      }
    }
  });

  test('the lips are closed exactly as long as the phone lasts: no frame within 1 ms of its ends errs', async () => {
    for (const seed of [1, 2, 3]) {
      const sentence = babble(seed);
      const fps = 60;
      const frames = await move(sentence, { fps });
      let contacts = 0;
      for (const { start, end, symbol } of sentence.phones) {
        if (!'pbm'.includes(symbol ?? 'x') || symbol === '') continue;
        contacts++;
        for (const frame of frames) {
          if (frame.time > start + 0.001 && frame.time < end - 0.001) expect(lipsClosed(frame)).toBe(true);
        }
      }
      expect(contacts).toBeGreaterThan(10);
      const phoneAt = (time: number) =>
        sentence.phones.find(({ start, end }) => time >= start && time < end)?.symbol;
      for (const frame of frames) {
        const before = phoneAt(frame.time - 0.009) ?? '';
        const after = phoneAt(frame.time + 0.009) ?? '';
        if (before === after && 'aeɛɔ'.includes(before) && before !== '')
          expect(lipsClosed(frame)).toBe(false);
      }
    }
  });

  test('the opening is in time with the phones to 10 ms', async () => {
    const sentence = babble(4);
    const known = await knowSpeech(sentence);
    for (const lookAhead of [0.08, 0.3]) {
      const openings = (await move(sentence, { fps: 50, lookAhead })).map(opening);
      /** Likeness of the mouth with the phones `lag` seconds before. */
      const likeness = (lag: number): number => {
        const shown: number[] = [];
        const asked: number[] = [];
        openings.forEach((value, index) => {
          const frame = known.frame(seconds(Math.max(0, index / 50 - lag)));
          if (known.frame(seconds(index / 50)).speech < 1) return;
          shown.push(value);
          asked.push(frame.aperture);
        });
        return correlation(shown, asked);
      };
      const lags = Array.from({ length: 41 }, (_, index) => (index - 20) * 0.003);
      const best = lags.reduce((a, b) => (likeness(b) > likeness(a) ? b : a));
      expect(likeness(best)).toBeGreaterThan(0.85);
      expect(Math.abs(best)).toBeLessThanOrEqual(0.0101);
    }
  });

  test('a contact of 12 ms, and a word of 90 ms, are shown', async () => {
    for (let start = 200; start < 240; start += 5) {
      const short = await move(track('ipa', ['a', start], ['p', 12], ['a', 300]));
      expect(short.slice(3, -12).filter(lipsClosed).length).toBeGreaterThanOrEqual(1);
      const word = await move(track('ipa', ['', start], ['a', 90], ['', 400]));
      expect(Math.max(...word.map(opening))).toBeGreaterThan(0.15);
    }
  });

  test('a weak voice opens the mouth less, but closes it as well', async () => {
    const sentence = track('ipa', ['', 200], ['a', 200], ['m', 80], ['a', 200], ['', 200]);
    const at = async (loudness: number) =>
      move(sentence, { fps: 50 }, (index) => spoken(index, 'E', { loudness }));
    const [loud, weak] = [await at(0.8), await at(0.1)];
    expect(opening(weak[15])).toBeLessThan(0.7 * opening(loud[15]));
    expect(lipsClosed(weak[22])).toBe(true);
  });

  test('where nobody knows what is spoken, hearing decides', async () => {
    const sentence = track('ipa', ['a', 400], [null, 400], ['a', 400]);
    const heard = (index: number) => spoken(index, index >= 28 && index < 32 ? 'PP' : 'aa');
    const frames = await move(sentence, { fps: 50 }, heard);
    expect(lipsClosed(frames[29])).toBe(true);
    expect(lipsClosed(frames[24])).toBe(false);
    expect(lipsClosed(frames[45])).toBe(false);
  });
});
