import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { asLoquentError, LoquentError, throwIfAborted } from '../core/index.ts';
import { BEGINNING, type FileFacts, refuseImpostor, refuseOther } from '../core/model-file.ts';
import { writeFailure } from '../platform/node/byte-files.ts';

/** What {@link download} is to fetch. */
export interface DownloadOrder {
  /** Addresses of the same file, best first. */
  readonly urls: readonly string[];
  /** Where it goes; appears there when it is complete and right. */
  readonly path: string;
  readonly format: 'onnx' | 'pytorch' | 'weights';
  /** What is published about it; `null` if nothing is. */
  readonly size: number | null;
  readonly sha256: string | null;
  readonly signal?: AbortSignal | undefined;
  /** Hears bytes that are there, and how many there will be (`null`: the server does not say). */
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
  /** Milliseconds before the first further try; each one after waits twice as long. Default 500. */
  readonly pause?: number | undefined;
}

/** Tries at one address, as long as each of them brings no byte. */
const FRUITLESS_TRIES = 3;
/** Seconds without a byte after which a connection counts as broken. */
const STALL = 30;

/** Which file a half-finished one is a part of. */
interface PartialRecord {
  readonly url: string;
  /** Entity tag or date by which the server knows that the file has not changed. */
  readonly validator: string;
}

/**
 * Fetches a file, going on where an earlier attempt stopped: what has arrived stays beside `path` until it is complete.
 *
 * @throws LoquentError `MODEL_DOWNLOAD_FAILED`, `MODEL_LOAD_FAILED` (it is not what it should be), `DISK_FULL`,
 *   `OUTPUT_NOT_WRITABLE`, `CANCELLED`.
 */
export async function download(order: DownloadOrder): Promise<FileFacts> {
  const failures: string[] = [];
  for (const url of order.urls) {
    try {
      return await downloadFrom(url, order);
    } catch (error) {
      throwIfAborted(order.signal);
      const failure = asLoquentError(error);
      if (!['MODEL_DOWNLOAD_FAILED', 'MODEL_LOAD_FAILED'].includes(failure.code)) throw failure;
      if (url === order.urls.at(-1) && failures.length === 0) throw failure;
      failures.push(failure.message);
    }
  }
  throw new LoquentError('MODEL_DOWNLOAD_FAILED', failures.join(' '));
}

async function downloadFrom(url: string, order: DownloadOrder): Promise<FileFacts> {
  let fruitless = 0;
  for (;;) {
    const before = await partialSize(order.path);
    try {
      return await attempt(url, order);
    } catch (error) {
      throwIfAborted(order.signal);
      const broken = error instanceof BrokenConnection;
      if (!broken) throw error;
      fruitless = (await partialSize(order.path)) > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_TRIES) throw failed(url, error.message, error.cause);
      await delay((order.pause ?? 500) * 2 ** fruitless, undefined, { signal: order.signal }).catch(() =>
        throwIfAborted(order.signal),
      );
    }
  }
}

/** The connection broke: trying again can help. */
class BrokenConnection extends Error {}

async function attempt(url: string, order: DownloadOrder): Promise<FileFacts> {
  const partial = partialPath(order.path);
  const record = await readRecord(partial);
  const have = record?.url === url ? await partialSize(order.path) : 0;
  const stalled = new AbortController();
  const signal = AbortSignal.any([stalled.signal, ...(order.signal ? [order.signal] : [])]);
  const watchdog = setTimeout(() => stalled.abort(), STALL * 1000);
  try {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (have > 0) Object.assign(headers, { range: `bytes=${have}-`, 'if-range': record!.validator });
    const response = await fetch(url, { headers, signal }).catch((cause: unknown) => {
      throw new BrokenConnection('the server cannot be reached', { cause });
    });
    if (response.status === 416) {
      // What is there is longer than the file: it belongs to another one.
      await discard(partial);
      await response.body?.cancel();
      throw new BrokenConnection('the server refused to go on');
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      const again = response.status >= 500 || response.status === 429;
      if (again) throw new BrokenConnection(`the server answered ${response.status}`);
      throw failed(url, `the server answered ${response.status}`);
    }
    const start = response.status === 206 ? rangeStart(response) : 0;
    if (start !== have && start !== 0) throw failed(url, 'the server sent another part than was asked for');
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isFinite(length) ? start + length : order.size;
    await writeRecord(partial, url, response);
    const size = await receive(response.body, partial, start, {
      onBytes: (done) => {
        watchdog.refresh();
        order.onProgress?.(done, total);
      },
    });
    if (Number.isFinite(length) && size < start + length)
      throw new BrokenConnection('the connection broke off');
  } finally {
    clearTimeout(watchdog);
  }
  return complete(partial, order);
}

