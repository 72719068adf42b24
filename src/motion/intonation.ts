import { clamp, type SpeechFrame } from '../core/index.ts';

/** Least voicing and confidence of speech at which pitch counts. */
const VOICED = 0.5;
/** Voiced steps that the speaker's mean remembers: 6 s. */
const MEMORY_STEPS = 300;
/** Pitch beyond this is a mistake of the finder, semitones. */
const RANGE = 9;

/** How high the voice is, relative to the speaker's own mean so far. */
export class IntonationFinder {
  #mean = 0;
  #steps = 0;

  /** Semitones above the mean, -9..9; 0 where there is no voice. Steps must follow each other. */
  step({ pitch, voicing, speech }: SpeechFrame): number {
    if (!(pitch > 0) || voicing < VOICED || speech < VOICED) return 0;
    const height = 12 * Math.log2(pitch);
    this.#steps = Math.min(MEMORY_STEPS, this.#steps + 1);
    this.#mean += (height - this.#mean) / this.#steps;
    return clamp(height - this.#mean, -RANGE, RANGE);
  }
}
