/**
 * An agent in a LiveKit room, in a process of its own, as LiveKit's library serves one thread of a process: says something, and prints
 * what it is told of it. Leaves when its input ends.
 *
 * @module
 */
import process from 'node:process';
import { Room, RoomEvent, TrackKind } from '@livekit/rtc-node';
import { hum } from '../../pipeline/livekit/agent-and-room.ts';
import { tokenOf } from '../../pipeline/livekit/room-token.ts';

const [server, name, avatar, room] = process.argv.slice(2) as [string, string, string, string];
const say = (what: unknown): void => console.log(`told ${JSON.stringify(what)}`);
const agent = new Room();
const { promise: seen, resolve: face } = Promise.withResolvers<void>();
agent.on(RoomEvent.TrackSubscribed, ({ kind }) => {
  if (kind === TrackKind.KIND_VIDEO) face();
});
await agent.connect(server, tokenOf(name, {}, room), { autoSubscribe: true, dynacast: false });
const me = agent.localParticipant!;
for (const method of ['lk.playback_started', 'lk.playback_finished']) {
  me.registerRpcMethod(method, async ({ payload }) => {
    say(payload === '' ? 'started' : JSON.parse(payload));
    return 'ok';
  });
}
say('ready');
await seen;
const attributes = { sample_rate: '24000', num_channels: '1' };
const stream = await me.streamBytes({
  topic: 'lk.audio_stream',
  destinationIdentities: [avatar],
  attributes,
});
await stream.write(hum(0.8, 24_000));
await stream.close();
process.stdin.resume().on('end', () => void agent.disconnect().finally(() => process.exit(0)));
