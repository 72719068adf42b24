import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watch } from './watched-session.ts';

describe('a live session in which something fails', () => {
  it('leaves out the pictures whose time passes while one is drawn, and never the sound', async () => {
    await using live = await watch({}, 'stall');
    await live.play(0.7);
    // The thread is busy for 0.2 s with the picture that comes now, and time goes on.
    for (let step = 0; step < 20; step += 1) {
      live.time.advance(20);
      await setTimeout(10);
    }
    await live.play(1);
    const { repeated, pictures, failed } = live.session.stats();
    expect(live.sounds.length).toBe(106);
    expect(repeated).toBeGreaterThan(0);
    expect(failed).toBe(0);
    const times = live.pictures.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(pictures + repeated).toBe(52);
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
    live.time.advance(1500);
    for (let turn = 0; turn < 500 && live.session.stats().rebuilt === 0; turn += 1) {
      live.time.advance(10);
      await setTimeout(10);
    }
    const before = live.pictures.length;
    for (let turn = 0; turn < 50; turn += 1) {
      live.time.advance(10);
      await setTimeout(10);
    }
    expect(live.session.stats().rebuilt).toBe(1);
    expect(live.events).toMatchObject([{ type: 'warning', code: 'ENCODER_FAILED' }]);
    expect(live.pictures[before]!.key).toBe(true);
  });

  it('closes with its reason when no encoder lives, or the thread dies; others live on', async () => {
    await using other = await watch();
    await using dead = await watch({}, 'dead thread');
    const steps = setInterval(() => dead.time.advance(10), 5);
    const death = await dead.closed;
    clearInterval(steps);
    expect(death).toMatchObject({
      reason: 'failed',
      error: { message: expect.stringContaining('dies') },
    });
    await using hopeless = await watch({ encoder: 'ffmpeg' }, 'hopeless encoder');
    const timer = setInterval(() => hopeless.time.advance(10), 10);
    const { reason, error } = await hopeless.closed;
    clearInterval(timer);
    expect([reason, error?.code]).toEqual(['failed', 'ENCODER_FAILED']);
    await other.play(1);
    expect(other.session.stats()).toMatchObject({ repeated: 0, failed: 0 });
    expect(() => dead.session.requestKeyFrame()).not.toThrow();
  });
});
