import { describe, expect, it } from 'vitest';
import { SpeechLine, type SpeechTurn } from '../../../src/pipeline/live/speech-line.ts';
import { SpeechQueue } from '../../../src/pipeline/live/speech-queue.ts';

const BLOCK = 480;
/** `seconds` of a constant sound at 48 kHz. */
const sound = (seconds: number, value = 0.5): Float32Array => new Float32Array(seconds * 48_000).fill(value);

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  return (await Promise.race([promise, Promise.resolve(open)])) !== open;
}

/** Takes so many blocks; returns all samples. */
function taken(queue: SpeechQueue, blocks: number): Float32Array {
  const all = new Float32Array(blocks * BLOCK);
  for (let block = 0; block < blocks; block += 1) all.set(queue.take(BLOCK).samples, block * BLOCK);
  return all;
}

describe('the queue of speech', () => {
  it('gives silence while nothing waits, and what waits in order', async () => {
    const queue = new SpeechQueue();
    expect(queue.take(BLOCK)).toEqual({ samples: new Float32Array(BLOCK), spans: [] });
    await queue.push(sound(0.015, 0.1), 'a', 48_000);
    await queue.push(sound(0.01, 0.2), 'b', 48_000);
    queue.end();
    const samples = taken(queue, 3);
    expect([0, 719, 720, 1199, 1200].map((at) => samples[at])).toEqual(
      Array.from(Float32Array.of(0.1, 0.1, 0.2, 0.2, 0)),
    );
  });

  it('says where utterances begin and end, to the sample', async () => {
    const queue = new SpeechQueue();
    await queue.push(sound(0.015), 'a', 48_000);
    await queue.push(sound(0.01), 'b', 48_000);
    queue.end('b');
    const spans = [0, 1, 2].flatMap((block) =>
      queue
        .take(BLOCK)
        .spans.map(({ utterance, at, length, first, last }) => [
          block,
          utterance.id,
          at,
          length,
          first,
          last,
        ]),
    );
    expect(spans).toEqual([
      [0, 'a', 0, 480, true, false],
      [1, 'a', 0, 240, false, true],
      [1, 'b', 240, 240, true, false],
      [2, 'b', 0, 240, false, true],
    ]);
  });

  it.each([16_000, 24_000] as const)('brings %i Hz to 48 kHz without a gap between pushes', async (rate) => {
    const queue = new SpeechQueue();
    const tone = Float32Array.from(
      { length: rate },
      (_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / rate),
    );
    for (let at = 0; at < rate; at += 777) await queue.push(tone.subarray(at, at + 777), 'a', rate);
    queue.end();
    const samples = taken(queue, 100);
    let largest = 0;
    for (let n = 2000; n < 46_000; n += 1) {
      largest = Math.max(largest, Math.abs(samples[n]! - 0.5 * Math.sin((2 * Math.PI * 440 * n) / 48_000)));
    }
    expect(largest).toBeLessThan(1e-3);
    expect(queue.take(BLOCK).spans).toEqual([]);
  });

  it('turns what is no sound into silence, and clips what is too loud', async () => {
    const queue = new SpeechQueue();
    await queue.push(Float32Array.of(Number.NaN, 9, Number.NEGATIVE_INFINITY, 0.25), 'a', 48_000);
    expect([...queue.take(BLOCK).samples.subarray(0, 4)]).toEqual([0, 1, -1, 0.25]);
  });

  it('makes a push wait while more than 8 seconds wait, and refuses what nobody waits for', async () => {
    const queue = new SpeechQueue();
    await queue.push(sound(7.9), 'a', 48_000);
    const full = queue.push(sound(0.2), 'a', 48_000);
    expect(await settled(full)).toBe(false);
    taken(queue, 20);
    expect(await settled(full)).toBe(true);
    void queue.push(sound(60), 'a', 48_000);
    expect(() => queue.push(sound(1), 'a', 48_000)).toThrow(
      expect.objectContaining({ code: 'LIVE_QUEUE_FULL' }),
    );
  });

  it('refuses another sample rate within an utterance', async () => {
    const queue = new SpeechQueue();
    await queue.push(sound(0.1), 'a', 48_000);
    expect(() => queue.push(sound(0.1), 'a', 16_000)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });

  it('collects 60 ms again after an utterance came too slowly, and counts the silence', async () => {
    const queue = new SpeechQueue();
    await queue.push(sound(0.01), 'a', 48_000);
    taken(queue, 2);
    await queue.push(sound(0.05), 'a', 48_000);
    expect(taken(queue, 1).every((sample) => sample === 0)).toBe(true);
    await queue.push(sound(0.01), 'a', 48_000);
    expect(taken(queue, 6).every((sample) => sample === 0.5)).toBe(true);
    expect(queue.starved).toBe(2 * BLOCK);
  });

  it('gives several blocks of one moment if speech lasts for them, and else begins with the last one', async () => {
    const queue = new SpeechQueue();
    const atOnce = (blocks: number): number[] =>
      Array.from({ length: blocks }, (_, n) => queue.take(BLOCK, (blocks - n) * BLOCK).samples[0]!);
    expect(queue.speaks).toBe(false);
    await queue.push(sound(0.04), 'as it is spoken', 48_000);
    expect(queue.speaks).toBe(true);
    expect(atOnce(3)).toEqual([0, 0, 0.5]);
    // It goes on: nothing is gained by silence in between.
    expect(atOnce(3)).toEqual([0.5, 0.5, 0.5]);
    expect(queue.speaks).toBe(false);
    queue.end();
    queue.take(BLOCK);
    await queue.push(sound(1), 'as fast as possible', 48_000);
    expect(atOnce(3)).toEqual([0.5, 0.5, 0.5]);
  });

  it('plays a microphone with 20 ms of delay and never more than 0.2 s', async () => {
    const queue = new SpeechQueue();
    await queue.push(sound(0.01), null, 48_000);
    expect(taken(queue, 1)[0]).toBe(0);
    await queue.push(sound(0.01), null, 48_000);
    expect(taken(queue, 1)[0]).toBe(0.5);
    for (let piece = 0; piece < 30; piece += 1) await queue.push(sound(0.01, piece / 100), null, 48_000);
    expect(queue.waiting).toBeLessThanOrEqual(0.2 * 48_000);
    expect(queue.starved).toBe(0);
  });

  it('drops everything when it is cleared, and what comes late of it, but not what is new', async () => {
    const queue = new SpeechQueue();
    const full = queue.push(sound(9), 'a', 48_000);
    expect(queue.clear().map(({ id }) => id)).toEqual(['a']);
    await full;
    await queue.push(sound(0.1), 'a', 48_000);
    expect(queue.waiting).toBe(0);
    await queue.push(sound(0.1), 'b', 48_000);
    expect(taken(queue, 1)[0]).toBe(0.5);
  });
});

describe('the line between hearing and playing', () => {
  /** A line that has heard so many blocks of the queue. */
  function lineOf(queue: SpeechQueue, blocks: number): SpeechLine {
    const line = new SpeechLine();
    for (let block = 0; block < blocks; block += 1) line.push(queue.take(BLOCK));
    return line;
  }

  it('tells when an utterance begins and ends on the media clock', async () => {
    const queue = new SpeechQueue();
    queue.take(BLOCK);
    await queue.push(sound(0.025), 'a', 48_000);
    queue.end();
    const line = lineOf(queue, 4);
    const turns: SpeechTurn[] = [];
    for (let block = 0; block < 4; block += 1) line.shift(turns);
    expect(turns.map(({ kind, time }) => [kind, time])).toEqual([
      ['begin', 0],
      ['end', 0.025],
    ]);
    expect(turns[1]!.utterance.played).toBe(1200);
  });

  it('fades within 10 ms when it is interrupted, and says how much was played', async () => {
    const queue = new SpeechQueue();
    await queue.push(sound(1), 'a', 48_000);
    const line = lineOf(queue, 10);
    line.shift([]);
    line.shift([]);
    const { cut, dropped } = line.interrupt();
    expect(cut).toEqual({ utterance: 'a', position: 0.03 });
    expect(dropped.map(({ id }) => id)).toEqual(['a']);
    const fade = line.shift([]);
    expect(fade[0]).toBeCloseTo(0.5, 4);
    expect(fade.at(-1)).toBeCloseTo(0, 4);
    const steps = fade.slice(1).map((sample, index) => Math.abs(sample - fade[index]!));
    expect(Math.max(...steps)).toBeLessThan(0.002);
    for (let block = 0; block < 7; block += 1)
      expect(line.shift([]).every((sample) => sample === 0)).toBe(true);
  });

  it('tells every text when its first sample is played, also after pieces without one', async () => {
    const queue = new SpeechQueue();
    const line = new SpeechLine();
    await queue.push(sound(0.02), 'a', 48_000, 'One.');
    await queue.push(sound(0.03), 'a', 48_000);
    await queue.push(sound(0.02).subarray(0, 320), 'a', 48_000, 'Two.');
    queue.end('a');
    const turns: SpeechTurn[] = [];
    for (let block = 0; block < 8; block += 1) {
      line.push(queue.take(BLOCK));
      line.shift(turns);
    }
    expect(turns.map((turn) => [turn.kind, turn.time, turn.kind === 'said' && turn.text])).toEqual([
      ['begin', 0, false],
      ['said', 0, 'One.'],
      ['said', 0.05, 'Two.'],
      ['end', expect.closeTo(0.0567, 3), false],
    ]);
  });
});
