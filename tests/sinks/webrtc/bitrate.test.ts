import { describe, expect, test } from 'vitest';
import { BitrateControl, type Reception } from '../../../src/sinks/webrtc/bitrate.ts';

/** A report of losses alone. */
const lost = (loss: number): Reception => ({ loss, roundTrip: null, sent: 0 });

/** A way that lets so many bits per second through, behind a queue that drops what it has no room for. */
class NarrowWay {
  capacity: number;
  /** Seconds that its queue can hold. */
  readonly #depth: number;
  #waiting = 0;

  constructor(capacity: number, depth: number) {
    this.capacity = capacity;
    this.#depth = depth;
  }

  /** Seconds that the last bit waits. */
  get queue(): number {
    return this.#waiting / this.capacity;
  }

  /** Takes a second of pictures; of them, what a receiver 40 ms away reports. */
  second(rate: number): Reception {
    let dropped = 0;
    for (let frame = 0; frame < 25; frame += 1) {
      const room = this.capacity * this.#depth - this.#waiting;
      dropped += Math.max(0, rate / 25 - room);
      this.#waiting = Math.max(0, this.#waiting + Math.min(rate / 25, room) - this.capacity / 25);
    }
    return { loss: dropped / rate, roundTrip: 40 + 1_000 * this.queue, sent: rate };
  }
}

describe('the bit rate', () => {
  const limits = { least: 100_000, most: 1_000_000 };

  test('falls with losses, and rises again slowly when they end', () => {
    const control = new BitrateControl(limits, 0);
    expect(control.report(lost(0.3), 1_000)).toBe(850_000);
    expect(control.report(lost(0.05), 2_000)).toBeNull();
    expect(control.report(lost(0), 3_000)).toBe(918_000);
    let last: number | null = 0;
    for (let i = 4; i < 20; i += 1) last = control.report(lost(0), i * 1_000) ?? last;
    expect(last).toBe(1_000_000);
  });

  test('follows an estimate near what is sent, and ignores one that could see no more', () => {
    const control = new BitrateControl(limits, 0);
    control.room(300_000, 150_000);
    expect(control.report(lost(0), 1_000)).toBeNull();
    control.room(400_000, 900_000);
    expect(control.report(lost(0), 2_000)).toBe(400_000);
  });

  test('never leaves its limits', () => {
    const control = new BitrateControl(limits, 0);
    control.room(1, 900_000);
    expect(control.report(lost(1), 1_000)).toBe(100_000);
    for (let i = 0; i < 50; i += 1) control.report(lost(1), 2_000 + i);
    control.room(1e12, 0);
    let last: number | null = 0;
    for (let i = 3; i < 60; i += 1) last = control.report(lost(0), i * 1_000) ?? last;
    expect(last).toBe(1_000_000);
  });

  test('finds what a narrow way lets through, keeps its queue short, and takes it back when it is wide again', () => {
    const control = new BitrateControl({ least: 100_000, most: 1_500_000 }, 0);
    const way = new NarrowWay(5_000_000, 1);
    let rate = 1_500_000;
    let now = 0;
    const seconds = (count: number) =>
      Array.from({ length: count }, () => {
        now += 1_000;
        rate = control.report(way.second(rate), now) ?? rate;
        return { rate, queue: way.queue };
      });
    expect(seconds(10).every((second) => second.rate === 1_500_000)).toBe(true);
    way.capacity = 600_000;
    // It takes two reports to believe it; the queue of that time drains over the next ones.
    seconds(15);
    const settled = seconds(60);
    expect(Math.max(...settled.map(({ queue }) => queue))).toBeLessThan(0.25);
    const mean = settled.reduce((sum, second) => sum + second.rate, 0) / settled.length;
    expect(mean).toBeGreaterThan(420_000);
    expect(mean).toBeLessThan(610_000);
    way.capacity = 5_000_000;
    expect(seconds(20).at(-1)!.rate).toBe(1_500_000);
  });

  test('is not given up for losses that have nothing to do with it, nor for one late answer', () => {
    const control = new BitrateControl(limits, 0);
    for (let n = 1; n <= 60; n += 1) {
      const late = n % 7 === 0 ? 400 : 0;
      expect(control.report({ loss: 0.05, roundTrip: 40 + late, sent: 900_000 }, n * 1_000)).toBeNull();
    }
  });

  test('gets used to a way that has become longer', () => {
    const control = new BitrateControl(limits, 0);
    const told = (from: number, to: number, roundTrip: number) =>
      Array.from({ length: to - from }, (_, n) =>
        control.report({ loss: 0, roundTrip, sent: 900_000 }, (from + n) * 1_000),
      ).filter((rate) => rate !== null);
    expect(told(1, 40, 40)).toEqual([]);
    const rates = told(40, 160, 240);
    expect(Math.min(...rates)).toBeLessThan(1_000_000);
    expect(rates.at(-1)).toBe(1_000_000);
  });
});
