import { setTimeout } from 'node:timers/promises';
import type { LiveSession } from '../../../src/core/index.ts';
import type { TimeSource } from '../../../src/pipeline/live/media-clock.ts';

/** A time that goes on only when it is told to. */
export class ManualTime implements TimeSource {
  #now = 0;
  #calls: { readonly time: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wake(time: number, call: () => void): () => void {
    const entry = { time, call };
    this.#calls.push(entry);
    return () => {
      this.#calls = this.#calls.filter((one) => one !== entry);
    };
  }

  /** Goes on by so many milliseconds, at once: whoever is due meanwhile is called at its own time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#calls.filter(({ time }) => time <= end).sort((a, b) => a.time - b.time);
      if (!next) break;
      this.#calls = this.#calls.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.time);
      next.call();
    }
    this.#now = end;
  }

  /** Goes on by so many milliseconds as a thread that was busy all the while. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
    this.advance(0);
  }

  /** Plays a session as fast as it can be drawn: goes on as soon as the pictures of each tick are there. */
  async play(session: LiveSession, length: number): Promise<void> {
    const end = this.#now + length * 1000;
    while (this.#now < end - 1e-6) {
      this.advance(10);
      const { time } = session.stats();
      // A picture may come up to a tick before it is shown, and all of them are shown 0.05 s after their movement at most.
      const due = Math.floor((time - 0.06) * session.fps + 1e-6) + 1;
      for (let turn = 0; ; turn += 1) {
        const { pictures, repeated } = session.stats();
        if (pictures + repeated >= due) break;
        if (turn > 20_000) throw new Error(`The picture ${due} did not come.`);
        await setTimeout(1);
      }
    }
  }
}
