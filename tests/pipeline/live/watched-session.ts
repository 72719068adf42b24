import { OpusDecoder } from 'opus-decoder';
import {
  type Avatar,
  type EncodedPicture,
  type EncodedSound,
  type LiveEvent,
  type LiveOptions,
  type LiveSession,
  prepareAvatar,
} from '../../../src/index.ts';
import { openLiveSessionOn } from '../../../src/pipeline/live/session.ts';
import type { Fault } from './faulty-worker.ts';
import { ManualTime } from './manual-time.ts';

let prepared: Promise<Avatar> | undefined;

/** A session on a time of its own, and everything that comes out of it. */
export interface WatchedSession extends AsyncDisposable {
  readonly session: LiveSession;
  readonly time: ManualTime;
  readonly pictures: EncodedPicture[];
  readonly sounds: EncodedSound[];
  readonly events: LiveEvent[];
  /** Goes on by so many seconds, as fast as it can be drawn. */
  play(seconds: number): Promise<void>;
  /** Resolves with the event that ends the session. */
  readonly closed: Promise<Extract<LiveEvent, { type: 'closed' }>>;
}

/** Opens a session of a small picture and, unless somebody else does, starts it. */
export async function watch(
  options: Partial<LiveOptions> = {},
  fault?: Fault,
  start = true,
): Promise<WatchedSession> {
  prepared ??= prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
  const time = new ManualTime();
  const worker = fault && new URL(`./faulty-worker.ts?fault=${encodeURIComponent(fault)}`, import.meta.url);
  const session = await openLiveSessionOn({ time, ...(worker && { worker }) }, await prepared, {
    size: 64,
    ...options,
  });
  const pictures: EncodedPicture[] = [];
  const sounds: EncodedSound[] = [];
  const events: LiveEvent[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<Extract<LiveEvent, { type: 'closed' }>>();
  session.subscribe({
    picture: (picture) => pictures.push(picture),
    sound: (sound) => sounds.push(sound),
    event(event) {
      events.push(event);
      if (event.type === 'closed') resolve(event);
    },
  });
  if (start) session.start();
  return {
    ...{ session, time, pictures, sounds, events, closed },
    play: (seconds) => time.play(session, seconds),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Loudness (root mean square) of each packet. */
export async function loudness(sounds: readonly EncodedSound[]): Promise<number[]> {
  const decoder = new OpusDecoder({ channels: 1, sampleRate: 48_000 });
  await decoder.ready;
  const levels = sounds.map(({ data }) => {
    const { channelData } = decoder.decodeFrame(data);
    const samples = channelData[0]!;
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  });
  decoder.free();
  return levels;
}
