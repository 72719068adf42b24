import { beforeAll, describe, expect, test } from 'vitest';
import { createSpeechAnalyser, SPEECH_FRAME_RATE, type SpeechAnalyser } from '../../src/audio/index.ts';
import { HEARING_PROFILES, type SpeechFrame, seconds, VISEMES } from '../../src/core/index.ts';
import '../../src/platform/node/use.ts';
import { babble, hear, lehmer, phoneFixture, tones, whiteNoise } from './signals.ts';

const RATE = 16_000;
let analyser: SpeechAnalyser;
beforeAll(async () => {
  analyser = await createSpeechAnalyser();
});

const { signal: recording, phones } = phoneFixture();
const opening = (frame: SpeechFrame): number => frame.aperture * frame.speech;
const share = (frames: readonly SpeechFrame[], holds: (frame: SpeechFrame) => boolean): number =>
  frames.filter(holds).length / Math.max(1, frames.length);

describe('frames', () => {
  for (const length of [0, 1, 2, 319, 320, 321, 12_345, 16_000]) {
    test(`come out one for every started 20 ms of ${length} samples`, () => {
      const frames = hear(analyser, babble(length), 640);
      expect(frames.length).toBe(Math.ceil(length / 320));
      frames.forEach((frame, index) => {
        expect(frame.time).toBeCloseTo(index / SPEECH_FRAME_RATE, 9);
      });
    });
  }

  test.each(HEARING_PROFILES)(
    'are the same to the last bit whatever the chunks, %s profile',
    async (profile) => {
      const streaming = await createSpeechAnalyser({ profile });
      const signal = recording.subarray(0, 3 * RATE + 77);
      const whole = hear(streaming, signal);
      const random = lehmer(17);
      const odd = Array.from({ length: 50 }, () => 1 + Math.floor(random() * 1500));
      for (const lengths of [[640], [1, 2, 3, 5, 7], [333], odd]) {
        expect(hear(streaming, signal, ...lengths)).toEqual(whole);
      }
    },
  );

  for (const [profile, lookAhead] of [
    ['standard', 0.1125],
    ['low-latency', 0.0125],
    ['offline', 0.6125],
  ] as const) {
    test(`come out as soon as the look-ahead of the ${profile} profile is there, and not before`, async () => {
      const streaming = await createSpeechAnalyser({ profile });
      expect(streaming.lookAhead).toBeCloseTo(lookAhead, 9);
      let heard = 0;
      let emitted = 0;
      for (let turn = 0; turn < 400; turn++) {
        const { length } = streaming.push({
          samples: recording.subarray(heard, heard + 80),
          time: seconds(heard / RATE),
        });
        heard += 80;
        emitted += length;
        expect(emitted).toBe(Math.max(0, Math.floor((heard / RATE - lookAhead) * 50 + 1e-9) + 1));
      }
    });
  }

  test('begin to come out within 120 ms of sound in chunks of 40 ms', () => {
    const counts = [0, 640, 1280].map(
      (at) => analyser.push({ samples: recording.subarray(at, at + 640), time: seconds(at / RATE) }).length,
    );
    analyser.reset();
    expect(counts).toEqual([0, 0, 1]);
  });

  test('carry the media time of the first chunk', () => {
    const [first] = [...analyser.push({ samples: babble(8000), time: seconds(3) }), ...analyser.flush()];
    expect(first.time).toBe(3);
  });

  test('hold probabilities that add up to one and curves in their ranges', () => {
    for (const frame of hear(analyser, recording)) {
      expect(frame.visemes.length).toBe(VISEMES.length);
      expect(frame.visemes.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      for (const value of [
        frame.aperture,
        frame.rounding,
        frame.loudness,
        frame.speech,
        frame.voicing,
        (frame.width + 1) / 2,
      ]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
  });

  test('forget the stream before a reset', () => {
    const alone = hear(analyser, recording.subarray(0, RATE));
    analyser.push({ samples: whiteNoise(5000, 0.5), time: seconds(0) });
    analyser.reset();
    expect(hear(analyser, recording.subarray(0, RATE))).toEqual(alone);
  });

  test('refuse an unknown profile', async () => {
    await expect(createSpeechAnalyser({ profile: 'fast' as never })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });
});

describe('hostile input', () => {
  const spoil = (change: (sample: number, index: number) => number): Float32Array =>
    recording.subarray(0, 4 * RATE).map(change);
  const cases: readonly (readonly [string, Float32Array])[] = [
    [
      'NaN and infinity',
      spoil((s, i) => (i % 97 === 0 ? Number.NaN : i % 101 === 0 ? Number.NEGATIVE_INFINITY : s)),
    ],
    ['nothing but NaN', new Float32Array(RATE).fill(Number.NaN)],
    ['absurd amplitude', spoil((s) => s * 1e30)],
    ['hard clipping', spoil((s) => Math.sign(s))],
    ['subnormal numbers', new Float32Array(RATE).fill(1e-40)],
  ];
  for (const [name, signal] of cases) {
    test(`${name}: every number stays finite`, () => {
      for (const frame of hear(analyser, signal, 640)) {
        const values = [
          ...frame.visemes,
          frame.aperture,
          frame.width,
          frame.rounding,
          frame.loudness,
          frame.speech,
          frame.pitch,
          frame.voicing,
        ];
        expect(values.every(Number.isFinite)).toBe(true);
      }
    });
  }

  test('an offset changes almost nothing', () => {
    const signal = recording.subarray(0, 4 * RATE);
    const plain = hear(analyser, signal);
    const shifted = hear(
      analyser,
      signal.map((sample) => sample + 0.4),
    );
    const largest = Math.max(
      ...plain.map((frame, index) => Math.abs(opening(frame) - opening(shifted[index]))),
    );
    expect(largest).toBeLessThan(0.05);
  });
});

describe('level', () => {
  test('hardly matters: 40 dB weaker speech moves the mouth alike', () => {
    const loud = hear(analyser, recording);
    const weak = hear(
      analyser,
      recording.map((sample) => sample * 0.01),
    );
    const difference = loud.reduce(
      (sum, frame, index) => sum + Math.abs(opening(frame) - opening(weak[index])),
      0,
    );
    expect(difference / loud.length).toBeLessThan(0.03);
    expect(share(weak, (frame) => frame.speech > 0.5)).toBeGreaterThan(0.5);
  });

  test('loudness follows the speaker, not the recording', () => {
    const spoken = (frames: SpeechFrame[]): SpeechFrame[] => frames.filter((frame) => frame.speech > 0.5);
    const mean = (frames: SpeechFrame[]): number =>
      frames.reduce((sum, { loudness }) => sum + loudness, 0) / frames.length;
    const loud = mean(spoken(hear(analyser, recording)));
    const weak = mean(
      spoken(
        hear(
          analyser,
          recording.map((sample) => sample * 0.05),
        ),
      ),
    );
    expect(loud).toBeGreaterThan(0.4);
    expect(loud).toBeLessThan(0.95);
    expect(Math.abs(loud - weak)).toBeLessThan(0.06);
  });
});

describe('the speech gate', () => {
  const inSpeech = (time: number, margin: number): boolean =>
    phones.some(
      ([start, end, ipa]) => ipa !== '' && time * 1000 > start - margin && time * 1000 < end + margin,
    );

  test('opens for speech and closes in its pauses', () => {
    const frames = hear(analyser, recording);
    expect(
      share(
        frames.filter(({ time }) => inSpeech(time, 0)),
        ({ speech }) => speech > 0.5,
      ),
    ).toBeGreaterThan(0.95);
    expect(
      share(
        frames.filter(({ time }) => !inSpeech(time, 150)),
        ({ speech }) => speech === 0,
      ),
    ).toBeGreaterThan(0.95);
  });

  test('opens for speech in noise 15 dB below it', () => {
    const noise = whiteNoise(recording.length, 0.03);
    const frames = hear(
      analyser,
      recording.map((sample, index) => sample + noise[index]),
    );
    expect(
      share(
        frames.filter(({ time }) => inSpeech(time, 0)),
        ({ speech }) => speech > 0.5,
      ),
    ).toBeGreaterThan(0.9);
    expect(
      share(
        frames.filter(({ time }) => !inSpeech(time, 150)),
        ({ speech }) => speech < 0.5,
      ),
    ).toBeGreaterThan(0.9);
  });

  const quiet: readonly (readonly [string, Float32Array])[] = [
    ['digital silence', new Float32Array(3 * RATE)],
    ['an offset', new Float32Array(3 * RATE).fill(0.3)],
    ['weak white noise', whiteNoise(3 * RATE, 0.002)],
    ['loud white noise', whiteNoise(3 * RATE, 0.3)],
    ['mains hum', tones(3 * RATE, [50, 0.1], [150, 0.05], [250, 0.02])],
    ['a whistle', tones(3 * RATE, [1000, 0.2])],
  ];
  for (const [name, signal] of quiet) {
    test(`stays closed for ${name}`, () => {
      const frames = hear(analyser, signal, 640);
      expect(share(frames, (frame) => opening(frame) > 0.05)).toBe(0);
    });
  }

  test('closes within a second and a half for knocks, keys and hisses', () => {
    const signal = whiteNoise(8 * RATE, 0.001);
    const burst = whiteNoise(RATE, 0.3, 23);
    const random = lehmer(29);
    for (let at = RATE / 2; at < 7 * RATE; at += Math.floor(RATE * (0.12 + 0.3 * random()))) {
      const decay = RATE * (0.01 + 0.05 * random());
      burst.forEach((sample, index) => {
        signal[at + index] += sample * Math.exp(-index / decay);
      });
    }
    const late = hear(analyser, signal).slice(1.5 * SPEECH_FRAME_RATE);
    expect(share(late, (frame) => opening(frame) > 0.1)).toBeLessThan(0.02);
  });

  test('closes within two seconds for chords', () => {
    const chord = (root: number): Float32Array =>
      tones(RATE, [root, 0.08], [root * 1.26, 0.08], [root * 1.5, 0.08], [root * 2, 0.05], [root * 3, 0.03]);
    const music = new Float32Array(8 * RATE);
    [220, 262, 196, 330, 247, 220, 294, 262].forEach((root, bar) => {
      const fading = chord(root).map((sample, index) => sample * Math.exp(-index / RATE));
      music.set(fading, bar * RATE);
    });
    const late = hear(analyser, music).slice(2 * SPEECH_FRAME_RATE);
    expect(share(late, (frame) => opening(frame) > 0.15)).toBeLessThan(0.15);
  });
});
