import { beforeAll, describe, expect, test } from 'vitest';
import { createSpeechAnalyser, type SpeechAnalyser } from '../../src/audio/index.ts';
import { PhraseFinder } from '../../src/audio/phrases.ts';
import { PitchTracker } from '../../src/audio/pitch.ts';
import { StressFinder } from '../../src/audio/stress.ts';
import { type SpeechEvent, type SpeechFrame, seconds } from '../../src/core/index.ts';
import '../../src/platform/node/use.ts';
import { hear, phoneFixture, tones, whiteNoise } from './signals.ts';

const RATE = 16_000;

/** Frequency and strength after every 20 ms of a signal, without the first 100 ms. */
function trackPitch(signal: Float32Array): { frequency: number; strength: number }[] {
  const tracker = new PitchTracker();
  const found: { frequency: number; strength: number }[] = [];
  signal.forEach((sample, index) => {
    tracker.push(sample);
    if (index % 320 !== 319) return;
    tracker.measure();
    found.push({ frequency: tracker.frequency, strength: tracker.strength });
  });
  return found.slice(5);
}

const harmonics = (hertz: number, first = 1): (readonly [number, number])[] =>
  Array.from({ length: 12 }, (_, index) => [(first + index) * hertz, 0.2 / (first + index)] as const).filter(
    ([partial]) => partial < 4000,
  );

describe('pitch', () => {
  test.each([62, 80, 110, 150, 220, 330, 440, 600, 780])(
    'of a buzz of %i Hz is right to a thousandth',
    (hertz) => {
      for (const { frequency, strength } of trackPitch(tones(RATE / 2, ...harmonics(hertz)))) {
        expect(Math.abs(frequency / hertz - 1)).toBeLessThan(0.001);
        expect(strength).toBeGreaterThan(0.9);
      }
    },
  );

  test('is found when its first partials are missing, as on a telephone', () => {
    for (const { frequency } of trackPitch(tones(RATE / 2, ...harmonics(120, 3)))) {
      expect(Math.abs(frequency / 120 - 1)).toBeLessThan(0.001);
    }
  });

  test('follows a glide over an octave', () => {
    let phase = 0;
    const glide = Float32Array.from({ length: RATE }, (_, index) => {
      phase += (100 * 2 ** (index / RATE)) / RATE;
      return 0.1 * (phase % 1) - 0.05;
    });
    trackPitch(glide).forEach(({ frequency }, index) => {
      // What is measured lies 20 ms back.
      const expected = 100 * 2 ** ((index + 6) / 50 - 0.02);
      expect(Math.abs(frequency / expected - 1)).toBeLessThan(0.02);
    });
  });

  test('is weak in noise', () => {
    const strengths = trackPitch(whiteNoise(4 * RATE, 0.5)).map(({ strength }) => strength);
    expect(strengths.filter((strength) => strength > 0.45).length / strengths.length).toBeLessThan(0.02);
  });
});

const times = (events: readonly SpeechEvent[], kind: SpeechEvent['kind']): number[] =>
  events.filter((event) => event.kind === kind).map(({ time }) => time);

describe('phrases', () => {
  /** Events of speech in the frames between the given pairs of frame numbers. */
  function phrases(count: number, ...spoken: readonly (readonly [number, number])[]): SpeechEvent[] {
    const finder = new PhraseFinder();
    const events: SpeechEvent[] = [];
    for (let frame = 0; frame < count; frame++) {
      const speech = spoken.some(([start, end]) => frame >= start && frame < end) ? 1 : 0;
      const event = finder.push(seconds(frame / 50), speech);
      if (event) events.push(event);
    }
    const last = finder.end(seconds((count - 1) / 50));
    return last ? [...events, last] : events;
  }

  test('begin and end where speech does, and a long silence is a pause', () => {
    expect(phrases(150, [10, 60], [100, 120])).toEqual([
      { kind: 'phrase-begin', time: 0.2 },
      { kind: 'phrase-end', time: 1.2 },
      { kind: 'pause', time: 1.78 },
      { kind: 'phrase-begin', time: 2 },
      { kind: 'phrase-end', time: 2.4 },
      { kind: 'pause', time: 2.98 },
    ]);
  });

  test('go on through the closure of a consonant', () => {
    expect(phrases(100, [10, 40], [49, 99]).map(({ kind }) => kind)).toEqual(['phrase-begin', 'phrase-end']);
  });

  test('do not begin with a click', () => {
    expect(phrases(100, [10, 13], [40, 43])).toEqual([]);
  });

  test('end with the stream', () => {
    expect(phrases(50, [10, 50])).toEqual([
      { kind: 'phrase-begin', time: 0.2 },
      { kind: 'phrase-end', time: 0.98 },
    ]);
  });
});

