import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { voiceSchema } from '../voices/voice-name.ts';
import { videoOptionsSchema } from '../work/job-input.ts';

const agentsSchema = z.record(
  z.string(),
  z.strictObject({
    image: z.string(),
    voice: voiceSchema.optional(),
    options: videoOptionsSchema.partial().optional(),
  }),
);

/** A speaker that whoever runs the service has set up. */
export interface Agent {
  /** Path of the photo. */
  readonly image: string;
  readonly voice: string | undefined;
  /** Options of its videos. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Reads the speakers of a service.
 *
 * @param path - JSON `{name: {image, voice, options}}`; pictures are relative to the file. `undefined`: there are none.
 * @throws LoquentError `OPTION_INVALID`.
 */
export async function readAgents(path: string | undefined): Promise<ReadonlyMap<string, Agent>> {
  if (path === undefined) return new Map();
  try {
    const given = agentsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    const agents = Object.entries(given).map(([name, { image, voice, options }]) => {
      // Only what was said: defaults are filled in with the order.
      const own = Object.fromEntries(
        Object.entries(options ?? {}).filter(([, value]) => value !== undefined),
      );
      return [name, { image: resolve(dirname(path), image), voice, options: own }] as const;
    });
    return new Map(agents);
  } catch (cause) {
    const reason =
      cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : '';
    throw new LoquentError('OPTION_INVALID', `The agents in "${path}" cannot be read: ${reason}`, { cause });
  }
}
