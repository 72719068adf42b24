/** An avatar in a room, against the contract that LiveKit publishes for agents and avatars. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Warning } from '../../../src/core/index.ts';
import { AgentAvatar } from '../../../src/pipeline/livekit/agent-avatar.ts';
import { type WatchedSession, watch } from '../live/watched-session.ts';
import { type Finished, hum, RoomWithAgent, settle } from './agent-and-room.ts';

let watched: WatchedSession;
const room = new RoomWithAgent();
const warnings: Warning[] = [];
/** Media time at which the test began. */
let begun = 0;

beforeAll(async () => {
  watched = await watch({}, undefined, false);
  await new AgentAvatar(watched.session, room, (warning) => warnings.push(warning)).enter();
});

beforeEach(async () => {
  await play(0.1);
  room.forget();
  warnings.length = 0;
  begun = watched.session.stats().time;
});

afterAll(async () => {
  await watched[Symbol.asyncDispose]();
});

async function play(seconds: number): Promise<void> {
  await settle();
  await watched.play(seconds);
  await settle();
}

const finished = (told: RoomWithAgent['told']): Finished[] => told.filter((one) => one !== 'started');

/** Root mean square of what the room has heard between two moments of the test, seconds. */
function loudness(from: number, to: number): number {
  const heard = room.sounds
    .filter(({ time }) => time - begun >= from && time - begun < to)
    .flatMap(({ samples }) => [...samples]);
  return Math.sqrt(heard.reduce((sum, sample) => sum + sample * sample, 0) / heard.length);
}

