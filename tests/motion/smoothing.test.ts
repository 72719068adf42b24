import { describe, expect, it } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  type MotionFrame,
  neutralMotion,
  radians,
  seconds,
} from '../../src/core/index.ts';
import { smoothMotion } from '../../src/motion/smoothing.ts';

const FPS = 25;

/** A trembling head and jaw, lips that close for two frames every 14, a blink every 40. */
function trembling(count: number): MotionFrame[] {
  let state = 7;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Array.from({ length: count }, (_, i) => {
    const frame = neutralMotion(seconds(i / FPS));
    const set = (name: Blendshape, value: number) => {
      frame.weights[BLENDSHAPE_INDEX[name]] = value;
    };
    const closed = i % 14 < 2 || i === 0 || i === count - 1;
    set('jawOpen', closed ? 0.2 : 0.4 + 0.2 * noise());
    set('mouthClose', closed ? 0.2 : 0);
    set('browInnerUp', i === 0 || i === count - 1 ? 0 : 0.5 + 0.4 * noise());
    set('eyeBlinkLeft', i % 40 < 3 ? 1 : 0);
    const yaw = i === 0 || i === count - 1 ? 0 : 0.05 * Math.sin(i / 20) + 0.02 * noise();
    return {
      ...frame,
      head: { ...frame.head, yaw: radians(yaw) },
      gaze: { yaw: radians(i % 9 < 4 ? 0.1 : 0), pitch: radians(0) },
    };
  });
}

/** The frames after smoothing, handed over `size` at a time. */
function smoothed(frames: readonly MotionFrame[], amount: number, size = frames.length): MotionFrame[] {
  const waiting = [...frames];
  const motion = smoothMotion(
    {
      push: () => waiting.splice(0, size),
      hear: () => {},
      lookAhead: seconds(0.3),
      flush: () => waiting.splice(0),
    },
    amount,
    FPS,
  );
  const out: MotionFrame[] = [];
  while (waiting.length > size) out.push(...motion.push([]));
  return [...out, ...motion.flush(seconds(frames.length / FPS))];
}

/** Mean absolute second difference. */
function jitter(values: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < values.length - 1; i++)
    sum += Math.abs(values[i + 1]! - 2 * values[i]! + values[i - 1]!);
  return sum / (values.length - 2);
}

const weight = (name: Blendshape) => (frame: MotionFrame) => frame.weights[BLENDSHAPE_INDEX[name]]!;

describe('smoothing', () => {
  const frames = trembling(300);

  it.each([
    ['the head', (frame: MotionFrame) => frame.head.yaw],
    ['the brows', weight('browInnerUp')],
  ])('calms %s the more the stronger it is', (_, read) => {
    const measured = [frames, ...[0.1, 0.25, 0.5, 0.75, 1].map((amount) => smoothed(frames, amount))].map(
      (result) => jitter(result.map(read)),
    );
    for (let i = 1; i < measured.length; i++) expect(measured[i]).toBeLessThan(measured[i - 1]!);
    expect(measured.at(-1)).toBeLessThan(0.2 * measured[0]!);
  });

  it('calms the open mouth', () => {
    const jaw = weight('jawOpen');
    const open = (result: MotionFrame[]) => jitter(result.slice(4, 13).map(jaw));
    expect(open(smoothed(frames, 1))).toBeLessThan(0.6 * open(frames));
  });

  it('leaves closed lips exactly closed, and opens and closes no others', () => {
    const apart = (frame: MotionFrame) => weight('jawOpen')(frame) - weight('mouthClose')(frame);
    smoothed(frames, 1).forEach((frame, i) => {
      expect(apart(frame) === 0, `frame ${i}`).toBe(apart(frames[i]!) === 0);
    });
  });

  it('leaves lids, gaze, times and both ends alone', () => {
    const result = smoothed(frames, 1);
    expect(result).toHaveLength(frames.length);
    result.forEach((frame, i) => {
      expect(frame.time).toBe(frames[i]!.time);
      expect(frame.gaze).toEqual(frames[i]!.gaze);
      expect(weight('eyeBlinkLeft')(frame)).toBe(weight('eyeBlinkLeft')(frames[i]!));
    });
    expect(result[0]).toEqual(frames[0]);
    expect(result.at(-1)).toEqual(frames.at(-1));
  });

  it('gives the same however the frames are handed over, also for a clip shorter than the curve', () => {
    expect(smoothed(frames, 0.7, 3)).toEqual(smoothed(frames, 0.7));
    for (const count of [1, 2, 3, 5]) expect(smoothed(trembling(count), 1, 1)).toHaveLength(count);
  });
});
