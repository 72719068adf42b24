import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { asLoquentError, LoquentError } from '../../core/index.ts';
import type { AssetStore, ReceivedFile } from '../../jobs/asset-store.ts';

/** What a `multipart/form-data` body held. */
export interface Form {
  readonly texts: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, ReceivedFile>;
}

/** Most text fields, and longest text of one, bytes. */
const MOST_FIELDS = 100;
const LONGEST_FIELD = 64 * 1024;

/**
 * Reads a form. Files go to the store as they come; their names and declared types are not believed and not kept. If
 * anything is wrong, nothing of it is left.
 *
 * @param roles - Names that files may have.
 * @param limit - Largest file, bytes.
 * @throws LoquentError `REQUEST_INVALID`, `REQUEST_TOO_LARGE`, and what the store throws.
 */
export async function readForm(
  request: FastifyRequest,
  store: AssetStore,
  roles: readonly string[],
  limit: number,
): Promise<Form> {
  const texts = new Map<string, string>();
  const taking = new Map<string, Promise<ReceivedFile>>();
  const open = new Set<Readable>();
  let wrong: unknown;
  const form = openForm(request, limit, roles.length);
  const stop = (error: unknown) => {
    wrong ??= error;
    form.destroy(error as Error);
  };
  // Whatever goes wrong reaches `wrong` by way of the pipeline or of the store; an error that nobody hears ends the process.
  form.on('error', () => {});
  form.on('file', (name, file) => {
    open.add(file);
    file.on('error', () => {});
    file.once('close', () => open.delete(file));
    if (!roles.includes(name) || taking.has(name)) {
      file.resume();
      return stop(invalid(name, `is no file that is taken here once; files are ${roles.join(', ')}`));
    }
    const taken = store.receive(whole(file, limit), limit);
    taken.catch(stop);
    taking.set(name, taken);
  });
  form.on('field', (name, text, nameCut, textCut) => {
    if (nameCut || textCut) return stop(invalid(name, `is longer than ${LONGEST_FIELD} bytes`));
    if (texts.has(name)) return stop(invalid(name, 'is given twice'));
    texts.set(name, text);
  });
  form.on('fieldsLimit', () => stop(invalid('', `has more than ${MOST_FIELDS} fields`)));
  form.on('filesLimit', () => stop(invalid('', 'has too many files')));

  await pipeline(request.raw, form).catch((error: unknown) => {
    wrong ??= new LoquentError('REQUEST_INVALID', 'The form is not complete.', { cause: error });
  });
  // Whoever still waits for the rest of a file learns that there will be none.
  if (wrong !== undefined) for (const file of open) file.destroy(asLoquentError(wrong));
  const outcomes = await Promise.allSettled(taking.values());
  wrong ??= outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
  const names = [...taking.keys()];
  const files = new Map<string, ReceivedFile>();
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') files.set(names[index]!, outcome.value);
  }
  if (wrong === undefined) return { texts, files };
  for (const { id } of files.values()) await store.discard(id);
  throw wrong;
}

function openForm(request: FastifyRequest, limit: number, files: number): BusboyInstance {
  const headers = { ...request.headers, 'content-type': request.headers['content-type'] ?? '' };
  const limits = {
    fields: MOST_FIELDS,
    fieldSize: LONGEST_FIELD,
    files: files + 1,
    fileSize: limit + 1,
    headerPairs: 50,
  };
  try {
    return new Busboy({ headers, limits });
  } catch (cause) {
    throw new LoquentError('REQUEST_INVALID', 'The header Content-Type names no boundary.', { cause });
  }
}

/** A file, as long as it is whole: the parser cuts what is too long and calls that an end. */
async function* whole(file: Readable & { truncated?: boolean }, limit: number): AsyncGenerator<Uint8Array> {
  yield* file as AsyncIterable<Uint8Array>;
  if (!file.truncated) return;
  const message = `A file is larger than ${Math.round(limit / 1e6)} MB.`;
  throw new LoquentError('REQUEST_TOO_LARGE', message, { details: { limit } });
}

function invalid(name: string, detail: string): LoquentError {
  return new LoquentError('REQUEST_INVALID', `The form is not valid: ${name || 'it'} ${detail}.`, {
    details: { errors: [{ pointer: name === '' ? '' : `/${name}`, detail }] },
  });
}
