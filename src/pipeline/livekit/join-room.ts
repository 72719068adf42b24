import {
  type Avatar,
  type LiveEvent,
  type LiveOptions,
  type LiveSession,
  LoquentError,
  liveSchema,
  parseOptions,
  throwIfAborted,
  type Warning,
} from '../../core/index.ts';
import { joinRtcNodeRoom } from '../../sinks/livekit/rtc-node-room.ts';
import { openLiveSession } from '../live/session.ts';
import { AgentAvatar } from './agent-avatar.ts';

/** A room of a LiveKit server. */
export interface LiveKitRoom {
  /** The LiveKit server, `wss://...` or `ws://...`. */
  readonly url: string;
  /** Access token of the avatar, with `lk.publish_on_behalf` of its agent as attribute. */
  readonly token: string;
  /** Identity of the agent; the token tells it if missing, else the first agent that speaks is it. */
  readonly agent?: string | undefined;
}

/** Which room an avatar joins, for whom, and how it moves and looks there. */
export interface LiveKitOptions extends LiveKitRoom, Partial<LiveOptions> {
  /** Hears of what fails without ending anything. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
  /** Gives the joining up. */
  readonly signal?: AbortSignal | undefined;
}

/** An avatar in a LiveKit room. Disposing lets it leave. */
export interface LiveKitAvatar extends AsyncDisposable {
  /** For controls, background and figures; speech comes from the agent. */
  readonly session: LiveSession;
  /** Whether the agent is in the room. */
  readonly attended: boolean;
  /** Resolves when the avatar has left, with the reason. */
  readonly ended: Promise<Extract<LiveEvent, { type: 'closed' }>>;
}

/**
 * Gives an agent of the LiveKit agents framework a face: joins its room, says what the agent sends there (`DataStreamAudioOutput`), and
 * publishes face and voice. Needs the package `@livekit/rtc-node`; see `docs/live.md`.
 *
 * @param avatar - Prepared by `prepareAvatar`.
 * @throws LoquentError `OPTION_INVALID`, `LIVEKIT_MISSING`, `LIVEKIT_FAILED`, and whatever `openLiveSession` throws.
 */
export async function joinLiveKitRoom(
  avatar: Avatar,
  { url, token, agent, onWarning = () => undefined, signal, ...values }: LiveKitOptions,
): Promise<LiveKitAvatar> {
  if (!/^wss?:\/\/./.test(url)) {
    throw new LoquentError('OPTION_INVALID', `A LiveKit server has an address as wss://host, not "${url}".`);
  }
  const { bitrate } = parseOptions(liveSchema, values);
  const parts: AsyncDisposable[] = [];
  const leave = async (): Promise<void> => {
    const part = parts.pop();
    if (part === undefined) return;
    try {
      await part[Symbol.asyncDispose]();
    } finally {
      await leave();
    }
  };
  const { promise: ended, resolve } = Promise.withResolvers<Extract<LiveEvent, { type: 'closed' }>>();
  try {
    // First what can be refused, then what takes its time.
    const room = await joinRtcNodeRoom({ url, token, agent, bitrate });
    parts.push(room);
    throwIfAborted(signal);
    const session = await openLiveSession(avatar, { ...values, signal });
    parts.push(session);
    session.subscribe({
      event(event) {
        if (event.type !== 'closed') return;
        const left = Promise.resolve(room[Symbol.asyncDispose]());
        void left.catch(() => undefined).then(() => resolve(event));
      },
    });
    await new AgentAvatar(session, room, onWarning).enter();
    return {
      ...{ session, ended },
      get attended() {
        return room.attended;
      },
      [Symbol.asyncDispose]: leave,
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
