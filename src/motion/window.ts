import { type Seconds, type SpeechFrame, seconds, VISEMES } from '../core/index.ts';

/** Steps per second of everything in this stage before it is sampled at the video's frame rate. */
export const STEP_RATE = 50;

/** A frame in which nobody speaks. */
export function silentFrame(time: Seconds): SpeechFrame {
  const visemes = new Float32Array(VISEMES.length);
  visemes[0] = 1;
  return {
    time,
    visemes,
    aperture: 0,
    width: 0,
    rounding: 0,
    loudness: 0,
    speech: 0,
    pitch: 0,
    voicing: 0,
    events: [],
  };
}

const SILENCE = silentFrame(seconds(0));

/** The stretch of speech that is being worked on: frames by step number, silence wherever none was given. */
export class SpeechWindow {
  /** Whether the phones are known, so that nothing in it can be a click. */
  readonly exact: boolean;
  #frames: SpeechFrame[] = [];
  #first = 0;

  /** @param exact - Whether the phones are known. */
  constructor(exact: boolean) {
    this.exact = exact;
  }

  /** Number of the step after the last frame given. */
  get end(): number {
    return this.#first + this.#frames.length;
  }

  /** Takes the next frame; its step follows from its time. Steps that were skipped become silence. */
  push(frame: SpeechFrame): void {
    const step = Math.round(frame.time * STEP_RATE);
    while (this.end < step) this.#frames.push(SILENCE);
    if (step < this.end) return;
    this.#frames.push(frame);
  }

  /** The frame of a step. */
  at(step: number): SpeechFrame {
    return this.#frames[step - this.#first] ?? SILENCE;
  }

  /** Forgets the frames before `step`. */
  dropBefore(step: number): void {
    const count = Math.min(step - this.#first, this.#frames.length);
    if (count < 64) return;
    this.#frames = this.#frames.slice(count);
    this.#first += count;
  }
}
