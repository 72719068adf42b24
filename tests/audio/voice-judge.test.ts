import { describe, expect, test } from 'vitest';
import { VoiceJudge } from '../../src/audio/voice-judge.ts';
import { lehmer } from './signals.ts';

const speech = { voice: 4, repetition: 0.8, presence: 1 };
const music = { voice: -4, repetition: 0.8, presence: 1 };

/** Lets a judge hear so many frames; the pitch glides unless it is held. Returns the last log-odds. */
function listen(judge: VoiceJudge, frames: number, evidence: typeof speech, held = false): number {
  const random = lehmer(5);
  let logOdds = 0;
  for (let frame = 0; frame < frames; frame++) {
    logOdds = judge.push({ ...evidence, pitch: held ? 220 : 120 + 60 * random() });
  }
  return logOdds;
}

describe('the voice judge', () => {
  test('believes in a voice at first', () => {
    expect(listen(new VoiceJudge(), 1, { ...speech, voice: 0 })).toBeGreaterThan(0);
  });

  test('is sure of a voice and of music within half a second', () => {
    expect(listen(new VoiceJudge(), 25, speech)).toBeGreaterThan(1);
    expect(listen(new VoiceJudge(), 25, music)).toBeLessThan(-1);
  });

  test('changes its mind within a second and a half when the sound changes', () => {
    const judge = new VoiceJudge();
    listen(judge, 250, music);
    expect(listen(judge, 75, speech)).toBeGreaterThan(0);
    listen(judge, 250, speech);
    expect(listen(judge, 75, music)).toBeLessThan(0);
  });

  test('learns nothing from silence', () => {
    const judge = new VoiceJudge();
    const before = listen(judge, 100, speech);
    expect(listen(judge, 500, { ...music, presence: 0 })).toBeCloseTo(before, 9);
  });

  test('trusts a gliding pitch more than one that stands', () => {
    const unsure = { ...speech, voice: 0 };
    const glides = listen(new VoiceJudge(), 150, unsure);
    expect(listen(new VoiceJudge(), 150, unsure, true)).toBeLessThan(glides - 0.5);
  });

  test('is not carried away by a single frame', () => {
    const judge = new VoiceJudge();
    const before = listen(judge, 100, speech);
    expect(before - listen(judge, 1, { ...music, voice: -1000 })).toBeLessThan(1.5);
  });
});
