/**
 * Whether a live session lasts: the third part of `npm run bench:live`, with `-- --soak` half an hour of a session on a time that goes
 * on as fast as it can be drawn, with `-- --real` also five minutes as they are.
 *
 * - `driftMs`: how far the sound has moved against the clock since the first tenth of the time, where it was least behind in both.
 * - `heapGrowthMb`, `residentGrowthMb`: memory at the end above that at the same moment.
 * - `frozenSeconds`: the time without a picture, where that is a second or longer.
 * - `late`: share of pictures that were left out.
 *
 * @module
 */
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import type { Avatar, LiveSession } from '../src/index.ts';
import { openLiveSessionOn } from '../src/pipeline/live/session.ts';
import { ManualTime } from '../tests/pipeline/live/manual-time.ts';

const MINUTES = 30;
const REAL_MINUTES = 5;
/** Seconds of one turn: so much is said, and then so much is not. */
const TURN = 10;

interface Endurance {
  readonly minutes: number;
  readonly driftMs: number;
  readonly heapGrowthMb: number;
  readonly residentGrowthMb: number;
  readonly frozenSeconds: number;
  readonly late: number;
}

/** Half an hour, compressed. */
export async function compressedSoak(avatar: Avatar, speech: Float32Array): Promise<Endurance> {
  const time = new ManualTime();
  await using session = await openLiveSessionOn({ time }, avatar, { size: 64, fps: 10 });
  return await endure(session, speech, MINUTES, {
    pass: (seconds) => time.play(session, seconds),
    now: () => time.now(),
  });
}

/** Five minutes of the usual size, as they pass. */
export async function realSoak(avatar: Avatar, speech: Float32Array): Promise<Endurance> {
  await using session = await openLiveSessionOn({}, avatar);
  return await endure(session, speech, REAL_MINUTES, {
    pass: (seconds) => setTimeout(seconds * 1000),
    now: () => performance.now(),
  });
}

/** How time passes. */
interface Passing {
  pass(seconds: number): Promise<void>;
  /** Milliseconds. */
  now(): number;
}

async function endure(
  session: LiveSession,
  speech: Float32Array,
  minutes: number,
  time: Passing,
): Promise<Endurance> {
  let frozen = 0;
  let lastPicture = 0;
  const begun = time.now();
  /** How far the sound was ahead of the clock when it was least behind, milliseconds. */
  let ahead = Number.NEGATIVE_INFINITY;
  session.subscribe({
    picture(picture) {
      if (picture.time - lastPicture >= 1) frozen += picture.time - lastPicture;
      lastPicture = picture.time;
    },
    sound(sound) {
      ahead = Math.max(ahead, sound.time * 1000 - (time.now() - begun));
    },
  });
  session.start();
  const turns = (minutes * 60) / TURN;
  let early = { ...memory(), ahead: 0 };
  for (let turn = 0; turn < turns; turn += 1) {
    const words = speech.subarray(0, (16_000 * TURN) / 2);
    await session.push(words, { utterance: `turn ${turn}` });
    session.endUtterance();
    if (turn % 7 === 3) void session.interrupt();
    await time.pass(TURN);
    if (turn !== Math.floor(turns / 10)) continue;
    early = { ...memory(), ahead };
    ahead = Number.NEGATIVE_INFINITY;
  }
  const late = memory();
  const { pictures, repeated } = session.stats();
  const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
  return {
    minutes,
    driftMs: Math.round((ahead - early.ahead) * 10) / 10,
    heapGrowthMb: megabytes(late.heap - early.heap),
    residentGrowthMb: megabytes(late.resident - early.resident),
    frozenSeconds: Math.round(frozen),
    late: Math.round((1000 * repeated) / (pictures + repeated)) / 1000,
  };
}

/** Bytes of this process, after a collection where `--expose-gc` allows it. */
function memory(): { heap: number; resident: number } {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed + arrayBuffers, resident: rss };
}
