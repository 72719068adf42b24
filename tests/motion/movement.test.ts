/** What moves besides the mouth: blinks, eyes, head, brows, breath, measured over minutes. */
import { describe, expect, test } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  ControlTrack,
  degrees,
  type MotionFrame,
  neutralMotion,
  type SpeechFrame,
  seconds,
} from '../../src/core/index.ts';
import { createMotion, LIVE_LOOK_AHEAD, type MotionStageOptions } from '../../src/motion/index.ts';
import { discourse, numbers, spoken } from './speech.ts';

const DEGREE = Math.PI / 180;
const AXES = ['yaw', 'pitch', 'roll'] as const;

function move(
  frames: readonly SpeechFrame[],
  options: MotionStageOptions = {},
  heard: readonly SpeechFrame[] = [],
): MotionFrame[] {
  const motion = createMotion(options);
  motion.hear(heard);
  return [...motion.push(frames), ...motion.flush(seconds(frames.length / 50))];
}
const silence = (length: number): SpeechFrame[] =>
  Array.from({ length: length * 50 }, (_, index) => spoken(index, 'sil'));
const weights = (frames: readonly MotionFrame[], name: keyof typeof BLENDSHAPE_INDEX): number[] =>
  frames.map((frame) => frame.weights[BLENDSHAPE_INDEX[name]]);
const angles = (frames: readonly MotionFrame[], axis: (typeof AXES)[number]): number[] =>
  frames.map(({ head }) => head[axis] / DEGREE);
/** What the eyes look at: their turn in the head and the head's own, degrees. */
const looks = (frames: readonly MotionFrame[]): number[] =>
  frames.map(
    ({ gaze, head }) => Math.hypot(gaze.yaw + 0.9 * head.yaw, gaze.pitch + 0.9 * head.pitch) / DEGREE,
  );
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};
/** How often `values` rise above `level`. */
const rises = (values: readonly number[], level: number): number[] =>
  values.flatMap((value, index) => (index > 0 && value > level && values[index - 1] <= level ? [index] : []));
/** Dips of the head by `depth` degrees and back within a second. */
const nods = (frames: readonly MotionFrame[], depth = 0.6): number => {
  const pitch = angles(frames, 'pitch');
  const least = (from: number, to: number) => Math.min(...pitch.slice(from, to));
  return pitch.filter(
    (value, index) =>
      index >= 8 &&
      value === Math.max(...pitch.slice(index - 6, index + 7)) &&
      value - least(index - 8, index) > depth &&
      value - least(index, index + 13) > depth,
  ).length;
};

const speech = discourse(600, 3);
const frames = move(speech);

describe('ten minutes', () => {
  test('hold no period: no lag from 2 s to 5 min correlates by 0.3', () => {
    for (const axis of AXES) {
      const values = angles(frames, axis);
      const middle = mean(values);
      const power = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
      let largest = 0;
      for (let lag = 50; lag <= 7500; lag += 5) {
        let sum = 0;
        for (let index = lag; index < values.length; index++) {
          sum += (values[index] - middle) * (values[index - lag] - middle);
        }
        largest = Math.max(largest, Math.abs(sum / power));
      }
      expect(largest).toBeLessThan(0.3);
      expect(largest).toBeGreaterThan(0);
    }
  });

  test('hold blinks without a metronome', () => {
    const starts = rises(weights(frames, 'eyeBlinkLeft'), 0.4).map((index) => index / 25);
    const distances = starts.slice(1).map((start, index) => start - starts[index]);
    expect(starts.length).toBeGreaterThan(150);
    expect(starts.length).toBeLessThan(300);
    expect(deviation(distances) / mean(distances)).toBeGreaterThan(0.45);
    expect(distances.filter((distance) => distance < 0.6).length).toBeGreaterThan(3);
    expect(Math.max(...distances)).toBeLessThan(15);
  });

  test('hold head movement that the eye does not see as shaking', () => {
    for (const axis of AXES) {
      const values = angles(frames, axis);
      const jerks = values.slice(2).map((value, index) => value - 2 * values[index + 1] + values[index]);
      expect(deviation(jerks)).toBeLessThan(0.15);
    }
  });
});

describe('blinks', () => {
  test('close faster than they open', () => {
    const lids = weights(move(discourse(120, 5), { fps: 60 }), 'eyeBlinkLeft');
    const rising = lids.filter((value, index) => index > 0 && value > lids[index - 1]).length;
    const falling = lids.filter((value, index) => index > 0 && value < lids[index - 1]).length;
    expect(falling).toBeGreaterThan(1.5 * rising);
  });

  test('come with large leaps of the eyes', () => {
    const idle = move(silence(600), { activity: 'idle', fps: 50 });
    const lids = weights(idle, 'eyeBlinkLeft');
    const leaps = looks(idle);
    let large = 0;
    let together = 0;
    for (let index = 5; index < idle.length - 10; index++) {
      if (Math.abs(leaps[index] - leaps[index - 3]) < 8 || Math.abs(leaps[index - 1] - leaps[index - 4]) >= 8)
        continue;
      large++;
      if (Math.max(...lids.slice(index - 4, index + 8)) > 0.4) together++;
    }
    expect(large).toBeGreaterThan(10);
    expect(together / large).toBeGreaterThan(0.25);
  });
});

