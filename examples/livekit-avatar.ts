/**
 * The face of an agent in a LiveKit room. The agent (LiveKit's agents framework, `DataStreamAudioOutput`) makes the token and starts
 * this program with it: `LIVEKIT_URL=wss://... LIVEKIT_TOKEN=... node livekit-avatar.ts photo.jpg`.
 */
import { joinLiveKitRoom, prepareAvatar } from 'loquent';

const { LIVEKIT_URL: url = 'ws://localhost:7880', LIVEKIT_TOKEN: token = '' } = process.env;
const avatar = await prepareAvatar(process.argv[2] ?? 'photo.jpg');

await using face = await joinLiveKitRoom(avatar, {
  url,
  token,
  manner: 'presenter',
  onWarning: ({ message }) => console.warn(message),
});
face.session.control({ emotion: { happy: 0.3 } });
face.session.subscribe({
  event(event) {
    if (event.type === 'speech_finished') console.log(`said ${event.position.toFixed(1)} s`);
  },
});
process.once('SIGINT', () => void face.session.close('requested'));

const { reason } = await face.ended;
console.log(`The avatar has left: ${reason}.`);
