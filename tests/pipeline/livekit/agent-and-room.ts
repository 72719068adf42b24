import { setTimeout } from 'node:timers/promises';
import type { LiveFrame, LiveSamples } from '../../../src/core/index.ts';
import {
  type AgentRoom,
  PLAYBACK_FINISHED,
  PLAYBACK_STARTED,
  type RoomEars,
} from '../../../src/sinks/livekit/agent-room.ts';

/** What an agent was told of one utterance. */
export interface Finished {
  readonly playback_position: number;
  readonly interrupted: boolean;
}

/** A byte stream, as the one who writes it sees it. */
interface SpeechWriter {
  write(bytes: Uint8Array): void;
  close(): void;
}

/**
 * A room with an agent in it that keeps to LiveKit's published contract: it opens one stream per utterance, closes it where the
 * utterance ends, asks for silence, and hears of the playback.
 */
export class RoomWithAgent implements AgentRoom {
  readonly agent = 'agent-7';
  frames: LiveFrame[] = [];
  sounds: LiveSamples[] = [];
  /** Calls in order: `started`, or what was finished. */
  told: ('started' | Finished)[] = [];
  /** Streams that nobody reads any more before they have ended. */
  cancelled = 0;
  /** Calls that fail before one gets through. */
  failures = 0;
  size: readonly [width: number, height: number, fps: number] | null = null;
  #ears: RoomEars | null = null;

  async enter(ears: RoomEars, width: number, height: number, fps: number): Promise<void> {
    this.#ears = ears;
    this.size = [width, height, fps];
  }

  isAgent(identity: string): boolean {
    return identity === this.agent;
  }

  get attended(): boolean {
    return this.#ears !== null;
  }

  show(frame: LiveFrame): void {
    this.frames.push(frame);
  }

  play(sound: LiveSamples): void {
    this.sounds.push(sound);
  }

  async call(identity: string, method: string, payload: string): Promise<void> {
    if (identity !== this.agent) throw new Error('There is no such participant.');
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('The way is lost.');
    }
    if (method === PLAYBACK_STARTED) this.told.push('started');
    else if (method === PLAYBACK_FINISHED) this.told.push(JSON.parse(payload) as Finished);
    else throw new Error(`The agent has no method ${method}.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ears = null;
  }

  /** Forgets what was seen, heard and told. */
  forget(): void {
    this.frames = [];
    this.sounds = [];
    this.told = [];
    this.cancelled = 0;
  }

  /** Opens a stream of speech, as the agent or as somebody else. */
  open(attributes: Readonly<Record<string, string>>, sender = this.agent): SpeechWriter {
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
    const chunks = new ReadableStream<Uint8Array>({
      start: (one) => {
        controller = one;
      },
    });
    const cancel = (): void => {
      this.cancelled += 1;
      // As LiveKit's library does it: whoever goes on reading is refused.
      controller?.error(new TypeError('The reader is not attached to a stream.'));
      controller = null;
    };
    this.#ears!.speech({ sender, attributes, chunks, cancel });
    return { write: (bytes) => controller?.enqueue(bytes), close: () => controller?.close() };
  }

  /** Says a whole utterance at once, in pieces of 100 ms. */
  say(seconds: number, rate = 24_000, channels = 1): void {
    const stream = this.open({ sample_rate: `${rate}`, num_channels: `${channels}` });
    for (let at = 0; at < seconds - 1e-6; at += 0.1) stream.write(hum(0.1, rate, channels));
    stream.close();
  }

  clear(caller = this.agent): string {
    return this.#ears!.clearBuffer(caller);
  }

  leave(): void {
    this.#ears!.left(this.agent);
  }

  end(): void {
    this.#ears!.closed();
  }
}

/** Seconds of a hum as PCM16, the same in all channels. */
export function hum(seconds: number, rate: number, channels = 1): Uint8Array {
  const samples = Int16Array.from(
    { length: Math.round(seconds * rate) * channels },
    (_, n) => 12_000 * Math.sin((2 * Math.PI * 150 * Math.floor(n / channels)) / rate),
  );
  return new Uint8Array(samples.buffer);
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setTimeout(1);
}
