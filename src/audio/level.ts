import { clamp } from '../core/index.ts';
import { MEL_HOP, MEL_WINDOW } from './mel.ts';

/** Level of true silence, in dB relative to full scale: what a mean square of 0 reads as. */
const SILENCE_DB = -120;
/** The network was trained on speech whose root mean square is 0.08 of full scale. */
const TRAINED_DB = -21.9;
/** Speech below this level is indistinguishable from the quantisation noise of 16-bit sound. */
const WEAKEST_SPEECH_DB = -75;
/** A frame this far above the noise counts as speech when levels are learnt. */
const SPEECH_ABOVE_NOISE_DB = 12;
/** Frames (10 ms) for which the trained level is believed before anything was heard. */
const PRIOR_FRAMES = 4;
/** Decay per frame of what was learnt about the speaker's level: a time constant of 6 s of speech. */
const LEVEL_MEMORY = Math.exp(-1 / 600);
/** The mean over active frames in dB lies this much below the root mean square of the whole recording. */
const MEAN_BELOW_RMS_DB = 3;

/** The noise floor is the minimum over this many blocks of {@link BLOCK_FRAMES} frames: 3.2 s. */
const BLOCKS = 8;
const BLOCK_FRAMES = 40;

/** Level in dB of a mean square (1 = full-scale square wave). */
export function decibels(meanSquare: number): number {
  return meanSquare > 1e-12 ? 10 * Math.log10(meanSquare) : SILENCE_DB;
}

/**
 * Follows the level of a stream without knowing its future: momentary level, noise floor (minimum statistics, after
 * R. Martin 2001) and the level at which the speaker speaks. All in dB re full scale.
 *
 * Frames are those of the mel front end: frame `i` is centred at sample `i * MEL_HOP` and takes the mean square of
 * {@link MEL_WINDOW} samples.
 */
export class LevelTracker {
  /** Level of the last frame. */
  level = SILENCE_DB;
  /** Background noise: the lowest smoothed level of the last seconds. */
  noise = SILENCE_DB;
  /** Mean level of the speaker's recent speech. */
  speaker = TRAINED_DB - MEAN_BELOW_RMS_DB;
  readonly #window = new Float64Array(MEL_WINDOW);
  readonly #minima = new Float64Array(BLOCKS);
  #filled = 0;
  #smoothed = 0;
  #frames = 0;
  #sum = 0;
  #weight = 0;

  constructor() {
    this.reset();
  }

  /**
   * Takes the next sample. Returns whether it completed a frame.
   *
   * @param live - False after the end of the stream: such frames count as silent, and nothing is learnt from them.
   */
  push(sample: number, live = true): boolean {
    this.#window[this.#filled] = sample;
    if (++this.#filled < MEL_WINDOW) return false;
    if (live) this.#learn(this.#meanSquare());
    else this.level = SILENCE_DB;
    this.#window.copyWithin(0, MEL_HOP);
    this.#filled = MEL_WINDOW - MEL_HOP;
    return true;
  }

  /** Factor for the power of the signal that brings this speaker to the level that the network was trained on. */
  get powerGain(): number {
    return 10 ** (clamp(TRAINED_DB - MEAN_BELOW_RMS_DB - this.speaker, -25, 55) / 10);
  }

  /** Forgets the stream. */
  reset(): void {
    this.#window.fill(0);
    this.#filled = MEL_WINDOW / 2;
    this.#minima.fill(Number.POSITIVE_INFINITY);
    this.#frames = 0;
    this.#weight = PRIOR_FRAMES;
    this.speaker = TRAINED_DB - MEAN_BELOW_RMS_DB;
    this.#sum = this.speaker * this.#weight;
    this.level = SILENCE_DB;
    this.noise = SILENCE_DB;
  }

  #meanSquare(): number {
    let sum = 0;
    for (let index = 0; index < MEL_WINDOW; index++) sum += this.#window[index] * this.#window[index];
    return sum / MEL_WINDOW;
  }

  #learn(meanSquare: number): void {
    this.level = decibels(meanSquare);
    this.#smoothed = this.#frames === 0 ? this.level : this.#smoothed + 0.35 * (this.level - this.#smoothed);
    const block = Math.floor(this.#frames / BLOCK_FRAMES) % BLOCKS;
    const starts = this.#frames % BLOCK_FRAMES === 0;
    this.#minima[block] = starts ? this.#smoothed : Math.min(this.#minima[block], this.#smoothed);
    this.#frames++;
    this.noise = Math.min(...this.#minima);
    if (this.level > this.noise + SPEECH_ABOVE_NOISE_DB && this.level > WEAKEST_SPEECH_DB) {
      this.#sum = this.#sum * LEVEL_MEMORY + this.level;
      this.#weight = this.#weight * LEVEL_MEMORY + 1;
      this.speaker = this.#sum / this.#weight;
    }
  }
}
