import { once } from 'node:events';
import { basename, extname } from 'node:path';
import { Option } from 'commander';
import {
  type Avatar,
  type LiveOptions,
  type LiveServiceOptions,
  LoquentError,
  liveSchema,
  liveServiceSchema,
  type ServeOptions,
  serveSchema,
  type Warning,
} from '../../core/index.ts';
import type { CommandContext, CommandSpec } from '../command.ts';
import { optionsFor, pick } from '../flags.ts';

/** The options of a service that matter where no files are made. */
const addressSchema = serveSchema.pick({
  port: true,
  host: true,
  keys: true,
  origins: true,
  hosts: true,
  trustProxy: true,
  log: true,
});

interface RoomOptions {
  livekit?: string;
  livekitToken?: string;
  livekitAgent?: string;
}

type Typed = Partial<LiveOptions & LiveServiceOptions & ServeOptions> & RoomOptions & { avatar: string[] };

/** `loquent live`: avatars that people speak to. */
export const liveCommand: CommandSpec<Typed> = {
  name: 'live',
  summary: 'let people speak to an avatar, live in a browser',
  options: [
    new Option(
      '--avatar <file...>',
      'prepared .avatar file or photo; several can be chosen by their file names',
    ).makeOptionMandatory(),
    new Option(
      '--livekit <url>',
      'wss://... of a LiveKit server: give an agent there its face, instead of serving a page',
    ),
    new Option('--livekit-token <token>', 'access token of the avatar for the room').env('LIVEKIT_TOKEN'),
    new Option('--livekit-agent <identity>', 'the agent in the room (default: the token tells)'),
    ...optionsFor(liveServiceSchema),
    ...optionsFor(liveSchema),
    ...optionsFor(addressSchema),
  ],
  examples: [
    ['loquent live --avatar me.avatar', 'then open http://localhost:8000/live'],
    ['loquent live --avatar photo.jpg --profile low-latency', 'a photo, and as little delay as possible'],
    [
      'loquent live --avatar me.avatar --voice http://localhost:8880/v1/audio/speech',
      'texts are spoken by a speech service',
    ],
    [
      'loquent live --avatar me.avatar --host 0.0.0.0 --ice turn:user:secret@turn.example.org:3478',
      'for the network, also through firewalls',
    ],
    [
      'LIVEKIT_TOKEN=... loquent live --avatar me.avatar --livekit wss://example.livekit.cloud',
      'the face of an agent in a LiveKit room (needs npm install @livekit/rtc-node)',
    ],
  ],

  async run(typed, _argument, context) {
    if (typed.livekit !== undefined) return await joinRoom(typed.livekit, typed, context);
    const { reporter, signal } = context;
    const { createServer, liveResource, openLiveAvatar } = await import('../../server.ts');
    const avatars = new Map<string, Avatar>();
    for (const file of typed.avatar) {
      const name = basename(file, extname(file));
      if (avatars.has(name)) throw new LoquentError('OPTION_INVALID', `Two avatars are called "${name}".`);
      avatars.set(name, await openLiveAvatar(file, (warning) => reporter.warning(warning), signal));
    }
    const resource = liveResource({
      ...pick(liveServiceSchema, typed),
      avatars,
      session: pick(liveSchema, typed),
    });
    await using server = await createServer({
      log: 'warn',
      ...pick(addressSchema, typed),
      ephemeral: true,
      resources: [resource],
    });
    const url = `${server.url}/live`;
    reporter.report(
      { url, avatars: [...avatars.keys()] },
      `Open ${url} in a browser; end with Ctrl-C.\nFor programs: ${server.url}/docs`,
    );
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  },
};

/** Is the face of an agent until the room ends. */
async function joinRoom(url: string, typed: Typed, { reporter, signal }: CommandContext): Promise<number> {
  const [file, ...others] = typed.avatar;
  if (others.length > 0)
    throw new LoquentError('OPTION_INVALID', 'In a room there is one avatar, not several.');
  if (!typed.livekitToken) {
    throw new LoquentError(
      'OPTION_INVALID',
      'A room needs --livekit-token, or LIVEKIT_TOKEN in the environment.',
    );
  }
  const { joinLiveKitRoom } = await import('../../index.ts');
  const { openLiveAvatar } = await import('../../server.ts');
  const onWarning = (warning: Warning): void => reporter.warning(warning);
  const avatar = await openLiveAvatar(file!, onWarning, signal);
  await using face = await joinLiveKitRoom(avatar, {
    ...pick(liveSchema, typed),
    ...{ url, token: typed.livekitToken, agent: typed.livekitAgent, onWarning, signal },
  });
  reporter.report({ livekit: url }, 'The avatar is in the room; end with Ctrl-C.');
  const leave = (): void => void face.session.close('requested');
  signal.addEventListener('abort', leave, { once: true });
  const { reason, error } = await face.ended;
  if (error) throw new LoquentError(error.code, error.message, { hint: error.hint });
  if (!signal.aborted) reporter.report({ reason }, 'The room has ended.');
  return 0;
}