describe('eyes', () => {
  test('leap and rest: between saccades they drift less than 2 degrees a second', () => {
    const target = move(discourse(120, 5), { fps: 50 }).map(
      ({ gaze, head }) => (gaze.yaw + 0.9 * head.yaw) / DEGREE,
    );
    const speeds = target.slice(51).map((value, index) => Math.abs(value - target[index + 50]) * 50);
    const resting = speeds.filter((speed) => speed < 2).length / speeds.length;
    expect(resting).toBeGreaterThan(0.85);
    expect(Math.max(...speeds)).toBeGreaterThan(60);
  });

  test('look at the viewer most of the time, away more often when idle, less when listening', () => {
    const away = (options: MotionStageOptions, sound: readonly SpeechFrame[]): number =>
      mean(looks(move(sound, options)).map((angle) => (angle > 2 ? 1 : 0)));
    const speaking = mean(looks(frames).map((angle) => (angle > 2 ? 1 : 0)));
    expect(speaking).toBeGreaterThan(0.05);
    expect(speaking).toBeLessThan(0.3);
    expect(away({ activity: 'idle' }, silence(300))).toBeGreaterThan(1.3 * speaking);
    expect(away({ activity: 'listening' }, silence(300))).toBeLessThan(speaking);
  });

  test('stay within what eyes can turn in the head', () => {
    for (const frame of move(discourse(60), { head: 2, manner: 'lively' })) {
      expect(Math.abs(frame.gaze.yaw)).toBeLessThan(25 * DEGREE);
      expect(Math.abs(frame.gaze.pitch)).toBeLessThan(25 * DEGREE);
    }
  });
});

describe('prosody', () => {
  test('stressed syllables are nodded to: the head is lower after a stress than before it', () => {
    const strong = speech.flatMap(({ events }) =>
      events.flatMap((event) => (event.kind === 'stress' && event.strength > 0.5 ? [event.time] : [])),
    );
    const pitch = angles(frames, 'pitch');
    const sinks = strong.map((time) => {
      const at = Math.round(time * 25);
      return (pitch[at + 1] ?? 0) - (pitch[at - 5] ?? 0);
    });
    expect(strong.length).toBeGreaterThan(50);
    expect(mean(sinks)).toBeGreaterThan(0.4);
  });

  test('live too, within a quarter of a second', () => {
    const sound = discourse(300, 3);
    const pitch = angles(move(sound, { lookAhead: LIVE_LOOK_AHEAD }), 'pitch');
    const strong = sound.flatMap(({ events }) =>
      events.flatMap((event) => (event.kind === 'stress' && event.strength > 0.5 ? [event.time] : [])),
    );
    const sinks = strong.map((time) => {
      const at = Math.round(time * 25);
      return (pitch[at + 6] ?? 0) - (pitch[at] ?? 0);
    });
    expect(mean(sinks)).toBeGreaterThan(0.4);
  });

  test('the brows rise more on strong stresses than elsewhere', () => {
    const brows = weights(frames, 'browInnerUp');
    const near = new Set<number>();
    for (const { events } of speech) {
      for (const event of events) {
        if (event.kind !== 'stress' || event.strength < 0.5) continue;
        for (let index = -2; index < 10; index++) near.add(Math.round(event.time * 25) + index);
      }
    }
    const on = mean(brows.filter((_, index) => near.has(index)));
    const off = mean(brows.filter((_, index) => !near.has(index)));
    expect(on).toBeGreaterThan(1.5 * off);
  });

  test('a higher voice lifts the head', () => {
    const voice = (pitch: number) => (frame: SpeechFrame) => ({ ...frame, pitch });
    const flat = discourse(20, 9).map((frame) => ({ ...frame, events: [] }));
    const low = move([...flat.slice(0, 500).map(voice(120)), ...flat.slice(500).map(voice(120))]);
    const high = move([...flat.slice(0, 500).map(voice(120)), ...flat.slice(500).map(voice(180))]);
    const lift = angles(low, 'pitch').map((value, index) => value - angles(high, 'pitch')[index]);
    expect(mean(lift.slice(260, 400))).toBeGreaterThan(0.1);
    expect(Math.max(...lift.slice(0, 240).map(Math.abs))).toBe(0);
  });

  test('breath comes in within pauses and goes out over the phrases', () => {
    const breath = frames.map((frame) => frame.breath);
    let risen = 0;
    let pauses = 0;
    for (let step = 50; step < speech.length - 50; step += 2) {
      const rise = breath[step / 2 + 1] - breath[step / 2];
      if (rise <= 0) continue;
      risen += rise;
      const around = speech.slice(step - 30, step + 12);
      if (around.some((frame) => frame.speech === 0)) pauses += rise;
    }
    expect(pauses / risen).toBeGreaterThan(0.9);
  });
});

