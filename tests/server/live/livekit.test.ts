/**
 * Sessions that join rooms of a LiveKit server. With `LOQUENT_TEST_LIVEKIT=ws://127.0.0.1:7880`, the address of a `livekit-server --dev`, one
 * does.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { tokenOf } from '../../pipeline/livekit/room-token.ts';
import { send } from '../support/room.ts';
import { begin, openLiveRoom, Socket, until } from './support.ts';

const server = process.env['LOQUENT_TEST_LIVEKIT'];
if (!server) console.log('LOQUENT_TEST_LIVEKIT is not set: no session joins a real room.');
const ROOM = `service-${process.pid}`;
/** Where nobody listens. */
const NOWHERE = 'ws://127.0.0.1:9';

const room = await openLiveRoom({
  sessions: 2,
  idle: 2,
  livekitServers: [NOWHERE, ...(server ? [server] : [])].join(','),
});
const join = (livekit: object) => send(room, '/v1/live/sessions', { body: { livekit } });

describe('a session in a LiveKit room', () => {
  test('joins rooms only of servers that the service names', async () => {
    const refused = await join({ url: 'wss://127.0.0.1:9', token: 'a.b.c' });
    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({
      code: 'OPTION_INVALID',
      hint: expect.stringContaining('--livekit-servers'),
    });
    expect((await join({ url: 'http://127.0.0.1:9', token: 'a.b.c' })).status).toBe(400);
    expect((await join({ url: NOWHERE })).status).toBe(400);
    await expect(openLiveRoom({ livekitServers: 'https://example.org' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });

  test('says that it could not join, and is not counted', async () => {
    const refused = await join({ url: `${NOWHERE}/`, token: 'a.b.c' });
    expect(refused.status).toBe(502);
    expect(refused.json()).toMatchObject({ code: 'LIVEKIT_FAILED' });
    expect((await send(room, '/v1/live/sessions')).json()).toMatchObject({ running: 0 });
  });

  test.runIf(server)(
    'speaks for its agent, lives as long as he is there, and obeys the service',
    async () => {
      const agent = startAgent('agent-8', 'loquent-8');
      await expect.poll(() => agent.told, { timeout: 20_000 }).toEqual(['ready']);
      const { id, urls } = await begin(room, {
        livekit: { url: server, token: tokenFor('loquent-8', 'agent-8') },
      });
      const socket = await new Socket(room, urls.socket).open();
      const whole = { playback_position: 0.8, interrupted: false };
      await expect.poll(() => agent.told, { timeout: 20_000 }).toEqual(['ready', 'started', whole]);
      expect(socket.events.map(({ type }) => type)).toContain('speech_finished');
      // It is not idle: its agent is there.
      await setTimeout(4_000);
      expect((await send(room, '/v1/live/sessions')).json()).toMatchObject({ running: 1 });
      agent.leave();
      await until(() => socket.events.some(({ type }) => type === 'closed'));
      expect(socket.events.at(-1)).toMatchObject({ type: 'closed', reason: 'idle' });
      expect((await send(room, urls.self)).status).toBe(404);
      const again = await begin(room, { livekit: { url: server, token: tokenFor('loquent-9', 'agent-9') } });
      expect(again.id).not.toBe(id);
      expect((await send(room, again.urls.self, { method: 'DELETE' })).status).toBe(204);
    },
    90_000,
  );
});

const tokenFor = (name: string, agent: string): string =>
  tokenOf(name, { 'lk.publish_on_behalf': agent }, ROOM);

/** Starts an agent, which waits for its face, says something, and stays until it is told to leave. */
function startAgent(name: string, avatar: string) {
  const script = fileURLToPath(new URL('./livekit-agent.ts', import.meta.url));
  const child = spawn(process.execPath, [script, server!, name, avatar, ROOM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const told: unknown[] = [];
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('told ')) told.push(JSON.parse(line.slice(5)));
  });
  return { told, leave: () => child.stdin.end() };
}
