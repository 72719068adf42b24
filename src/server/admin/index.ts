import { resolve } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { cacheSizes } from '../../pipeline/cache-sizes.ts';
import { KeyRing } from '../access/key-ring.ts';
import { SCOPES } from '../access/principal.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { VERSION } from '../version.ts';
import type { Workshop } from '../work/workshop.ts';

const overviewSchema = z.object({
  version: z.string(),
  uptime: z.number().describe('seconds since the service was started'),
  data: z.string().nullable().describe('folder of database and files; null if nothing outlives the service'),
  keysNeeded: z.boolean().describe('whether API keys are asked for'),
  memory: z.int().describe('bytes that the service itself takes, without workers'),
  workers: z.object({ busy: z.int(), all: z.int() }),
  jobs: z.record(z.string(), z.record(z.string(), z.int())).describe('how many there are, by kind and state'),
  oldestWait: z.number().describe('seconds that the oldest job has waited which could be started now'),
  files: z.object({ count: z.int(), bytes: z.number() }).describe('everything that is kept'),
  caches: z
    .record(z.string(), z.object({ count: z.int(), bytes: z.number() }))
    .describe(
      'what can be made again, by kind: prepared avatars, what voices of services said, what networks made of sources and speech',
    ),
});

const auditSchema = z.object({
  id: z.int(),
  time: z.iso.datetime(),
  actor: z.string().describe('id of a key, `local`, `command line`, or `unknown` where no key was believed'),
  action: z.string().describe('method and route'),
  target: z.string().nullable().describe('id of what it was done to'),
  status: z.int(),
  requestId: z.string().nullable(),
  address: z.string().nullable(),
});

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
});

/** What those who run the service see and do from afar. */
export function adminResource({ context, queue, dispatcher, renderer }: Workshop): Resource {
  const { database, data, keysNeeded, audit } = context;
  const keys = new KeyRing(database);
  const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  return {
    name: 'Administration',
    description: 'For those who run the service: what it does, and who may use it.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/v1/admin',
        summary: 'Shows what the service does at the moment.',
        scope: 'admin',
        answers: { 200: { description: 'The overview.', schema: overviewSchema } },
        async handle() {
          const { count, bytes } = await database
            .selectFrom('assets')
            .select((row) => [row.fn.countAll<number>().as('count'), row.fn.sum<number>('bytes').as('bytes')])
            .executeTakeFirstOrThrow();
          return {
            version: VERSION,
            uptime: process.uptime(),
            data: data && resolve(data),
            keysNeeded,
            memory: process.memoryUsage.rss(),
            workers: { busy: dispatcher.busy, all: renderer.slots },
            jobs: await queue.counts(),
            oldestWait: await queue.oldestWait(),
            files: { count, bytes: bytes ?? 0 },
            caches: await cacheSizes(),
          };
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/v1/admin/audit',
        summary: 'Tells who did what, the newest first.',
        description: 'Every request that changed something, and every one that was not allowed to.',
        scope: 'admin',
        query: z.object({
          limit: z.coerce.number().int().min(1).max(1000).default(100).describe('at most so many'),
          before: z.coerce.number().int().optional().describe('`next` of the page before'),
        }),
        answers: {
          200: {
            description: 'A page.',
            schema: z.object({
              items: z.array(auditSchema),
              intact: z.boolean().describe('whether none of them was changed or taken out since'),
              next: z.int().nullable(),
            }),
          },
        },
        async handle({ query: { limit, before } }) {
          const { entries, intact } = await audit.list(limit, before);
          const items = entries.map(({ time, ...entry }) => ({ ...entry, time: iso(time)! }));
          return { items, intact, next: entries.length === limit ? entries.at(-1)!.id : null };
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/v1/admin/keys',
        summary: 'Lists the API keys, without their secrets.',
        scope: 'admin',
        answers: { 200: { description: 'The keys.', schema: z.object({ items: z.array(keySchema) }) } },
        handle: async () => ({
          items: (await keys.list()).map((key) => ({
            ...key,
            createdAt: iso(key.createdAt),
            revokedAt: iso(key.revokedAt),
          })),
        }),
      }),
      defineRoute({
        method: 'POST',
        path: '/v1/admin/keys',
        summary: 'Makes an API key.',
        scope: 'admin',
        body: z.strictObject({
          name: z.string().trim().min(1).max(100).describe('for people, to tell keys apart'),
          scopes: z
            .array(z.enum(SCOPES))
            .min(1)
            .default(['avatars', 'videos', 'live'])
            .describe('what it may be used for'),
        }),
        answers: {
          201: {
            description: 'The key. It is shown here and never again.',
            schema: keySchema.extend({ key: z.string() }),
          },
        },
        async handle({ body: { name, scopes }, reply, log }) {
          const made = await keys.create(name, [...new Set(scopes)]);
          log.info({ key: made.id, scopes }, 'key created');
          reply.code(201);
          return { ...made, createdAt: iso(made.createdAt), revokedAt: null };
        },
      }),
      defineRoute({
        method: 'DELETE',
        path: '/v1/admin/keys/:id',
        summary: 'Revokes an API key at once. What it made stays.',
        scope: 'admin',
        params: z.object({ id: z.string().max(100) }),
        answers: { 204: { description: 'It is revoked.' } },
        async handle({ params: { id }, reply, log }) {
          if (!(await keys.revoke(id))) {
            throw new LoquentError('ROUTE_NOT_FOUND', `There is no key "${id.slice(0, 40)}" in use.`);
          }
          log.info({ key: id }, 'key revoked');
          await reply.code(204).send();
          return undefined;
        },
      }),
    ],
  };
}