describe('stress', () => {
  /** Syllables of 200 ms; each has a level above the speaker's mean (dB) and a pitch (Hz). */
  function stresses(syllables: readonly (readonly [level: number, pitch: number])[]): SpeechEvent[] {
    const finder = new StressFinder();
    const events: SpeechEvent[] = [];
    for (let frame = 0; frame < 10 * syllables.length + 20; frame++) {
      const [level, pitch] = syllables[Math.floor(frame / 10)] ?? [-40, 0];
      const shape = Math.sin((Math.PI * ((frame % 10) + 0.5)) / 10);
      const event = finder.push({
        time: seconds(frame / 50),
        level: level - 15 * (1 - shape),
        voicing: shape > 0.4 ? 1 : 0,
        pitch: shape > 0.4 ? pitch : 0,
        speech: 1,
      });
      if (event) events.push(event);
    }
    return events;
  }
  const plain = [3, 120] as const;

  test('is on syllables that are louder and higher than their neighbours, at their loudest moment', () => {
    const events = stresses([plain, plain, plain, [7, 150], plain, plain, plain, [7, 150], plain]);
    expect(times(events, 'stress').map((time) => Math.floor(time * 5))).toEqual([3, 7]);
    for (const time of times(events, 'stress')) expect(Math.abs((time % 0.2) - 0.09)).toBeLessThan(0.021);
  });

  test('is stronger the more a syllable stands out', () => {
    const strength = (level: number, pitch: number): number => {
      const event = stresses([plain, plain, plain, plain, [level, pitch], plain]).find(
        ({ kind }) => kind === 'stress',
      );
      return event?.kind === 'stress' ? event.strength : 0;
    };
    expect(strength(3, 120)).toBe(0);
    expect(strength(6, 120)).toBeGreaterThan(0);
    expect(strength(9, 120)).toBeGreaterThan(strength(6, 120));
    expect(strength(6, 160)).toBeGreaterThan(strength(6, 120));
  });

  test('is nowhere in a monotone', () => {
    expect(stresses(Array.from({ length: 20 }, () => plain))).toEqual([]);
  });
});

describe('a recording', () => {
  const { signal, phones } = phoneFixture();
  const spoken = phones.filter(([, , ipa]) => ipa !== '');
  let analyser: SpeechAnalyser;
  let frames: SpeechFrame[];
  let events: SpeechEvent[];
  beforeAll(async () => {
    analyser = await createSpeechAnalyser();
    frames = hear(analyser, signal);
    events = frames.flatMap((frame) => frame.events);
  });

  test('has phrases that begin and end with its phones', () => {
    const begins = times(events, 'phrase-begin');
    const ends = times(events, 'phrase-end');
    expect(begins.length).toBe(ends.length);
    expect(Math.abs(begins[0] - spoken[0][0] / 1000)).toBeLessThan(0.12);
    expect(Math.abs(ends[ends.length - 1] - spoken[spoken.length - 1][1] / 1000)).toBeLessThan(0.2);
    begins.forEach((begin, index) => {
      expect(ends[index]).toBeGreaterThan(begin);
      if (index > 0) expect(begin).toBeGreaterThan(ends[index - 1]);
    });
  });

  test('reports every event within 0.3 s, in its place', () => {
    for (const { time, events: here } of frames) {
      for (const event of here) {
        expect(time - event.time).toBeGreaterThanOrEqual(0);
        expect(time - event.time).toBeLessThan(0.3);
      }
    }
  });

  test('is stressed once in a while, inside its phrases', () => {
    const stressed = times(events, 'stress');
    const length = spoken.reduce((sum, [start, end]) => sum + (end - start) / 1000, 0);
    expect(stressed.length / length).toBeGreaterThan(0.5);
    expect(stressed.length / length).toBeLessThan(3.5);
    for (const time of stressed) {
      expect(spoken.some(([start, end]) => time * 1000 > start - 60 && time * 1000 < end + 60)).toBe(true);
    }
  });

  test('has the pitch of its speaker in its vowels', () => {
    const vowels = frames.filter(({ time }) =>
      spoken.some(
        ([start, end, ipa]) =>
          /^[aɑæɐʌɔɒɛeiouəɪʊ]/.test(ipa) && time * 1000 > start + 20 && time * 1000 < end - 15,
      ),
    );
    const pitches = vowels.map(({ pitch }) => pitch).sort((a, b) => a - b);
    const median = pitches[Math.floor(pitches.length / 2)];
    expect(vowels.length).toBeGreaterThan(50);
    expect(median).toBeGreaterThan(60);
    const near = pitches.filter((pitch) => Math.abs(Math.log2(pitch / median)) < 0.75);
    expect(near.length / pitches.length).toBeGreaterThan(0.9);
  });
});