describe('an avatar in a room', () => {
  test('is seen and heard before anybody speaks, every picture as it was drawn', async () => {
    await play(1);
    expect(room.size).toEqual([64, 64, 25]);
    expect(room.frames.length).toBeGreaterThanOrEqual(22);
    expect(room.frames.every(({ data }) => data.length === 64 * 64 * 4)).toBe(true);
    expect(room.frames[0]!.data.some((byte, index) => index % 4 !== 3 && byte > 0)).toBe(true);
    expect(room.frames.map(({ time }) => Math.round(time * 25))).toEqual(
      room.frames.map((_, n) => n + Math.round(room.frames[0]!.time * 25)),
    );
    expect(room.sounds).toHaveLength(50);
    expect(watched.pictures).toEqual([]);
    expect(watched.session.stats()).toMatchObject({ tier: 1 });
    expect(watched.session.stats().latency.encode.mean).toBe(0);
  });

  test('says an utterance and tells the agent when it begins and that all of it was heard', async () => {
    room.say(0.6);
    await play(1.2);
    expect(room.told).toEqual(['started', { playback_position: 0.6, interrupted: false }]);
    expect(loudness(0.3, 0.5)).toBeGreaterThan(0.1);
    expect(loudness(1, 1.2)).toBeLessThan(0.001);
  });

  test.each([
    [22_050, 1],
    [44_100, 2],
    [8_000, 1],
    [48_000, 2],
  ])('takes %i Hz in %i channels', async (rate, channels) => {
    room.say(0.5, rate, channels);
    await play(1);
    expect(finished(room.told)).toHaveLength(1);
    expect(finished(room.told)[0]!.playback_position).toBeCloseTo(0.5, 2);
    expect(loudness(0.3, 0.5)).toBeCloseTo(12_000 / 32_768 / Math.SQRT2, 1);
  });

  test('takes streams that are cut within a sample and within a moment of two channels', async () => {
    const stream = room.open({ sample_rate: '24000', num_channels: '2' });
    const bytes = hum(0.5, 24_000, 2);
    for (let at = 0; at < bytes.length; at += 997) stream.write(bytes.slice(at, at + 997));
    stream.close();
    await play(1);
    expect(finished(room.told)[0]!.playback_position).toBeCloseTo(0.5, 3);
    expect(loudness(0.3, 0.5)).toBeCloseTo(12_000 / 32_768 / Math.SQRT2, 1);
  });

  test('says utterances in order, and tells of each', async () => {
    for (let n = 0; n < 3; n += 1) room.say(0.2);
    await play(1.4);
    expect(room.told.filter((one) => one === 'started')).toHaveLength(3);
    expect(finished(room.told)).toEqual(Array(3).fill({ playback_position: 0.2, interrupted: false }));
  });

  test('falls silent when the agent clears the buffer, and tells how much was heard', async () => {
    const stream = room.open({ sample_rate: '24000', num_channels: '1' });
    stream.write(hum(2, 24_000));
    await play(1);
    expect(room.clear()).toBe('ok');
    stream.write(hum(2, 24_000));
    await play(0.6);
    const [end, ...others] = finished(room.told);
    expect(others).toEqual([]);
    expect(end).toMatchObject({ interrupted: true });
    expect(end!.playback_position).toBeGreaterThan(0.7);
    expect(end!.playback_position).toBeLessThan(1.05);
    expect(loudness(1.1, 1.6)).toBeLessThan(0.001);
    expect(room.cancelled).toBe(1);
  });

  test('every utterance that is dropped ends exactly once, also one that nobody has heard or that has brought nothing', async () => {
    room.say(3);
    room.say(3);
    room.open({ sample_rate: '24000', num_channels: '1' });
    await play(0.5);
    room.clear();
    room.clear();
    await play(0.5);
    const ends = finished(room.told);
    expect(ends).toHaveLength(3);
    expect(ends.every(({ interrupted }) => interrupted)).toBe(true);
    expect(ends.map(({ playback_position }) => playback_position > 0)).toEqual(
      expect.arrayContaining([true, false, false]),
    );
  });

  test('what is said right after an interruption is said', async () => {
    room.say(3);
    await play(0.5);
    room.clear();
    room.say(0.4);
    await play(1);
    expect(finished(room.told)).toEqual([
      expect.objectContaining({ interrupted: true }),
      { playback_position: 0.4, interrupted: false },
    ]);
  });

  test('takes nothing from others', async () => {
    const stranger = room.open({ sample_rate: '24000', num_channels: '1' }, 'stranger');
    stranger.write(hum(1, 24_000));
    room.say(0.6);
    await play(0.3);
    expect(room.clear('stranger')).toBe('reject');
    await play(0.7);
    expect(room.told).toEqual(['started', { playback_position: 0.6, interrupted: false }]);
  });

  test('a stream whose end was lost ends when the next one begins', async () => {
    room.open({ sample_rate: '24000', num_channels: '1' }).write(hum(0.3, 24_000));
    await play(0.6);
    expect(finished(room.told)).toEqual([]);
    room.say(0.2);
    await expect.poll(() => room.cancelled, { timeout: 5_000 }).toBe(1);
    await play(0.8);
    expect(finished(room.told).map(({ playback_position }) => playback_position)).toEqual([0.3, 0.2]);
  });

  test('speech that does not say what it is, is left out with a warning, and the next is said', async () => {
    for (const attributes of [
      {},
      { sample_rate: 'many', num_channels: '1' },
      { sample_rate: '24000', num_channels: '0' },
    ] as Record<string, string>[]) {
      room.open(attributes).write(hum(0.2, 24_000));
    }
    room.say(0.2);
    await play(1);
    expect(warnings).toHaveLength(3);
    expect(finished(room.told).map(({ playback_position }) => playback_position)).toEqual([0, 0, 0, 0.2]);
  });

  test('tries again to tell the agent the end of an utterance, and warns if that is in vain', async () => {
    room.failures = 3;
    room.say(0.2);
    await play(0.7);
    // The first failure was the beginning, which is not tried again.
    await expect
      .poll(() => room.told, { timeout: 5_000 })
      .toEqual([{ playback_position: 0.2, interrupted: false }]);
    room.failures = 9;
    room.say(0.2);
    await play(0.7);
    await expect.poll(() => warnings.length, { timeout: 5_000 }).toBe(1);
    expect(warnings[0]!.message).toContain('The way is lost.');
  });

  test('falls silent when the agent leaves, and lives on', async () => {
    room.say(3);
    await play(0.6);
    room.leave();
    await play(0.6);
    expect(loudness(0.8, 1.2)).toBeLessThan(0.001);
    expect(watched.events.some(({ type }) => type === 'closed')).toBe(false);
  });

  test('ends with the room', async () => {
    room.say(3);
    await play(0.4);
    room.end();
    expect(await watched.closed).toMatchObject({ reason: 'connection_lost' });
  });
});
