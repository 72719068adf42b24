/**
 * Joining rooms by LiveKit's own library. With `LOQUENT_TEST_LIVEKIT=ws://127.0.0.1:7880`, the address of a `livekit-server --dev`, an
 * agent speaks through an avatar in a real room.
 */
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Room, RoomEvent, TrackKind, VideoStream } from '@livekit/rtc-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Avatar, joinLiveKitRoom, prepareAvatar } from '../../../src/index.ts';
import { hum } from './agent-and-room.ts';
import { tokenOf } from './room-token.ts';

let avatar: Avatar;
const server = process.env['LOQUENT_TEST_LIVEKIT'];
if (!server) console.log('LOQUENT_TEST_LIVEKIT is not set: no avatar joins a real room.');

beforeAll(async () => {
  avatar = await prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
});

describe('joining a room', () => {
  test('refuses what is no address of a LiveKit server', async () => {
    const joined = joinLiveKitRoom(avatar, { url: 'localhost:7880', token: 'a.b.c' });
    await expect(joined).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('tells that there is no server, and leaves nothing behind', async () => {
    const joined = joinLiveKitRoom(avatar, { url: 'ws://127.0.0.1:9', token: 'a.b.c', size: 64 });
    await expect(joined).rejects.toMatchObject({ code: 'LIVEKIT_FAILED', retryable: true });
  });

  test.runIf(server)('an agent in a real room is seen speaking, is interrupted, and told of it', async () => {
    const agent = new Room();
    await agent.connect(server!, tokenOf('agent-7', {}), { autoSubscribe: true, dynacast: false });
    const me = agent.localParticipant!;
    const told: unknown[] = [];
    for (const method of ['lk.playback_started', 'lk.playback_finished']) {
      me.registerRpcMethod(method, async ({ payload }) => {
        told.push(payload === '' ? 'started' : JSON.parse(payload));
        return 'ok';
      });
    }
    let frames = 0;
    agent.on(RoomEvent.TrackSubscribed, async (track) => {
      if (track.kind !== TrackKind.KIND_VIDEO) return;
      for await (const { frame } of new VideoStream(track)) {
        expect([frame.width, frame.height]).toEqual([256, 256]);
        frames += 1;
      }
    });
    const say = async (seconds: number): Promise<void> => {
      const attributes = { sample_rate: '24000', num_channels: '1' };
      const to = { topic: 'lk.audio_stream', destinationIdentities: ['loquent'], attributes };
      const stream = await me.streamBytes(to);
      await stream.write(hum(seconds, 24_000));
      await stream.close();
    };
    const token = tokenOf('loquent', { 'lk.publish_on_behalf': 'agent-7' });
    const face = await joinLiveKitRoom(avatar, { url: server!, token, size: 256 });
    await expect.poll(() => frames, { timeout: 20_000 }).toBeGreaterThan(10);
    await say(0.8);
    const whole = { playback_position: 0.8, interrupted: false };
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['started', whole]);
    await say(20);
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(3);
    await setTimeout(500);
    const call = { destinationIdentity: 'loquent', method: 'lk.clear_buffer', payload: '' };
    expect(await me.performRpc(call)).toBe('ok');
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(4);
    expect(told[3]).toMatchObject({ interrupted: true });
    await face[Symbol.asyncDispose]();
    expect(await face.ended).toMatchObject({ reason: 'requested' });
    await agent.disconnect();
  });
});
