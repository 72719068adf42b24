import { once } from 'node:events';
import {
  type LiveServiceOptions,
  liveServiceSchema,
  type ServeOptions,
  serveSchema,
} from '../../core/index.ts';
import type { CommandSpec } from '../command.ts';
import { optionsFor, pick } from '../flags.ts';

/** How live sessions are run; texts are spoken by the voice of the service. */
const liveOptions = liveServiceSchema.omit({ voice: true });

type Typed = Partial<ServeOptions & Omit<LiveServiceOptions, 'voice'>>;

/** Seconds between the end of the work and the end of the program. */
const MARGIN = 3;

/** `loquent serve`: the HTTP service. */
export const serveCommand: CommandSpec<Typed> = {
  name: 'serve',
  summary: 'serve videos, the studio and live sessions over HTTP',
  options: [...optionsFor(serveSchema), ...optionsFor(liveOptions)],
  examples: [
    ['loquent serve', 'for programs on this machine, at http://localhost:8000'],
    ['loquent serve --host 0.0.0.0', 'for the network; keys are made by `loquent keys create`'],
    ['loquent serve --data /var/lib/loquent --log warn', 'everything in one folder'],
  ],

  grace: ({ drain }) => (drain ?? serveSchema.shape.drain.parse(undefined)) + MARGIN,

  async run(typed, _argument, { reporter, signal }) {
    const { createServer, studioService } = await import('../../server.ts');
    await using server = await createServer({
      ...pick(serveSchema, typed),
      resources: [studioService(pick(liveOptions, typed))],
    });
    const { url, data, keysNeeded } = server;
    const who = keysNeeded
      ? 'Keys are asked for: make one with `loquent keys create`.'
      : 'No keys are asked for: every program on this machine can use it.';
    reporter.report({ url, data, keysNeeded }, `${url}\nDocumentation: ${url}/docs\nFiles: ${data}\n${who}`);
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  },
};
