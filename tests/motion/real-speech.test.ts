/** Recordings of people, from the folder that `LOQUENT_TEST_MEDIA` names. There is no truth; the mouth must make sense. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { visibleOpening } from '../../eval/lips/lip-measures.ts';
import { moveTo } from '../../eval/lips/listen.ts';
import { readWav } from '../../eval/lips/wav.ts';
import { lipsClosed } from '../../src/motion/index.ts';

const folder = join(process.env['LOQUENT_TEST_MEDIA'] ?? '', 'speech');
const available = process.env['LOQUENT_TEST_MEDIA'] !== undefined && existsSync(folder);
if (!available) console.log('LOQUENT_TEST_MEDIA is not set: recordings of people are not tried.');

describe.runIf(available)('recordings of people', () => {
  const names = available ? readdirSync(folder).filter((name) => name.endsWith('.wav')) : [];
  // The others need decoding and resampling, which are not tested here.
  const plain = ['english-20s.wav', 'english-long.wav', 'radio-english.wav'];
  for (const name of names.filter((candidate) => plain.includes(candidate))) {
    test(`${name}: the mouth moves with the voice and rests with it`, async () => {
      const { samples } = readWav(join(folder, name));
      const { frames, speech } = await moveTo(samples, 25);
      const spoken = frames.filter((_, index) => (speech[2 * index]?.speech ?? 0) > 0.5);
      const openings = spoken.map(visibleOpening).sort((a, b) => a - b);
      const at = (share: number): number => openings[Math.floor(share * (openings.length - 1))];
      expect(spoken.length / frames.length).toBeGreaterThan(0.5);
      expect(at(0.5)).toBeGreaterThan(0.12);
      expect(at(0.95)).toBeGreaterThan(0.4);
      expect(at(1)).toBeLessThan(0.85);
      expect(spoken.filter(lipsClosed).length / spoken.length).toBeLessThan(0.25);
      const near = (index: number): boolean =>
        speech.slice(Math.max(0, 2 * index - 10), 2 * index + 11).some((frame) => frame.speech > 0.2);
      expect(frames.every((frame, index) => near(index) || lipsClosed(frame))).toBe(true);
    });
  }
});
