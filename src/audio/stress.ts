import { clamp, type Seconds, type SpeechEvent } from '../core/index.ts';

/** Frames (20 ms) that must follow a syllable's loudest moment before it is judged. */
const AFTER_FRAMES = 8;
/** Frames before it that are looked at. */
const BEFORE_FRAMES = 10;
/** A syllable's peak is the loudest of so many frames on each side. */
const PEAK_FRAMES = 4;
/** What belongs to a syllable is no more than this much weaker than its peak, dB. */
const SYLLABLE_DB = 4;
/** Least voicing and confidence of speech of a syllable's peak. */
const VOICED = 0.5;
const SPEECH = 0.5;
/** Syllables that the averages of a speaker remember, and how many they weigh before the first. */
const MEMORY_SYLLABLES = 12;
const PRIOR_SYLLABLES = 3;
/** What the first syllables are compared with: dB relative to the speaker's level, Hz, frames. */
const PRIOR = { level: 3, duration: 7 } as const;
/** Worth of one dB, one semitone and one doubling of length above the average. */
const PER_DB = 0.15;
const PER_SEMITONE = 0.1;
const PER_DOUBLING = 0.25;
/** Score from which a syllable is stressed, and how much more is full strength. */
const LEAST_SCORE = 0.2;
const SCORE_RANGE = 1;

/** What {@link StressFinder} looks at, for one frame. */
export interface StressEvidence {
  readonly time: Seconds;
  /** Level relative to the speaker's mean level, dB. */
  readonly level: number;
  readonly voicing: number;
  /** Hz. */
  readonly pitch: number;
  /** Confidence that somebody speaks, 0..1. */
  readonly speech: number;
}

/**
 * Finds stressed syllables: peaks of the level of voiced sound that stand out of the speaker's last dozen syllables by
 * loudness, pitch and length together. A stress is reported {@link AFTER_FRAMES} frames after its peak.
 */
export class StressFinder {
  readonly #frames: StressEvidence[] = [];
  #syllables = 0;
  #level = 0;
  #logPitch = 0;
  #logDuration = 0;

  constructor() {
    this.reset();
  }

  /** Takes the next frame. Returns the stress that became certain, or null. */
  push(frame: StressEvidence): SpeechEvent | null {
    const frames = this.#frames;
    frames.push(frame);
    if (frames.length > BEFORE_FRAMES + 1 + AFTER_FRAMES) frames.shift();
    const peak = frames.length - 1 - AFTER_FRAMES;
    if (peak < 0 || !this.#isPeak(peak)) return null;
    return this.#judge(peak);
  }

  /** Forgets the stream. */
  reset(): void {
    this.#frames.length = 0;
    this.#syllables = 0;
    this.#level = PRIOR.level;
    this.#logPitch = 0;
    this.#logDuration = Math.log2(PRIOR.duration);
  }

  /** Level averaged over three frames, so that single periods of a deep voice do not count. */
  #smooth(index: number): number {
    const frames = this.#frames;
    const before = frames[Math.max(0, index - 1)].level;
    const after = frames[Math.min(frames.length - 1, index + 1)].level;
    return (before + 2 * frames[index].level + after) / 4;
  }

  #isPeak(index: number): boolean {
    const { voicing, speech } = this.#frames[index];
    if (voicing < VOICED || speech < SPEECH) return false;
    const height = this.#smooth(index);
    for (let distance = 1; distance <= PEAK_FRAMES; distance++) {
      if (index >= distance && this.#smooth(index - distance) >= height) return false;
      if (this.#smooth(index + distance) > height) return false;
    }
    return true;
  }

  #judge(peak: number): SpeechEvent | null {
    const frames = this.#frames;
    const level = this.#smooth(peak);
    const belongs = (index: number): boolean =>
      frames[index].voicing >= VOICED && this.#smooth(index) > level - SYLLABLE_DB;
    let first = peak;
    let last = peak;
    while (first > 0 && belongs(first - 1)) first--;
    while (last < frames.length - 1 && belongs(last + 1)) last++;
    const logDuration = Math.log2(last - first + 1);
    let logPitch = Number.NEGATIVE_INFINITY;
    for (let index = first; index <= last; index++) {
      if (frames[index].pitch > 0) logPitch = Math.max(logPitch, Math.log2(frames[index].pitch));
    }
    if (this.#syllables === 0) this.#logPitch = logPitch;
    const score =
      PER_DB * (level - this.#level) +
      PER_SEMITONE * clamp(12 * (logPitch - this.#logPitch), -6, 6) +
      PER_DOUBLING * (logDuration - this.#logDuration);

    const rate = 1 / Math.min(MEMORY_SYLLABLES, PRIOR_SYLLABLES + ++this.#syllables);
    this.#level += rate * (level - this.#level);
    this.#logPitch += rate * (logPitch - this.#logPitch);
    this.#logDuration += rate * (logDuration - this.#logDuration);
    if (score < LEAST_SCORE) return null;
    const strength = clamp((score - LEAST_SCORE) / SCORE_RANGE, 0, 1);
    return { kind: 'stress', time: frames[peak].time, strength };
  }
}
