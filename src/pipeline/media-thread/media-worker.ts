/** The media thread: all live sessions, their clocks and their connections. @module */
import {
  LIVE_PROTOCOL,
  LoquentError,
  type RtcOptions,
  type RtcTransport,
  type Warning,
} from '../../core/index.ts';
import { platform, type WorkerPort } from '../../platform/index.ts';
import { serve } from '../../platform/remote-calls.ts';
import { createRtcTransport } from '../../sinks/webrtc/transport.ts';
import { openLiveSession } from '../live/session.ts';
import { joinLiveKitRoom } from '../livekit/join-room.ts';
import type { MediaCalls, MediaNotice } from './media-calls.ts';
import { Room } from './room.ts';

/** {@link MediaCalls}, and how the thread itself begins and ends. */
export interface MediaThreadCalls extends MediaCalls {
  begin(rtc: RtcOptions): Promise<void>;
  end(): Promise<void>;
}

/** What speaks texts where nothing was chosen: the synthesiser of the machine, if it has one. */
async function usualVoice(): Promise<string | undefined> {
  return (await platform().which('espeak-ng')) ? 'espeak' : undefined;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  const rooms = new Map<string, Room>();
  let transport: RtcTransport | undefined;

  const notify = (notice: MediaNotice, transfer: ArrayBuffer[] = []): void => {
    if (notice.kind === 'event' && notice.event.type === 'closed') rooms.delete(notice.room);
    port.post(notice, transfer);
  };
  const find = (name: string): Room => {
    const room = rooms.get(name);
    if (!room) throw new LoquentError('LIVE_CLOSED', 'The live session has ended.');
    return room;
  };

  serve<MediaThreadCalls>(
    port,
    {
      async begin(rtc) {
        transport = await createRtcTransport(rtc);
      },
      async end() {
        await Promise.all([...rooms.values()].map((room) => room.close('shutdown')));
        await transport?.[Symbol.asyncDispose]();
      },
      async open(name, avatar, { session: options, microphone, motion, voice, livekit }) {
        if (!transport) throw new LoquentError('INTERNAL', 'The media thread has not begun.');
        const onWarning = ({ code, message }: Warning): void =>
          rooms.get(name)?.tell({ v: LIVE_PROTOCOL, type: 'warning', code, message });
        const face = livekit && (await joinLiveKitRoom(avatar, { ...options, ...livekit, onWarning }));
        const session = face?.session ?? (await openLiveSession(avatar, options));
        const room = await Room.open({
          session,
          transport,
          ...(face && { attended: () => face.attended }),
          microphone,
          motion,
          voice: voice ?? (await usualVoice()),
          notify: (notice, transfer) => notify({ room: name, ...notice }, transfer),
        });
        rooms.set(name, room);
        const { width, height, fps } = session;
        return { width, height, fps };
      },
      answer: async (name, offer) => find(name).answer(offer),
      addCandidates: async (name, peer, fragment) => find(name).addCandidates(peer, fragment),
      hangUp: async (name, peer) => find(name).hangUp(peer),
      command: async (name, text) => find(name).command(text),
      audio: async (name, bytes) => find(name).audio(bytes),
      speak: async (name, bytes, rate, utterance) => find(name).speak(bytes, rate, utterance),
      endUtterance: async (name, utterance) => find(name).session.endUtterance(utterance),
      interrupt: async (name) => find(name).interrupt(),
      tell: async (name, event) => find(name).tell(event),
      stats: async (name) => find(name).stats(),
      close: async (name, reason) => rooms.get(name)?.close(reason),
    },
    'at-once',
  );
}
