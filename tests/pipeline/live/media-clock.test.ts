import { describe, expect, it } from 'vitest';
import { MediaClock } from '../../../src/pipeline/live/media-clock.ts';
import { ManualTime } from './manual-time.ts';

/** A running clock, and the times of its ticks. */
function started() {
  const time = new ManualTime();
  const ticks: (readonly [index: number, at: number])[] = [];
  const clock = new MediaClock(time, (index) => ticks.push([index, time.now()]));
  clock.start();
  return { time, ticks, clock };
}

describe('the media clock', () => {
  it('ticks every 10 ms, from the start on', () => {
    const { time, ticks } = started();
    time.advance(35);
    expect(ticks).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  it('makes up for every tick after the thread was busy, and drifts by nothing', () => {
    const { time, ticks } = started();
    time.advance(1000);
    time.jump(200);
    expect(ticks.length).toBe(121);
    expect(ticks.map(([index]) => index)).toEqual(Array.from({ length: 121 }, (_, index) => index));
    time.advance(10_000);
    expect(ticks.at(-1)).toEqual([1120, 11_200]);
  });

  it('goes on where it was after the machine slept, without playing the time in between', () => {
    const { time, ticks } = started();
    time.advance(100);
    time.jump(60_000);
    expect(ticks.length).toBe(12);
    time.advance(100);
    expect(ticks.length).toBe(22);
  });

  it('stops in the middle of a tick, for good', () => {
    const time = new ManualTime();
    let ticks = 0;
    const clock = new MediaClock(time, () => {
      ticks += 1;
      if (ticks === 3) clock.stop();
    });
    clock.start();
    time.jump(500);
    time.advance(500);
    expect(ticks).toBe(3);
  });
});
