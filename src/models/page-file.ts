import { LoquentError, throwIfAborted } from '../core/index.ts';
import { BEGINNING, refuseImpostor, refuseOther } from '../core/model-file.ts';
import { platform } from '../platform/index.ts';

/** Name of the part of the browser's cache that models are kept in. */
const CACHE = 'loquent-models';

/** A model's file, as a page serves it. */
export interface PageFile {
  /** Where it lies; relative addresses count from the page. */
  readonly url: string | URL;
  /** What it must be: SHA-256, lower-case hex. */
  readonly sha256: string;
}

/** What {@link obtainFile} can be told. */
export interface ObtainFileOptions {
  /** Hears bytes that are there, and how many there will be (`null`: the server does not say); nothing where the file is kept already. */
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes a model's file out of the browser's cache, or downloads it and keeps it there. Its checksum is compared each time: what is not
 * the file that was named is neither used nor kept.
 *
 * @throws LoquentError `OPTION_INVALID`, `MODEL_DOWNLOAD_FAILED`, `MODEL_LOAD_FAILED`, `CANCELLED`.
 */
export async function obtainFile(
  { url, sha256 }: PageFile,
  { onProgress, signal }: ObtainFileOptions = {},
): Promise<Blob> {
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new LoquentError('OPTION_INVALID', `"${sha256}" is no SHA-256 in lower-case hex.`);
  }
  const address = String(url);
  // Some browsers have no cache in private windows.
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined);
  const kept = await (await cache?.match(address))?.blob();
  throwIfAborted(signal);
  if (kept) {
    if ((await digestOf(kept)) === sha256) return kept;
    await cache!.delete(address);
  }
  const blob = await download(address, onProgress, signal);
  refuseImpostor(address, new Uint8Array(await blob.slice(0, BEGINNING).arrayBuffer()), blob.size, 'onnx');
  refuseOther(address, { size: blob.size, sha256: await digestOf(blob) }, { size: null, sha256 });
  throwIfAborted(signal);
  // A full disk is no failure: the file is downloaded again the next time.
  await cache?.put(address, new Response(blob)).catch(() => undefined);
  return blob;
}

async function download(
  address: string,
  onProgress: ObtainFileOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<Blob> {
  const failed = (why: string, cause?: unknown): LoquentError =>
    new LoquentError('MODEL_DOWNLOAD_FAILED', `${address} could not be downloaded: ${why}.`, { cause });
  try {
    const answer = await fetch(address, { signal: signal ?? null });
    if (!answer.ok) throw failed(`the server answered ${answer.status}`);
    const length = Number(answer.headers.get('content-length') ?? Number.NaN);
    // The length of a compressed answer is not that of the file.
    const total = answer.headers.has('content-encoding') || Number.isNaN(length) ? null : length;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let done = 0;
    for await (const part of answer.body as ReadableStream<Uint8Array<ArrayBuffer>> &
      AsyncIterable<Uint8Array<ArrayBuffer>>) {
      parts.push(part);
      done += part.length;
      onProgress?.(done, total);
    }
    return new Blob(parts);
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof LoquentError) throw cause;
    throw failed('the server cannot be reached, or the connection broke off', cause);
  }
}

async function digestOf(blob: Blob): Promise<string> {
  return platform().sha256(new Uint8Array(await blob.arrayBuffer()));
}