describe('a photo that bears little', () => {
  const limits = { yaw: degrees(3), pitch: degrees(3), roll: degrees(1.5) };
  const careful = move(speech, { limits });

  test('is moved less in proportion, instead of being stopped at its limits', () => {
    for (const [axis, share] of [
      ['yaw', 3 / 8],
      ['pitch', 3 / 7],
      ['roll', 1 / 4],
    ] as const) {
      const ratio = deviation(angles(careful, axis)) / deviation(angles(frames, axis));
      expect(ratio).toBeCloseTo(share, 1);
      expect(
        mean(careful.map(({ head }) => (Math.abs(head[axis]) > 0.9 * limits[axis] ? 1 : 0))),
      ).toBeLessThan(0.01);
    }
  });

  test('keeps its eyes on the viewer when the head is told to turn farther than it can', () => {
    const [first] = move(discourse(4), { limits, pose: { yaw: 20 }, gazeAmount: 0 }).slice(60);
    expect(first.gaze.yaw).toBeGreaterThan(-3 * DEGREE);
    expect(first.gaze.yaw).toBeLessThan(-2 * DEGREE);
  });

  test('that bears everything is moved as without limits', () => {
    const free = { yaw: degrees(8), pitch: degrees(7), roll: degrees(6) };
    expect(angles(move(discourse(20), { limits: free }), 'yaw')).toEqual(angles(move(discourse(20)), 'yaw'));
  });
});

describe('shoulders', () => {
  test('sway by about a hundredth of a face, and carry the head', () => {
    const sway = frames.map((frame) => frame.sway);
    expect(deviation(sway)).toBeGreaterThan(0.004);
    expect(Math.max(...sway.map(Math.abs))).toBeLessThan(0.04);
    const aside = frames.filter((frame) => Math.abs(frame.sway) > 0.008);
    expect(mean(aside.map(({ sway, head }) => Math.sign(sway) * head.x))).toBeGreaterThan(0.005);
    expect(move(discourse(20), { head: 0 }).every((frame) => frame.sway === 0)).toBe(true);
  });
});

describe('manners', () => {
  test('calm, presenter, lively: more head, nods, brows and mouth each', () => {
    const sound = discourse(300, 4);
    const measure = (manner: 'calm' | 'presenter' | 'lively') => {
      const result = move(sound, { manner });
      const brows = weights(result, 'browInnerUp');
      return {
        yaw: deviation(angles(result, 'yaw')),
        pitch: deviation(angles(result, 'pitch')),
        nods: nods(result),
        brows: mean(brows),
        raises: rises(brows, 0.12).length,
        mouth: mean(weights(result, 'jawOpen')),
      };
    };
    const calm = measure('calm');
    const presenter = measure('presenter');
    const lively = measure('lively');
    for (const name of ['yaw', 'pitch', 'nods', 'brows', 'raises'] as const) {
      expect(presenter[name]).toBeGreaterThan(1.15 * calm[name]);
      expect(lively[name]).toBeGreaterThan(1.15 * presenter[name]);
    }
    expect(presenter.mouth).toBeGreaterThan(1.03 * calm.mouth);
    expect(lively.mouth).toBeGreaterThan(1.03 * presenter.mouth);
  });

  test('can change on the way, without a jump', () => {
    const sound = discourse(240, 7);
    const controls = new ControlTrack([{ manner: 'calm' }, { time: 120, manner: 'lively' }]);
    const changed = move(sound, { controls });
    const yaw = angles(changed, 'yaw');
    expect(deviation(yaw.slice(3100, 5900))).toBeGreaterThan(1.5 * deviation(yaw.slice(100, 2900)));
    expect(nods(changed.slice(3000))).toBeGreaterThan(1.5 * nods(changed.slice(0, 3000)));
    const jerks = yaw.slice(2).map((value, index) => value - 2 * yaw[index + 1] + yaw[index]);
    const largest = (from: number, to: number): number => Math.max(...jerks.slice(from, to).map(Math.abs));
    expect(largest(2950, 3050)).toBeLessThan(largest(3050, 5900));
  });

  test('an unknown manner or activity is refused', () => {
    for (const options of [{ manner: 'wild' }, { activity: 'sleeping' }]) {
      expect(() => createMotion(options as object)).toThrowError(
        expect.objectContaining({ code: 'OPTION_INVALID' }),
      );
    }
  });
});

