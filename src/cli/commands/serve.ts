import { once } from 'node:events';
import { type ServeOptions, serveSchema } from '../../core/index.ts';
import type { CommandSpec } from '../command.ts';
import { optionsFor, pick } from '../flags.ts';

type Typed = Partial<ServeOptions>;

/** Seconds between the end of the work and the end of the program. */
const MARGIN = 3;

/** `loquent serve`: the HTTP service. */
export const serveCommand: CommandSpec<Typed> = {
  name: 'serve',
  summary: 'serve videos over HTTP',
  options: [...optionsFor(serveSchema)],
  examples: [
    ['loquent serve', 'for programs on this machine, at http://localhost:8000'],
    ['loquent serve --host 0.0.0.0', 'for the network; keys are made by `loquent keys create`'],
    ['loquent serve --data /var/lib/loquent --log warn', 'everything in one folder'],
  ],

  grace: ({ drain }) => (drain ?? serveSchema.shape.drain.parse(undefined)) + MARGIN,

  async run(typed, _argument, { reporter, signal }) {
    const { createServer, videoService } = await import('../../server.ts');
    await using server = await createServer({ ...pick(serveSchema, typed), resources: [videoService] });
    const { url, data, keysNeeded } = server;
    const who = keysNeeded
      ? 'Keys are asked for: make one with `loquent keys create`.'
      : 'No keys are asked for: every program on this machine can use it.';
    reporter.report({ url, data, keysNeeded }, `${url}\nDocumentation: ${url}/docs\nFiles: ${data}\n${who}`);
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  },
};
