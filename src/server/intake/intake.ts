import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import type { AssetStore, NewAsset, ReceivedFile } from '../../jobs/asset-store.ts';
import { type Call, check } from '../route.ts';
import { type FileRole, mediaTypeFor } from './file-role.ts';
import type { GuardedRequests } from './guarded-request.ts';
import { readForm } from './read-form.ts';

/** The files of a request, in the store, recognised, and owned by whoever asks. */
export type Files = Partial<Record<FileRole, NewAsset>>;

/** A request to make something. */
export interface Order<Fields> {
  /** The fields; those of files are gone. */
  readonly fields: Omit<Fields, FileRole>;
  readonly files: Files;
  /** Hash of everything that was asked for. */
  readonly fingerprint: string;
}

/** Media type of a form. */
export const FORM = 'multipart/form-data';

/** Describes an address that a file is fetched from. */
export function fileAddress(what: string): z.ZodOptional<z.ZodURL> {
  return z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .describe(`${what}: an https address to fetch it from`);
}

/** Takes in what clients send, however they send it. */
export class Intake {
  readonly #store: AssetStore;
  readonly #requests: GuardedRequests;
  /** Largest file, bytes. */
  readonly limit: number;

  constructor(store: AssetStore, requests: GuardedRequests, limit: number) {
    this.#store = store;
    this.#requests = requests;
    this.limit = limit;
  }

  /**
   * Reads a request: a form with files, or JSON with addresses of files.
   *
   * @param schema - The JSON body; in a form, every field of it is a text or, for `roles`, a file.
   * @throws LoquentError whatever is wrong with the request; nothing of it is left then.
   */
  async read<S extends z.ZodObject>(
    call: Call,
    schema: S,
    roles: readonly FileRole[],
  ): Promise<Order<z.output<S>>> {
    const sent = (call.request.headers['content-type'] ?? '').toLowerCase().startsWith(FORM);
    if (!sent) return this.take(call.body as z.output<S>, roles, call.principal.id);
    const form = await readForm(call.request, this.#store, roles, this.limit);
    try {
      const fields = check(schema, valuesOf(form.texts, schema), 'body');
      return await this.take(fields, roles, call.principal.id, form.files);
    } catch (error) {
      for (const { id } of form.files.values()) await this.#store.discard(id);
      throw error;
    }
  }

  /**
   * Fetches the files that fields name, and recognises all of them.
   *
   * @param received - Files that came with the request; they are the caller's to discard on failure.
   */
  async take<Fields extends object>(
    fields: Fields,
    roles: readonly FileRole[],
    owner: string,
    received: ReadonlyMap<string, ReceivedFile> = new Map(),
  ): Promise<Order<Fields>> {
    const rest = { ...fields } as Record<string, unknown>;
    const files: Files = {};
    const fetched: string[] = [];
    try {
      for (const role of roles) {
        const address = rest[role];
        delete rest[role];
        let file = received.get(role);
        if (file && address !== undefined) {
          throw new LoquentError('REQUEST_INVALID', `"${role}" is given twice: as a file and as an address.`);
        }
        if (typeof address === 'string') {
          file = await this.#store.receive(await this.#requests.download(address), this.limit);
          fetched.push(file.id);
        }
        if (!file) continue;
        const { id, bytes, sha256, head } = file;
        files[role] = { id, owner, bytes, sha256, mediaType: mediaTypeFor(role, head) };
      }
    } catch (error) {
      for (const id of fetched) await this.#store.discard(id);
      throw error;
    }
    return { fields: rest as Omit<Fields, FileRole>, files, fingerprint: fingerprintOf(rest, files) };
  }

  /** Forgets the files of a request that came to nothing. */
  async discard(files: Files): Promise<void> {
    for (const { id } of Object.values(files)) await this.#store.discard(id);
  }
}

/** The JSON values that texts of a form stand for: `25`, `true` and `{"happy":0.5}` mean themselves. */
function valuesOf(texts: ReadonlyMap<string, string>, schema: z.ZodObject): Record<string, unknown> {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const values = [...texts].map(([name, text]) => {
    const property = properties[name];
    const isText = typeof property === 'object' && property.type === 'string';
    return [name, isText ? text : jsonOf(text)];
  });
  return Object.fromEntries(values) as Record<string, unknown>;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what is wrong with it.
    return text;
  }
}

function fingerprintOf(fields: object, files: Files): string {
  const contents = Object.entries(files).map(([role, { sha256 }]) => [role, sha256]);
  const sorted = [...Object.entries(fields), ...contents].toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
