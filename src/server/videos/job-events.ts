import type { Job } from '../../jobs/job.ts';
import { hasEnded } from '../../jobs/job.ts';
import type { Call } from '../route.ts';
import type { Workshop } from '../work/workshop.ts';
import { viewOf } from './job-view.ts';

/** How often a silent stream says that it is still there, milliseconds: proxies give up after half a minute. */
const SIGN_OF_LIFE = 15_000;
/** How long a client should wait before it connects again, milliseconds. */
const RECONNECT = 1_000;

/**
 * Answers with a stream of events (SSE) about a job until it has ended: `progress` with every change, then `end`. The id of
 * an event is the version of the job, so a client that comes back with `Last-Event-ID` gets what it has missed, as it is
 * now, and nothing twice.
 */
export function streamEvents({ request, reply }: Call, job: Job, { queue, links, context }: Workshop): void {
  const headers = reply.getHeaders();
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': 'text/event-stream',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${RECONNECT}\n\n`);
  let seen = Number(request.headers['last-event-id'] ?? 0) || 0;
  const send = (current: Job): void => {
    if (current.id !== job.id || current.version <= seen) return;
    seen = current.version;
    const name = hasEnded(current) ? 'end' : 'progress';
    const text = JSON.stringify(viewOf(current, links));
    // A client that does not read misses steps in between; it still gets the last one.
    if (!raw.writableNeedDrain || hasEnded(current))
      raw.write(`id: ${seen}\nevent: ${name}\ndata: ${text}\n\n`);
    if (hasEnded(current)) raw.end();
  };
  const subscription = queue.subscribe(send);
  const alive = setInterval(() => raw.write(': still here\n\n'), SIGN_OF_LIFE);
  raw.once('close', () => {
    clearInterval(alive);
    subscription[Symbol.dispose]();
  });
  context.streams.add(raw, () => raw.write('event: shutdown\ndata: {}\n\n'));
  // Somebody who has seen the end already is told once more that there is nothing to wait for.
  if (hasEnded(job)) seen = Math.min(seen, job.version - 1);
  void queue.get(job.id).then((now) => send(now ?? job));
}
