import {
  type Avatar,
  type LiveOptions,
  type LiveServiceOptions,
  liveSchema,
  liveServiceSchema,
  parseOptions,
} from '../../core/index.ts';
import { isLoopback } from '../access/loopback.ts';
import type { Resource, ResourceFactory, ServerContext } from '../resource.ts';
import { liveAccess } from './access.ts';
import { parseIceServers, parsePorts } from './ice-options.ts';
import { type LiveAvatars, sharedAvatars } from './live-avatars.ts';
import { LiveSessions, type LiveSetup } from './live-sessions.ts';
import { parseLiveKitServers } from './livekit-servers.ts';
import { pageRoutes } from './page.ts';
import { sessionRoutes } from './session-routes.ts';
import { serveSockets } from './web-socket.ts';
import { whepRoutes } from './whep.ts';

/** Who can be spoken to, and how. */
export type LiveResourceOptions = LiveSettings & {
  /** Avatars by name, for everybody; the first one is the usual one. */
  readonly avatars: ReadonlyMap<string, Avatar>;
};

/** How live sessions are run. */
export type LiveSettings = Partial<LiveServiceOptions> & {
  /** What a session is unless its client says otherwise. */
  readonly session?: Partial<LiveOptions>;
};

/** How long pictures wait for their sound at the viewer, milliseconds: browsers keep sound back so long, whatever they are told. */
const LIP_SYNC_DELAY = 40;
/** Bits per second below which pictures are not worth sending. */
const LEAST_BITRATE = 100_000;

/**
 * Live sessions: avatars that people and programs speak to.
 *
 * @throws LoquentError (the factory) `OPTION_INVALID`, `RTC_MISSING`.
 */
export function liveResource({ avatars, ...settings }: LiveResourceOptions): ResourceFactory {
  return (context) => liveSessions(context, sharedAvatars(avatars), settings, false);
}

/**
 * Live sessions with avatars that come and go.
 *
 * @param lazy - Whether what they need is started with the first one only.
 * @throws LoquentError `OPTION_INVALID`, and `RTC_MISSING` unless `lazy`.
 */
export async function liveSessions(
  context: ServerContext,
  avatars: LiveAvatars,
  settings: LiveSettings,
  lazy: boolean,
): Promise<Resource> {
  const setup = setupOf(settings, avatars, lazy, context);
  const sessions = await LiveSessions.start(setup, context.log);
  const access = liveAccess(context, sessions);
  let sockets: Disposable | undefined;
  return {
    name: 'Live',
    description: 'Avatars that people and programs speak to, over WebRTC; [the page](/live) does.',
    routes: [
      ...sessionRoutes(sessions, access, setup.rtc.ice.servers),
      ...whepRoutes(sessions, access),
      ...pageRoutes(setup),
    ],
    attach(http) {
      sockets = serveSockets(http, sessions, access.upgrade, context.log);
    },
    trouble: () => sessions.trouble,
    async drain() {
      await sessions.close();
      sockets?.[Symbol.dispose]();
    },
    close: () => sessions.close(),
  };
}

function setupOf(
  { session = {}, ...values }: LiveSettings,
  avatars: LiveAvatars,
  lazy: boolean,
  context: ServerContext,
): LiveSetup {
  const options = parseOptions(liveServiceSchema, values);
  const { bitrate } = parseOptions(liveSchema, session);
  const addresses = options.iceAddresses.split(',').map((address) => address.trim());
  return {
    avatars,
    lazy,
    session,
    microphone: options.microphone,
    motion: options.motion === 'on' || (options.motion === 'auto' && isLoopback(context.options.host)),
    voice: options.voice,
    sessions: options.sessions,
    idle: options.idle,
    maxLength: options.maxLength,
    livekitServers: parseLiveKitServers(options.livekitServers),
    rtc: {
      implementation: options.rtc,
      ice: {
        servers: parseIceServers(options.ice),
        ports: parsePorts(options.icePorts),
        // A machine without any network can still speak to itself.
        addresses: [...addresses.filter(Boolean), ...(isLoopback(context.options.host) ? ['127.0.0.1'] : [])],
      },
      playoutDelay: options.playoutDelay ?? LIP_SYNC_DELAY,
      bitrate: { least: Math.min(LEAST_BITRATE, bitrate), most: bitrate },
    },
  };
}
