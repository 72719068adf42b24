/** What becomes of the sessions, and of those after them, when their thread dies. */
import { fastify } from 'fastify';
import { expect, test, vi } from 'vitest';
import type { LiveEvent } from '../../../src/core/index.ts';
import { platform, usePlatform } from '../../../src/platform/index.ts';
import { sharedAvatars } from '../../../src/server/live/live-avatars.ts';
import { LiveSessions, type LiveSetup } from '../../../src/server/live/live-sessions.ts';
import { builtAva } from '../../avatar/test-faces.ts';
import { DEADLY } from './mortal-worker.ts';
import { until } from './support.ts';

const setup = async (): Promise<LiveSetup> => ({
  avatars: sharedAvatars(new Map([['ava', await builtAva()]])),
  lazy: false,
  session: {},
  microphone: 'off',
  motion: false,
  voice: undefined,
  rtc: {
    implementation: 'werift',
    ice: { servers: [], addresses: ['127.0.0.1'] },
    playoutDelay: 40,
    bitrate: { least: 100_000, most: 1_500_000 },
  },
  sessions: 2,
  idle: 60,
  maxLength: 60,
  livekitServers: [],
});

test('a media thread that dies ends its sessions with the reason, and another one takes its place', async () => {
  const worker = new URL('./mortal-worker.ts', import.meta.url);
  const sessions = await LiveSessions.start(await setup(), fastify().log, worker);
  const wish = {
    avatar: 'ava',
    session: { size: 64, encoder: 'embedded', preset: 'fast' },
    microphone: 'off',
    voice: undefined,
  } as const;
  try {
    const { id } = await sessions.open('me', wish);
    const events: LiveEvent[] = [];
    sessions.join(id, { event: (event) => void events.push(event) });
    await expect(sessions.media.call('command', [id, DEADLY])).rejects.toMatchObject({ code: 'INTERNAL' });
    await until(() => events.some(({ type }) => type === 'closed'));
    expect(events.at(-1)).toMatchObject({ type: 'closed', reason: 'failed', error: { code: 'INTERNAL' } });
    expect(() => sessions.get(id)).toThrow(/no live session/);
    expect(sessions.admission.running).toBe(0);
    await until(() => sessions.trouble === null);
    const next = await sessions.open('me', wish);
    expect(sessions.list('me').map((one) => one.id)).toEqual([next.id]);
  } finally {
    await sessions.close();
  }
}, 240_000);

test('the first media thread is started once, however long that takes', async () => {
  const ready = await setup();
  const usual = platform();
  let started = 0;
  const startWorker: typeof usual.startWorker = (...args) => {
    started += 1;
    return usual.startWorker(...args);
  };
  usePlatform({ ...usual, startWorker });
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    const starting = LiveSessions.start(ready, fastify().log);
    vi.advanceTimersByTime(5_000);
    const sessions = await starting;
    vi.advanceTimersByTime(5_000);
    await sessions.close();
    expect(started).toBe(1);
  } finally {
    vi.useRealTimers();
    usePlatform(usual);
  }
}, 120_000);
