/** Speech frames made by code. */
import {
  type MotionFrame,
  type PhoneNotation,
  type PhoneTrack,
  type SpeechFrame,
  seconds,
  VISEMES,
  type Viseme,
} from '../../src/core/index.ts';

/** A speech frame of one certain viseme. */
export function spoken(index: number, viseme: Viseme, values: Partial<SpeechFrame> = {}): SpeechFrame {
  const visemes = new Float32Array(VISEMES.length);
  visemes[VISEMES.indexOf(viseme)] = 1;
  const silent = viseme === 'sil';
  return {
    time: seconds(index / 50),
    visemes,
    aperture: { sil: 0.03, PP: 0.05, aa: 0.9, E: 0.6, oh: 0.6, ou: 0.3 }[viseme as string] ?? 0.25,
    width: 0,
    rounding: viseme === 'ou' || viseme === 'oh' ? 0.8 : 0,
    loudness: silent ? 0 : 0.75,
    speech: silent ? 0 : 1,
    pitch: silent ? 0 : 120,
    voicing: silent ? 0 : 1,
    events: [],
    ...values,
  };
}

/** Frames of the given visemes, each so many frames (20 ms) long. */
export function utter(...parts: readonly (readonly [Viseme, number])[]): SpeechFrame[] {
  const frames: SpeechFrame[] = [];
  for (const [viseme, count] of parts) {
    for (let index = 0; index < count; index++) frames.push(spoken(frames.length, viseme));
  }
  return frames;
}

/** Syllables with stresses and pauses, so many seconds long. */
export function chatter(length: number): SpeechFrame[] {
  return Array.from({ length: length * 50 }, (_, index) => {
    const time = index / 50;
    if (time % 4.1 > 3.2) return spoken(index, 'sil');
    const phase = (index % 11) / 11;
    const stress = Math.floor(index / 11) % 4 === 0 ? 1 : 0.55;
    if (phase < 0.2) return spoken(index, 'PP');
    return spoken(index, phase < 0.6 ? 'aa' : 'E', {
      loudness: stress * Math.sin(Math.PI * phase),
      aperture: 0.3 + 0.5 * stress * Math.sin(Math.PI * phase),
    });
  });
}

/** Every number of a frame. */
export function numbers(frame: MotionFrame): number[] {
  return [
    frame.time,
    ...frame.weights,
    ...Object.values(frame.head),
    frame.gaze.yaw,
    frame.gaze.pitch,
    frame.tongueUp,
    frame.breath,
    frame.sway,
  ];
}

/** Phones one after the other: symbol and length in milliseconds. */
export function track(
  notation: PhoneNotation,
  ...phones: readonly (readonly [symbol: string | null, length: number])[]
): PhoneTrack {
  let end = 0;
  return {
    notation,
    phones: phones.map(([symbol, length]) => {
      const start = end;
      end += length / 1000;
      return { start: seconds(start), end: seconds(end), symbol };
    }),
  };
}

/**
 * Speech as people speak it, so many seconds long: phrases of one to six seconds, pauses, stresses and melody, none of
 * them with a period. It reports stresses as the hearing does, 0.16 s late.
 */
export function discourse(length: number, seed = 1): SpeechFrame[] {
  let state = seed >>> 0;
  const random = (low: number, high: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return low + ((high - low) * state) / 0x1_0000_0000;
  };
  const frames: SpeechFrame[] = [];
  const events = new Map<number, SpeechFrame['events']>();
  while (frames.length < length * 50) {
    const end = frames.length + Math.round(random(50, 300));
    while (frames.length < end) {
      const syllable = Math.round(random(6, 15));
      const strength = random(0, 1) < 0.3 ? random(0.05, 1) : 0;
      const peak = frames.length + Math.round(syllable / 2);
      if (strength > 0) events.set(peak + 8, [{ kind: 'stress', time: seconds(peak / 50), strength }]);
      const pitch = 120 * 2 ** (random(-2, 2 + 4 * strength) / 12);
      for (let part = 0; part < syllable; part++) {
        const swell = Math.sin((Math.PI * (part + 0.5)) / syllable);
        frames.push(
          spoken(frames.length, part < 2 ? 'PP' : 'aa', {
            loudness: (0.5 + 0.4 * strength) * swell,
            aperture: (0.3 + 0.4 * strength) * swell,
            pitch,
          }),
        );
      }
    }
    for (let rest = Math.round(random(12, 60)); rest > 0; rest--) frames.push(spoken(frames.length, 'sil'));
  }
  return frames.slice(0, length * 50).map((frame, step) => ({ ...frame, events: events.get(step) ?? [] }));
}
