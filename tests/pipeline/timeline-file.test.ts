import { describe, expect, test } from 'vitest';
import { readSpeech, readTimeline, trackMotion } from '../../src/index.ts';
import { speechFixture } from '../fixtures/speech.ts';

const read = (text: string) => readTimeline(new TextEncoder().encode(text));

describe('a timeline', () => {
  test('is read, and changes the movement from its times on', async () => {
    const controls = await read(
      '[{ "time": 2, "gaze": { "theta": 12, "phi": 0 }, "emotion": { "happy": 0.5 } }]',
    );
    const { sound } = speechFixture();
    const plain = await trackMotion(readSpeech(sound), { still: true });
    const steered = await trackMotion(readSpeech(sound), { still: true, controls });
    expect(steered.frames.slice(0, 50)).toEqual(plain.frames.slice(0, 50));
    expect(steered.frames[51]).not.toEqual(plain.frames[51]);
  });

  test.each([
    ['[\n {"time": 0},\n {"time": 1, "emotion": {"happy": 3}}\n]', 'entry 2 (line 3): emotion.happy: '],
    ['[{"time": 0}, {"gaze": null}]', 'entry 2 (line 1): time: '],
    ['[\n\n{"time": 0,\n "gaze": {"theta": "left", "phi": [1]}}]', 'entry 1 (line 3): gaze.theta: '],
    ['[7]', 'entry 1 (line 1): '],
    ['{"time": 1}', 'must be a JSON array'],
    ['[\n {"time": 0 "mouth": 1}\n]', '(line 2, column 13)'],
    ['{', 'is no JSON'],
  ])('%j is refused with its place', async (text, place) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'TIMELINE_INVALID',
      message: expect.stringContaining(place),
    });
  });
});