describe('who does not speak', () => {
  const other = discourse(120, 8);

  test('nods to what somebody else says, when its phrases end', () => {
    const attentive = move(silence(120), {}, other);
    expect(nods(attentive, 0.8)).toBeGreaterThan(8);
    expect(nods(attentive, 0.8)).toBeGreaterThan(3 * nods(move(silence(120), { activity: 'idle' }), 0.8));
    expect(rises(weights(attentive, 'browInnerUp'), 0.08).length).toBeGreaterThan(3);
  });

  test('nods live as well, as early as it can', () => {
    const motion = createMotion({ lookAhead: LIVE_LOOK_AHEAD });
    const live: MotionFrame[] = [];
    for (let at = 0; at < 6000; at++) {
      // The other one's frames come a tenth of a second later than the person's own.
      if (at >= 5) motion.hear([other[at - 5]]);
      live.push(...motion.push([spoken(at, 'sil')]));
    }
    expect(nods(live, 0.8)).toBeGreaterThan(8);
  });

  test('moves less than a speaker, but never freezes', () => {
    for (const activity of ['listening', 'idle'] as const) {
      const still = move(silence(300), { activity });
      const speed = angles(still, 'yaw').map((value, index, all) =>
        Math.abs(value - all[Math.max(0, index - 25)]),
      );
      expect(deviation(angles(still, 'yaw'))).toBeLessThan(0.9 * deviation(angles(frames, 'yaw')));
      expect(deviation(angles(still, 'yaw'))).toBeGreaterThan(0.5);
      for (let at = 50; at + 250 < still.length; at += 250) {
        expect(Math.max(...speed.slice(at, at + 250))).toBeGreaterThan(0.2);
      }
      expect(Math.max(...weights(still, 'jawOpen'))).toBe(0);
    }
  });

  test('can be told what to do on the way', () => {
    const controls = new ControlTrack([{ activity: 'listening' }, { time: 150, activity: 'idle' }]);
    const aside = looks(move(silence(300), { controls })).map((angle) => (angle > 2 ? 1 : 0));
    expect(mean(aside.slice(3900))).toBeGreaterThan(2 * mean(aside.slice(0, 3600)));
  });

  test('does what the choice says once its own words are over', () => {
    const sound = [
      ...discourse(10, 2),
      ...silence(30).map((frame, index) => ({ ...frame, time: seconds(10 + index / 50) })),
    ];
    const [kept, idle] = [move(sound, { activity: 'speaking' }), move(sound, { activity: 'idle' })];
    expect(kept.slice(0, 220)).toEqual(idle.slice(0, 220));
    expect(kept.slice(-400)).not.toEqual(idle.slice(-400));
  });

  test('hears the same however it is handed over', () => {
    const whole = move(silence(20), {}, other.slice(0, 1000));
    const motion = createMotion();
    const pieces: MotionFrame[] = [];
    for (let at = 0; at < 1000; at += 10) {
      motion.hear(other.slice(at, at + 10));
      pieces.push(...motion.push(silence(20).slice(at, at + 10)));
    }
    pieces.push(...motion.flush(seconds(20)));
    expect(pieces.map(numbers)).toEqual(whole.map(numbers));
  });
});

describe('the end', () => {
  test('comes exactly in the pose of the photo, and softly where it is seen coming', () => {
    /** Largest turn from one frame to the next in the last second. */
    const haste = (result: readonly MotionFrame[]): number => {
      const yaw = angles(result, 'yaw').slice(-50);
      return Math.max(...yaw.slice(1).map((value, index) => Math.abs(value - yaw[index])));
    };
    const hastes: { soft: number[]; short: number[] } = { soft: [], short: [] };
    for (let seed = 1; seed <= 20; seed++) {
      const sound = discourse(12, seed).slice(0, 200 + 17 * seed);
      const soft = move(sound, { seed, easeOut: 0.8, fps: 50 });
      const short = move(sound, { seed, fps: 50 });
      expect(soft.length).toBe(short.length);
      for (const last of [soft.at(-1)!, short.at(-1)!]) {
        expect(numbers(last)).toEqual(numbers(neutralMotion(last.time)));
      }
      expect(soft.slice(0, -45).map(({ head }) => head)).toEqual(short.slice(0, -45).map(({ head }) => head));
      hastes.soft.push(haste(soft));
      hastes.short.push(haste(short));
    }
    expect(mean(hastes.soft)).toBeLessThan(0.7 * mean(hastes.short));
  });

  test('never cuts a blink that can be foreseen', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const lids = weights(move(discourse(5, seed), { seed, easeOut: 0.8, fps: 50 }), 'eyeBlinkLeft');
      expect(Math.max(...lids.slice(-3))).toBe(0);
    }
  });
});
