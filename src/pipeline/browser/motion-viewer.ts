import type { MotionFrame } from '../../core/index.ts';
import { decodeMotion, MOTION_CLOCK } from '../../motion/motion-packet.ts';
import type { Portrait } from './portrait.ts';

/** Movements that are kept until their sound is heard; the oldest go when there are more: two seconds. */
const MOST_WAITING = 60;
/** Longest time since the last news of the sound over which its position is carried on, seconds. */
const LONGEST_GUESS = 0.1;
/** A movement that came so long ago is shown even if its sound is not heard yet, seconds: nothing plays there. */
const LONGEST_WAIT = 0.5;

/** Where the sound is that is heard now: an `RTCRtpReceiver` knows. */
export interface SoundPosition {
  getSynchronizationSources(): readonly { readonly rtpTimestamp: number; readonly timestamp: number }[];
}

/** What a viewer has seen so far. */
export interface MotionViewerStats {
  /** Movements that came, and their bytes. */
  readonly received: number;
  readonly bytes: number;
  /** Pictures that were drawn, and milliseconds that the last one took. */
  readonly drawn: number;
  readonly spent: number;
  /** Seconds by which the last picture was shown after its sound; `null` before any sound is heard. */
  readonly late: number | null;
}

interface Waiting {
  readonly motion: MotionFrame;
  /** RTP time stamp of its sound. */
  readonly stamp: number;
  /** When it came, milliseconds. */
  readonly at: number;
}

/** Draws the movement of a live session in step with its sound. */
export class MotionViewer implements Disposable {
  readonly #portrait: Portrait;
  readonly #context: CanvasRenderingContext2D;
  readonly #sound: SoundPosition;
  readonly #waiting: Waiting[] = [];
  #request = 0;
  #stats: MotionViewerStats = { received: 0, bytes: 0, drawn: 0, spent: 0, late: null };

  /**
   * Begins to draw whenever the page is shown.
   *
   * @param context - Of a canvas of the portrait's size.
   * @param sound - The receiver of the session's sound.
   */
  constructor(portrait: Portrait, context: CanvasRenderingContext2D, sound: SoundPosition) {
    this.#portrait = portrait;
    this.#context = context;
    this.#sound = sound;
    this.#request = requestAnimationFrame(() => this.#show());
  }

  get stats(): MotionViewerStats {
    return this.#stats;
  }

  /** Takes a message of the data channel `motion`. What is no movement of this version is left out. */
  take(message: ArrayBuffer): void {
    const bytes = new Uint8Array(message);
    const motion = decodeMotion(bytes);
    if (!motion) return;
    const { received, bytes: before } = this.#stats;
    this.#stats = { ...this.#stats, received: received + 1, bytes: before + bytes.length };
    const stamp = new DataView(message).getUint32(1, true);
    let place = this.#waiting.length;
    while (place > 0 && apart(stamp, this.#waiting[place - 1]!.stamp) < 0) place -= 1;
    this.#waiting.splice(place, 0, { motion, stamp, at: performance.now() });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  [Symbol.dispose](): void {
    cancelAnimationFrame(this.#request);
    this.#waiting.length = 0;
  }

  #show(): void {
    this.#request = requestAnimationFrame(() => this.#show());
    const heard = this.#heard();
    const longAgo = performance.now() - LONGEST_WAIT * 1_000;
    let due: Waiting | undefined;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const time = heard !== null && apart(next.stamp, heard) <= 0;
      if (!time && next.at > longAgo) break;
      due = this.#waiting.shift();
    }
    if (!due) return;
    const begun = performance.now();
    this.#portrait.paint(due.motion, this.#context);
    const spent = performance.now() - begun;
    const late = heard === null ? null : apart(heard, due.stamp) / MOTION_CLOCK;
    this.#stats = { ...this.#stats, drawn: this.#stats.drawn + 1, spent, late };
  }

  /** Time stamp of the sound that is played at this moment; `null` if none is. */
  #heard(): number | null {
    const [source] = this.#sound.getSynchronizationSources();
    if (!source) return null;
    const elapsed = (performance.timeOrigin + performance.now() - source.timestamp) / 1_000;
    return source.rtpTimestamp + Math.max(0, Math.min(LONGEST_GUESS, elapsed)) * MOTION_CLOCK;
  }
}

/** `a - b` on the circle of 32 bit time stamps. */
function apart(a: number, b: number): number {
  return (a - b) | 0;
}
