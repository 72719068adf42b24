import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LoquentError } from '../../core/index.ts';
import type { Asset } from '../../jobs/asset-store.ts';
import { hasEnded } from '../../jobs/job.ts';
import { sendFile } from '../files/send-file.ts';
import type { Call } from '../route.ts';
import { GrowingFile } from '../work/growing-videos.ts';
import type { StoredResult } from '../work/job-input.ts';
import type { Workshop } from '../work/workshop.ts';

/** How long a request waits for the first picture, milliseconds: proxies give up after half a minute. */
const LONGEST_WAIT = 25_000;
/** How often it looks, milliseconds. */
const LOOK_EVERY = 25;

/**
 * Answers with a video while it is made: waits for its beginning, follows the file to its end. The connection breaks if the
 * attempt does, so that half a video never looks whole. A video that is done is sent as a file.
 *
 * @param id - Of a job of kind `video`.
 * @throws LoquentError `VIDEO_NOT_READY` if it does not begin in time, `VIDEO_FAILED`.
 */
export async function watchVideo(call: Call, workshop: Workshop, id: string): Promise<undefined> {
  const { request, reply } = call;
  const { assets, context } = workshop;
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const video = await beginningOf(workshop, id, gone.signal);
  if (!(video instanceof GrowingFile)) return sendFile(call, assets, video, 'loquent.mp4');
  const headers = reply.getHeaders();
  reply.hijack();
  const { raw } = reply;
  context.streams.add(raw, () => raw.destroy());
  raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': 'video/mp4',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  await pipeline(Readable.from(video.bytes(gone.signal), { objectMode: false }), raw).catch(
    (error: unknown) => {
      request.log.info({ job: id, detail: String(error) }, 'a video is not watched to its end');
    },
  );
  return undefined;
}

/** A video that is being made, once there is anything of it to see; the file if it is done. */
async function beginningOf(
  { queue, growing, assets }: Workshop,
  id: string,
  signal: AbortSignal,
): Promise<GrowingFile | Asset> {
  const patience = performance.now() + LONGEST_WAIT;
  for (;;) {
    const file = await growing.open(id);
    if (file) return file;
    const job = await queue.get(id);
    const asset = job?.state === 'done' && (await assets.find((job.result as StoredResult).file));
    if (asset) return asset;
    if (!job || hasEnded(job)) {
      throw new LoquentError('VIDEO_FAILED', job?.error?.message ?? `The video is ${job?.state ?? 'gone'}.`);
    }
    if (performance.now() > patience) {
      throw new LoquentError('VIDEO_NOT_READY', 'The video has not begun yet.', {
        hint: 'Open the same address again; it waits for the beginning.',
      });
    }
    await delay(LOOK_EVERY, undefined, { signal });
  }
}
