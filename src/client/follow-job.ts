import { readEvents } from './event-stream.ts';
import { ServiceError } from './service-error.ts';
import type { Job } from './service-types.ts';
import { pause, type Transport } from './transport.ts';

/** Longest silence of an event stream, milliseconds; the service gives a sign of life every 15 s. */
const SILENCE = 20_000;
/** After so many streams without an event there is something in between that holds them back. */
const MOST_FRUITLESS = 2;
/** Time between two questions where there are no streams, milliseconds. */
const POLL_EVERY = 1_000;
/** How long a service may be away before waiting for it ends, milliseconds. */
const PATIENCE = 60_000;

/** Whether a job has ended, well or not. */
export function hasEnded({ status }: Job): boolean {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

/**
 * Tells how a job goes on, until its end: by events, which go on where a connection broke off, and by asking again and
 * again where events do not come through. A service that restarts meanwhile is waited for.
 *
 * @param path - Address of the job.
 * @returns The job whenever it has changed; the last one has ended.
 * @throws ServiceError; the reason of `signal` once it is aborted.
 */
export async function* followJob(
  transport: Transport,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Job> {
  let seen = '';
  let last = '';
  let fruitless = 0;
  let answered = Date.now();
  for (;;) {
    if (fruitless < MOST_FRUITLESS) {
      let events = 0;
      try {
        for await (const { type, data, id } of openStream(transport, path, seen, signal)) {
          events += 1;
          answered = Date.now();
          if (type === 'shutdown') break;
          seen = id;
          if (data === last) continue;
          last = data;
          const job = JSON.parse(data) as Job;
          yield job;
          if (hasEnded(job)) return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof ServiceError && !error.retryable) throw error;
      }
      fruitless = events > 0 ? 0 : fruitless + 1;
    }
    try {
      const job = await transport.json<Job>(path, { signal });
      answered = Date.now();
      const text = JSON.stringify(job);
      if (text !== last) yield job;
      last = text;
      if (hasEnded(job)) return;
    } catch (error) {
      const away = error instanceof ServiceError && error.retryable && Date.now() - answered < PATIENCE;
      if (!away) throw error;
    }
    await pause(POLL_EVERY, signal);
  }
}

/** The events of a job from where they broke off; ends when the stream does or is silent for too long. */
async function* openStream(transport: Transport, path: string, seen: string, signal?: AbortSignal) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE);
  try {
    const answer = await transport.send(`${path}/events`, {
      headers: { accept: 'text/event-stream', ...(seen !== '' && { 'last-event-id': seen }) },
      signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      repeatable: false,
    });
    if (!answer.body) return;
    yield* readEvents(answer.body, () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
    });
  } finally {
    clearTimeout(timer);
  }
}
