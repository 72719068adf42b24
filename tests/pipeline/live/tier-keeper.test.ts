import { describe, expect, it } from 'vitest';
import { type TierChange, TierKeeper } from '../../../src/pipeline/live/tier-keeper.ts';

type Change = TierChange & { readonly at: number };

/** A session of 25 pictures per second on a machine of our making. */
class Machine {
  readonly keeper = new TierKeeper(25);
  readonly changes: Change[] = [];
  #frame = 0;

  /**
   * Goes on for so many seconds.
   *
   * @param late - Which pictures are late, of those that are drawn.
   * @param cost - Seconds per picture.
   */
  run(length: number, late: (drawn: number) => boolean, cost = 0.01): void {
    for (const end = this.#frame + length * 25; this.#frame < end; this.#frame += 1) {
      const time = this.#frame / 25;
      const every = [1, 2, 0][this.keeper.tier - 1]!;
      if (every > 0 && this.#frame % every === 0) {
        if (late(this.#frame / every)) this.keeper.missed();
        else this.keeper.sent(time, cost);
      }
      const change = this.keeper.decide(time);
      if (change) this.changes.push({ ...change, at: time });
    }
  }

  /** Goes on without any picture, sent or missed. */
  freeze(length: number): void {
    for (const end = this.#frame + length * 25; this.#frame < end; this.#frame += 1) {
      const change = this.keeper.decide(this.#frame / 25);
      if (change) this.changes.push({ ...change, at: this.#frame / 25 });
    }
  }
}

const never = () => false;
const always = () => true;

describe('the tiers of a live session', () => {
  it('stay full on a machine with time to spare, and through a stall of 400 ms', () => {
    const machine = new Machine();
    machine.run(10, never);
    machine.run(0.4, always);
    machine.run(60, (drawn) => drawn % 100 === 0);
    expect(machine.changes).toEqual([]);
  });

  it('halve the rate when every fifth picture is late for some seconds, and come back when it is easy', () => {
    const machine = new Machine();
    machine.run(5, never);
    machine.run(6, (drawn) => drawn % 5 === 0);
    expect(machine.changes).toMatchObject([{ tier: 2, reason: 'late' }]);
    expect(machine.changes[0]!.at).toBeLessThanOrEqual(11);
    machine.run(9, never);
    expect(machine.changes).toHaveLength(1);
    machine.run(5, never);
    expect(machine.changes.slice(1)).toMatchObject([{ tier: 1, reason: 'recovered' }]);
  });

  it('do not come back while pictures would take too long at the full rate', () => {
    const machine = new Machine();
    machine.run(5, always, 0.035);
    expect(machine.keeper.tier).toBe(2);
    machine.run(60, never, 0.035);
    expect(machine.keeper.tier).toBe(2);
    machine.run(15, never, 0.02);
    expect(machine.keeper.tier).toBe(1);
  });

  it('show a still picture when half the rate is too much, and try again with more and more patience', () => {
    const machine = new Machine();
    machine.run(400, always);
    const stills = machine.changes.filter(({ tier }) => tier === 3).map(({ at }) => at);
    const tries = machine.changes.filter(({ reason }) => reason === 'recovered').map(({ at }) => at);
    expect(stills[0]).toBeLessThanOrEqual(10);
    const waits = tries.map((at, index) => Math.round(at - stills[index]!));
    expect(waits.slice(0, 5)).toEqual([10, 20, 40, 80, 120]);
    expect(tries.length).toBeLessThan(8);
  });

  it('show it 5 s after the last picture, whatever the reason, and let pictures come back', () => {
    const machine = new Machine();
    machine.run(3, never);
    machine.freeze(6);
    expect(machine.changes).toMatchObject([{ tier: 3, reason: 'stalled' }]);
    expect(machine.changes[0]!.at - 2.96).toBeCloseTo(5, 1);
    machine.run(40, never);
    expect(machine.changes.slice(1)).toMatchObject([{ tier: 2 }, { tier: 1 }]);
  });

  it('never swing on a machine that is always a little too slow for the full rate', () => {
    const machine = new Machine();
    for (let second = 0; second < 1800; second += 1) {
      machine.run(1, (drawn) => machine.keeper.tier === 1 && drawn % 4 === 0);
    }
    expect(machine.changes.length).toBeLessThan(40);
  });

  it('know that nobody wants pictures', () => {
    const machine = new Machine();
    machine.run(3, never);
    for (let time = 3; time < 30; time += 0.1) {
      machine.keeper.pause(time);
      expect(machine.keeper.decide(time)).toBeNull();
    }
  });
});
