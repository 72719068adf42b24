/** The text-known path from the file of phones to the motion. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  type MotionFrame,
  type PhoneTrack,
  readPhones,
  readSpeech,
  seconds,
  trackMotion,
  trackPhones,
} from '../../src/index.ts';
import { lipsClosed } from '../../src/motion/index.ts';
import { speechFixture } from '../fixtures/speech.ts';

const { sound, phones: spans } = speechFixture();
const phones: PhoneTrack = {
  notation: 'ipa',
  phones: spans.map(({ start, end, phone }) => ({ start: seconds(start), end: seconds(end), symbol: phone })),
};
const bilabials = spans.filter(({ phone }) => /^[pbm]/.test(phone));
const closedIn = (frames: readonly MotionFrame[], fps: number) =>
  bilabials.filter(({ start, end }) =>
    frames.some(
      (frame) => frame.time > start - 0.5 / fps && frame.time < end + 0.5 / fps && lipsClosed(frame),
    ),
  ).length;

describe('a recording whose phones are known', () => {
  test('closes the lips for every p, b, m, and opens the mouth as loudly as it is spoken', async () => {
    const heard = await trackMotion(readSpeech(sound), { still: true });
    const known = await trackMotion(readSpeech(sound), { still: true, phones });
    expect(known.frames.length).toBe(heard.frames.length);
    expect(bilabials.length).toBeGreaterThan(20);
    expect(closedIn(known.frames, 25)).toBe(bilabials.length);
    expect(new Set(known.speech.map(({ loudness }) => loudness.toFixed(2))).size).toBeGreaterThan(20);
  });

  test('moves without any sound, to the end of the last phone', async () => {
    const { frames, speech, fps } = await trackPhones(phones, { fps: 30, still: true });
    const end = spans.at(-1)!.end;
    expect(fps).toBe(30);
    expect(frames.length).toBe(Math.round(end * 30));
    expect(speech.length).toBe(Math.ceil(end * 50));
    expect(closedIn(frames, 30)).toBe(bilabials.length);
    expect(Math.max(...frames.map(({ weights }) => weights[BLENDSHAPE_INDEX.jawOpen]))).toBeGreaterThan(0.4);
  });
});

describe('a file of phones', () => {
  const grid =
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n0.4\n<exists>\n1\n"IntervalTier"\n"phones"\n0\n0.4\n2\n0\n0.1\n""\n0.1\n0.4\n"ʃ"\n';
  const utf16 = (bigEndian: boolean): Uint8Array => {
    const bytes = new Uint8Array(2 * (grid.length + 1));
    const view = new DataView(bytes.buffer);
    [...`\uFEFF${grid}`].forEach((character, index) => {
      view.setUint16(2 * index, character.charCodeAt(0), !bigEndian);
    });
    return bytes;
  };
  let expected: PhoneTrack;
  beforeAll(async () => {
    expected = await readPhones(new TextEncoder().encode(grid));
  });

  test('is read in UTF-8 and, with its mark, in UTF-16', async () => {
    expect(expected.phones).toEqual([
      { start: 0, end: 0.1, symbol: '' },
      { start: 0.1, end: 0.4, symbol: 'ʃ' },
    ]);
    for (const bigEndian of [false, true]) expect(await readPhones(utf16(bigEndian))).toEqual(expected);
  });

  test('that is none is refused by name', async () => {
    await expect(readPhones(sound)).rejects.toMatchObject({
      code: 'PHONES_INVALID',
      message: expect.stringContaining('english.wav'),
    });
    await expect(readPhones('no-such-file.json')).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
