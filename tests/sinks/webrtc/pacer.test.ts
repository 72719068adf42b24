import { describe, expect, test } from 'vitest';
import { Pacer } from '../../../src/sinks/webrtc/pacer.ts';
import type { RtpPacket } from '../../../src/sinks/webrtc/rtp-stream.ts';
import { ManualTime } from '../../pipeline/live/manual-time.ts';

const PAYLOAD = 1_160;
const SOUND = 80;
const BITRATE = 1_500_000;

let sequence = 0;
function packet(length = PAYLOAD): RtpPacket {
  sequence += 1;
  return {
    ...{ payloadType: 102, marker: false, sequence, timestamp: 0, ssrc: 1, extensions: [] },
    payload: new Uint8Array(length),
  };
}

const picture = (bytes: number): RtpPacket[] =>
  Array.from({ length: Math.ceil(bytes / PAYLOAD) }, (_, i) =>
    packet(Math.min(PAYLOAD, bytes - i * PAYLOAD)),
  );

/** A way that carries so many bits per second, behind a queue of so many bytes, that drops what it has no room for. */
class NarrowWay {
  dropped = 0;
  readonly #capacity: number;
  readonly #depth: number;
  readonly #time: ManualTime;
  #free = 0;

  constructor(capacity: number, depth: number, time: ManualTime) {
    this.#capacity = capacity;
    this.#depth = depth;
    this.#time = time;
  }

  /** Takes a packet; returns after how many milliseconds it has arrived, or `null` if it was dropped. */
  take({ payload }: RtpPacket): number | null {
    const now = this.#time.now();
    const waiting = (Math.max(0, this.#free - now) / 8_000) * this.#capacity;
    if (waiting + payload.length > this.#depth) {
      this.dropped += 1;
      return null;
    }
    this.#free = Math.max(now, this.#free) + (payload.length * 8_000) / this.#capacity;
    return this.#free - now;
  }
}

/** Two seconds of 25 pictures and 50 packets of sound each over a narrow way, with a key picture in the middle. */
function overNarrowWay(paced: boolean) {
  const time = new ManualTime();
  const way = new NarrowWay(3_000_000, 30_000, time);
  const pacer = new Pacer(BITRATE, (one) => void way.take(one), time);
  const sounds: (number | null)[] = [];
  for (let tick = 0; tick < 100; tick += 1) {
    if (tick % 2 === 0) {
      const packets = picture(tick === 50 ? 40_000 : 5_000);
      if (paced) pacer.add(packets);
      else for (const one of packets) way.take(one);
    }
    sounds.push(way.take(packet(SOUND)));
    time.advance(20);
  }
  return { dropped: way.dropped, sounds };
}

/** The longest time, milliseconds. */
const longest = (times: readonly (number | null)[]): number => Math.max(...times.map((time) => time ?? 0));

describe('packets of pictures', () => {
  test('leave at once in an ordinary picture', () => {
    const time = new ManualTime();
    const left: number[] = [];
    const pacer = new Pacer(BITRATE, () => left.push(time.now()), time);
    for (let frame = 0; frame < 50; frame += 1) {
      pacer.add(picture(BITRATE / 8 / 25));
      time.advance(40);
    }
    expect(left.length).toBe(50 * 7);
    expect(left.every((at) => at % 40 === 0)).toBe(true);
  });

  test('are spread in a key picture over a part of the time, in order, and in a larger one over a tenth of a second', () => {
    const time = new ManualTime();
    const left: { at: number; sequence: number }[] = [];
    const pacer = new Pacer(BITRATE, (one) => left.push({ at: time.now(), sequence: one.sequence }), time);
    const key = picture(35_000);
    pacer.add(key);
    expect(left.length).toBeGreaterThan(5);
    expect(left.length).toBeLessThan(12);
    time.advance(40);
    expect(left.map((one) => one.sequence)).toEqual(key.map((one) => one.sequence));
    expect(left.at(-1)!.at).toBeGreaterThan(25);
    left.length = 0;
    time.advance(1_000);
    pacer.add(picture(1_000_000));
    time.advance(110);
    expect(left.length).toBe(Math.ceil(1_000_000 / PAYLOAD));
  });

  test('leave sooner when somebody misses them, and not at all when there is nobody any more', () => {
    const time = new ManualTime();
    const left: number[] = [];
    const pacer = new Pacer(BITRATE, (one) => left.push(one.sequence), time);
    const key = picture(40_000);
    const missed = packet();
    pacer.add(key);
    const before = left.length;
    pacer.add([missed], true);
    time.advance(5);
    expect(left[before]).toBe(missed.sequence);
    const after = left.length;
    pacer.clear();
    time.advance(100);
    expect(left.length).toBe(after);
  });

  test('get through a narrow way that drops what comes at once, and sound waits less behind them', () => {
    const atOnce = overNarrowWay(false);
    const paced = overNarrowWay(true);
    expect(atOnce.dropped).toBeGreaterThan(5);
    expect(paced.dropped).toBe(0);
    expect(longest(paced.sounds)).toBeLessThan(longest(atOnce.sounds) - 10);
  });
});
