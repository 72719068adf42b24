import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type WatchedSession, watch } from './watched-session.ts';

/** Lets time go on, about as fast as it does, until something is so. */
async function runUntil({ time }: WatchedSession, condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 4_000 && !condition(); turn += 1) {
    time.advance(10);
    await setTimeout(10);
  }
}

/**
 * The same as fast as it can be drawn: a picture is begun with every fourth tick, from the second on, and time goes on when it has
 * come or was left out.
 */
async function hurry({ time, session }: WatchedSession, condition: () => boolean): Promise<void> {
  const outcomes = (): number => session.stats().pictures + session.stats().repeated;
  let seen = outcomes();
  let came = false;
  for (let turn = 0; turn < 4_000 && !condition(); turn += 1) {
    time.advance(10);
    const { tier, time: now } = session.stats();
    if (Math.round(now * 100) % 4 !== 2 || tier === 3) continue;
    // Of two pictures in the second tier only one comes.
    const patience = tier === 2 && came ? 1 : 500;
    for (let wait = 0; wait < patience && outcomes() === seen; wait += 1) await setTimeout(1);
    came = outcomes() > seen;
    seen = outcomes();
  }
}

describe('a live session in which something fails', () => {
  it('leaves out the pictures whose time passes while one is drawn, and never the sound', async () => {
    await using live = await watch({}, 'stall');
    await live.play(0.7);
    // The thread is busy for 0.2 s with the picture that comes now, and more time than that goes by.
    live.time.advance(400);
    await live.play(1);
    const { pictures, repeated, failed } = live.session.stats();
    expect(live.sounds.length).toBe(106);
    expect(failed).toBe(0);
    const times = live.pictures.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(repeated).toBeGreaterThan(5);
    expect(pictures + repeated).toBeGreaterThan(49);
    // It is back on time.
    expect(times.at(-1)!).toBeGreaterThan(live.session.stats().time - 0.06);
  });

  it('repeats the last picture for one that cannot be drawn', async () => {
    await using live = await watch({}, 'hiccup');
    await live.play(1.5);
    expect(live.session.stats()).toMatchObject({ repeated: 1, failed: 1, rebuilt: 0 });
    expect(live.events).toEqual([]);
  });

  it('makes the renderer anew after three failures in a row, and says so', async () => {
    await using live = await watch({}, 'broken renderer');
    await live.play(1);
    for (let turn = 0; turn < 500 && live.session.stats().rebuilt === 0; turn += 1) await setTimeout(10);
    await live.play(1);
    const { rebuilt, failed, fps } = live.session.stats();
    expect(rebuilt).toBe(1);
    expect(failed).toBeGreaterThanOrEqual(3);
    expect(fps).toBeGreaterThan(10);
    expect(live.events).toMatchObject([{ type: 'warning', message: expect.stringContaining('renderer') }]);
  });

  it('starts another encoder when the process is killed', async () => {
    await using live = await watch({ encoder: 'ffmpeg' }, 'killed encoder');
    await runUntil(live, () => live.session.stats().rebuilt > 0);
    const before = live.pictures.length;
    await runUntil(live, () => live.pictures.length > before);
    expect(live.session.stats().rebuilt).toBe(1);
    // A busy machine may find its pictures late meanwhile.
    const warnings = live.events.filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([{ code: 'ENCODER_FAILED' }]);
    expect(live.pictures[before]!.key).toBe(true);
  });

  it('draws every second picture when too many are late, and all of them when there is time again', async () => {
    await using live = await watch({}, 'refusing encoder');
    await hurry(live, () => live.session.stats().tier === 2);
    const from = live.session.stats().time;
    await hurry(live, () => live.session.stats().tier === 1);
    const { time: until } = live.session.stats();
    expect(live.events.filter(({ type }) => type === 'tier_changed')).toMatchObject([
      { tier: 2, reason: 'late' },
      { tier: 1, reason: 'recovered' },
    ]);
    expect(from).toBeLessThanOrEqual(4.5);
    const between = live.pictures.filter(({ time }) => time > from + 0.1 && time < until - 0.1);
    for (const [index, { time }] of between.entries()) {
      expect(time - (between[index - 1]?.time ?? 0)).toBeGreaterThan(0.079);
    }
    expect(live.sounds).toHaveLength(Math.round(live.session.stats().time * 50));
  });

  it('shows a still picture 5 s after the last one, keeps the sound, and comes back with a key picture', async () => {
    await using live = await watch({}, 'frozen');
    await hurry(live, () => live.pictures.length >= 18);
    const last = live.pictures.at(-1)!.time;
    live.time.advance(6_000);
    expect(live.events).toMatchObject([{ type: 'tier_changed', tier: 3, reason: 'stalled' }]);
    const stills = live.pictures.filter(({ time }) => time > last + 4);
    expect(stills.length).toBeGreaterThan(0);
    for (const { key, data } of stills) {
      expect(key).toBe(true);
      expect(data).toEqual(live.pictures[0]!.data);
    }
    expect(live.sounds).toHaveLength(Math.round(live.session.stats().time * 50));
    const before = live.pictures.length;
    live.time.advance(4_000);
    expect(live.pictures.length - before).toBeGreaterThanOrEqual(3);
    while (live.session.stats().tier === 3) {
      // The answer says that the thread has done everything that it was told before.
      await live.session.setBackground('keep');
      live.time.advance(40);
    }
    const shown = live.pictures.length;
    await hurry(live, () => live.pictures.length > shown + 3);
    expect(live.pictures.slice(shown).map(({ key }) => key)[0]).toBe(true);
    expect(live.pictures.slice(shown).some(({ key }) => !key)).toBe(true);
  });

  it('closes with its reason when no encoder lives, or the thread dies; others live on', async () => {
    await using other = await watch();
    await using dead = await watch({}, 'dead thread');
    await runUntil(dead, () => dead.events.length > 0);
    expect(await dead.closed).toMatchObject({
      reason: 'failed',
      error: { message: expect.stringContaining('dies') },
    });
    await using hopeless = await watch({ encoder: 'ffmpeg' }, 'hopeless encoder');
    await runUntil(hopeless, () => hopeless.events.some(({ type }) => type === 'closed'));
    const { reason, error } = await hopeless.closed;
    expect([reason, error?.code]).toEqual(['failed', 'ENCODER_FAILED']);
    await other.play(1);
    expect(other.session.stats()).toMatchObject({ repeated: 0, failed: 0 });
    expect(() => dead.session.requestKeyFrame()).not.toThrow();
  });
});
