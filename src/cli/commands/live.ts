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
} from '../../core/index.ts';
import type { CommandSpec } from '../command.ts';
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

type Typed = Partial<LiveOptions & LiveServiceOptions & ServeOptions> & { avatar: string[] };

/** `loquent live`: avatars that people speak to. */
export const liveCommand: CommandSpec<Typed> = {
  name: 'live',
  summary: 'let people speak to an avatar, live in a browser',
  options: [
    new Option(
      '--avatar <file...>',
      'prepared .avatar file or photo; several can be chosen by their file names',
    ).makeOptionMandatory(),
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
  ],

  async run(typed, _argument, { reporter, signal }) {
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
