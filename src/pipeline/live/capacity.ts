import {
  type Avatar,
  type LiveOptions,
  type LiveSession,
  type LiveStats,
  type Millis,
  millis,
  SPEECH_RATE,
  throwIfAborted,
} from '../../core/index.ts';
import { platform } from '../../platform/index.ts';
import { hostFacts } from '../../platform/node/host-facts.ts';
import { processorTime } from '../../platform/node/processor-time.ts';
import { openLiveSession } from './session.ts';

/** Share of the processors that live sessions may take: the rest is for connections, the system, and sessions that begin. */
const SHARE = 0.85;
/** More pictures than this share of them must not be late. */
const LATE_SHARE = 0.005;
/** By how many sessions more or fewer than should fit are tried. */
const REACH = 2;
/** Sessions that are run to learn what one costs. */
const SAMPLE = 2;

/** Milliseconds of processor time per second that live sessions may take together. */
export function processorShare(cores: number): number {
  return cores * 1000 * SHARE;
}

/** How many sessions fit, given what a second of one costs: milliseconds of processor time. At least one. */
export function sessionsThatFit(cores: number, cost: number): number {
  return Math.max(1, Math.floor(processorShare(cores) / cost));
}

/** What live sessions cost on this machine. */
export interface LiveCapacity {
  /** Processor cores that this process may use. */
  readonly cores: number;
  /** Processor time per picture in all threads and processes of a session. */
  readonly costPerPicture: Millis;
  /** Sessions that should fit, from what they cost. */
  readonly fitting: number;
  /**
   * Sessions that were run side by side without stutter: at most two more than should fit; 0 if it did not help to run two less.
   */
  readonly smooth: number;
}

/** Sessions that were run side by side. */
export interface LiveRun {
  readonly before: readonly LiveStats[];
  readonly after: readonly LiveStats[];
  /** Milliseconds that went by in between. */
  readonly length: Millis;
  /** Pictures per second of each. */
  readonly fps: number;
  readonly costPerPicture: Millis;
  /** Share of pictures that were late. */
  readonly late: number;
}

/** How sessions are run. */
export interface LiveRunOptions {
  readonly session?: Partial<LiveOptions> | undefined;
  /** What they say, 16 kHz mono; a sound like speech if missing. */
  readonly speech?: Float32Array | undefined;
  /** Seconds that are looked at. */
  readonly length?: number | undefined;
  /** Seconds before, in which every session speaks for the first time: the compiler is busy then. */
  readonly warmUp?: number | undefined;
  /** Called when so many sessions have begun. */
  readonly onBegun?: ((count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out how many sessions of an avatar this machine draws at once without stutter: some are run to see what they cost, then as many
 * as should fit, and more of them while that goes well, or fewer. Takes one or two minutes, in which the machine should have nothing else to do.
 *
 * @throws LoquentError whatever {@link openLiveSession} throws.
 */
export async function measureLiveCapacity(
  avatar: Avatar,
  options: LiveRunOptions = {},
): Promise<LiveCapacity> {
  const { cores } = await hostFacts();
  const { costPerPicture, fps } = await runLiveSessions(avatar, SAMPLE, options);
  const fitting = sessionsThatFit(cores, costPerPicture * fps);
  const smooth = await mostThatWork(
    fitting,
    async (count) => (await runLiveSessions(avatar, count, options)).late <= LATE_SHARE,
  );
  return { cores, costPerPicture, fitting, smooth };
}

/** The largest number near a guess that works, at most {@link REACH} away from it; 0 if none does. */
export async function mostThatWork(
  guess: number,
  works: (count: number) => Promise<boolean>,
): Promise<number> {
  if (await works(guess)) {
    let most = guess;
    while (most < guess + REACH && (await works(most + 1))) most += 1;
    return most;
  }
  for (let fewer = guess - 1; fewer >= Math.max(1, guess - REACH); fewer -= 1) {
    if (await works(fewer)) return fewer;
  }
  return 0;
}

/** Runs sessions side by side that speak half of the time. */
export async function runLiveSessions(
  avatar: Avatar,
  count: number,
  { session: options, speech = babble(3), length = 6, warmUp = 6, onBegun, signal }: LiveRunOptions = {},
): Promise<LiveRun> {
  const sessions: LiveSession[] = [];
  try {
    while (sessions.length < count) {
      throwIfAborted(signal);
      sessions.push(await openLiveSession(avatar, { ...options, seed: sessions.length, signal }));
      sessions.at(-1)!.start();
      onBegun?.(sessions.length);
    }
    return await measure(sessions, speech, length, warmUp, signal);
  } finally {
    await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
  }
}

/** What sessions that run side by side take while they speak half of `length` seconds, `warmUp` seconds after they began to. */
async function measure(
  sessions: readonly LiveSession[],
  speech: Float32Array,
  length: number,
  warmUp: number,
  signal: AbortSignal | undefined,
): Promise<LiveRun> {
  const speak = (): void => {
    const words = speech.subarray(0, (SPEECH_RATE * length) / 2);
    for (const session of sessions) void session.push(words, { utterance: crypto.randomUUID() });
    for (const session of sessions) session.endUtterance();
  };
  speak();
  await pause(warmUp * 1000, signal);
  speak();
  const before = sessions.map((session) => session.stats());
  const [begun, spent] = [platform().now(), processorTime()];
  await pause(length * 1000, signal);
  const after = sessions.map((session) => session.stats());
  const used = processorTime() - spent;
  const sum = (read: (stats: LiveStats) => number): number =>
    after.reduce((total, stats, index) => total + read(stats) - read(before[index]!), 0);
  const repeated = sum((stats) => stats.repeated);
  const due = Math.max(1, sum((stats) => stats.pictures) + repeated);
  return {
    ...{ before, after },
    length: millis(platform().now() - begun),
    fps: sessions[0]!.fps,
    costPerPicture: millis(used / due),
    late: repeated / due,
  };
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  throwIfAborted(signal);
}

/** Seconds of a buzz that opens and closes four times a second: enough for a mouth to move. */
function babble(length: number): Float32Array {
  return Float32Array.from({ length: length * SPEECH_RATE }, (_, n) => {
    const time = n / SPEECH_RATE;
    const buzz = ((time * 120) % 1) - 0.5 + 0.3 * Math.sin(2 * Math.PI * 700 * time);
    return 0.4 * buzz * Math.max(0, Math.sin(2 * Math.PI * 4 * time));
  });
}
