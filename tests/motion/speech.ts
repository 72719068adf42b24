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
