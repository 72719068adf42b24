import { describe, expect, test } from 'vitest';
import { MouthKeeper } from '../../../src/pipeline/live/mouth-keeper.ts';

/** Shows pictures of 25 per second, and notes what changes. */
class Show {
  readonly keeper = new MouthKeeper(25);
  readonly changes: (readonly [time: number, reason: string])[] = [];
  #time = 0;

  run(seconds: number, outcome: (index: number) => 'painted' | 'late' | 'failed'): void {
    for (let index = 0; index < seconds * 25; index += 1) {
      this.#time += 0.04;
      const recovered = this.keeper.passed(this.#time);
      const reason =
        recovered ?? (this.keeper.painting ? this.keeper.shown(this.#time, outcome(index)) : null);
      if (reason) this.changes.push([Math.round(this.#time), reason]);
    }
  }
}

describe('whether mouths are painted', () => {
  test('does not change for single ones that are late', () => {
    const show = new Show();
    show.run(60, (index) => (index % 5 === 0 ? 'late' : 'painted'));
    expect(show.changes).toEqual([]);
    expect(show.keeper.painting).toBe(true);
  });

  test('changes within a second when too many are late or fail, and back after ten', () => {
    for (const outcome of ['late', 'failed'] as const) {
      const show = new Show();
      show.run(20, () => 'painted');
      show.run(1, (index) => (index % 2 === 0 ? outcome : 'painted'));
      expect(show.keeper.painting).toBe(false);
      show.run(10, () => 'painted');
      expect(show.keeper.painting).toBe(true);
      expect(show.changes).toEqual([
        [21, outcome],
        [31, 'recovered'],
      ]);
    }
  });

  test('is tried again the later, the shorter it lasted, and soon after it has lasted', () => {
    const show = new Show();
    show.run(400, () => 'late');
    const tries = show.changes.filter(([, reason]) => reason === 'recovered').map(([time]) => time);
    expect(tries).toEqual([10, 31, 71, 151, 272, 392]);
    show.run(100, () => 'painted');
    show.run(15, (index) => (index < 20 ? 'late' : 'painted'));
    expect(show.keeper.painting).toBe(true);
  });
});
