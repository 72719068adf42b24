import { createReadStream } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LoquentError } from '../../core/index.ts';
import type { Asset, AssetStore } from '../../jobs/asset-store.ts';

/**
 * Answers with a file, or with the part of it that was asked for (RFC 9110, one range).
 *
 * @param name - What browsers call it when they save it.
 * @throws LoquentError `RANGE_INVALID`.
 */
export async function sendFile(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  store: AssetStore,
  asset: Asset,
  name: string,
): Promise<undefined> {
  const etag = `"${asset.sha256}"`;
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=3600',
    'content-disposition': `inline; filename="${name}"`,
    'content-type': asset.mediaType,
    etag,
  });
  if (request.headers['if-none-match'] === etag) {
    await reply.code(304).send();
    return undefined;
  }
  const whole = { start: 0, end: asset.bytes - 1 };
  const ifRange = request.headers['if-range'];
  const wanted =
    ifRange === undefined || ifRange === etag ? rangeOf(request.headers.range, asset.bytes) : null;
  if (wanted === 'none') {
    reply.header('content-range', `bytes */${asset.bytes}`);
    throw new LoquentError('RANGE_INVALID', `The file has ${asset.bytes} bytes; the range lies outside.`);
  }
  const { start, end } = wanted ?? whole;
  if (wanted) reply.code(206).header('content-range', `bytes ${start}-${end}/${asset.bytes}`);
  reply.header('content-length', end - start + 1);
  await reply.send(createReadStream(store.pathOf(asset.id), { start, end }));
  return undefined;
}

/** The range that a header asks for; `null` for the whole file, which is right for whatever is not understood. */
function rangeOf(header: string | undefined, bytes: number): { start: number; end: number } | 'none' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return null;
  return start < bytes && start <= end ? { start, end } : 'none';
}