/** Writes the body behind the first `start` bytes of the file. @returns Its length. */
async function receive(
  body: ReadableStream<Uint8Array>,
  path: string,
  start: number,
  { onBytes }: { onBytes: (done: number) => void },
): Promise<number> {
  const file = await open(path, start > 0 ? 'r+' : 'w', 0o600).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
  let done = start;
  try {
    if (start > 0) await file.truncate(start);
    for await (const bytes of broken(body)) {
      await write(file, path, bytes, done);
      done += bytes.length;
      onBytes(done);
    }
    return done;
  } finally {
    await file.close();
  }
}

async function* broken(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new BrokenConnection('the connection broke off', { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function write(file: FileHandle, path: string, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file
      .write(bytes, done, bytes.length - done, at + done)
      .catch((error: unknown) => {
        throw writeFailure(path, error);
      });
    done += bytesWritten;
  }
}

/** Compares what has arrived with what is published, and gives it its name. A wrong file is removed. */
async function complete(partial: string, order: DownloadOrder): Promise<FileFacts> {
  try {
    const facts = await inspectFile(partial, order.format);
    refuseOther(order.path, facts, order);
    await rename(partial, order.path).catch((error: unknown) => {
      throw writeFailure(order.path, error);
    });
    await rm(`${partial}.json`, { force: true });
    return facts;
  } catch (error) {
    if (asLoquentError(error).code === 'MODEL_LOAD_FAILED') await discard(partial);
    throw error;
  }
}

/**
 * Looks at a whole file.
 *
 * @throws LoquentError `MODEL_LOAD_FAILED` (what is there is no model), `INPUT_UNREADABLE`.
 */
export async function inspectFile(path: string, format: DownloadOrder['format']): Promise<FileFacts> {
  const hash = createHash('sha256');
  let size = 0;
  let beginning = new Uint8Array(0);
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) {
      if (size === 0) beginning = bytes.subarray(0, BEGINNING);
      hash.update(bytes);
      size += bytes.length;
    }
  } catch (cause) {
    throw new LoquentError('INPUT_UNREADABLE', `"${path}" cannot be read.`, { cause });
  }
  refuseImpostor(path, beginning, size, format);
  return { size, sha256: hash.digest('hex') };
}

const partialPath = (path: string): string => `${path}.partial`;

async function partialSize(path: string): Promise<number> {
  return (await stat(partialPath(path)).catch(() => null))?.size ?? 0;
}

async function readRecord(partial: string): Promise<PartialRecord | null> {
  try {
    const record = JSON.parse(await readFile(`${partial}.json`, 'utf8')) as PartialRecord;
    return typeof record.validator === 'string' ? record : null;
  } catch {
    return null;
  }
}

async function writeRecord(partial: string, url: string, { headers }: Response): Promise<void> {
  const tag = headers.get('etag');
  // Weak tags promise no equality of bytes.
  const validator = (tag?.startsWith('W/') ? null : tag) ?? headers.get('last-modified');
  if (validator === null) return rm(`${partial}.json`, { force: true });
  await writeFile(`${partial}.json`, JSON.stringify({ url, validator } satisfies PartialRecord)).catch(
    (error: unknown) => {
      throw writeFailure(partial, error);
    },
  );
}

async function discard(partial: string): Promise<void> {
  await rm(partial, { force: true });
  await rm(`${partial}.json`, { force: true });
}

function rangeStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

function failed(url: string, why: string, cause?: unknown): LoquentError {
  const { origin, pathname } = new URL(url);
  const message = `${origin}${pathname} could not be downloaded: ${why}.`;
  return new LoquentError('MODEL_DOWNLOAD_FAILED', message, { cause });
}
