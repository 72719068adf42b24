import { type SpeechFrame, smoothstep, VISEMES } from '../core/index.ts';

/** A voice that is this sure, and somebody who speaks or sings, count as a tone. */
const VOICED = 0.5;
/** A sound with more consonant than this in it, or a leap of loudness by more than this in a step, ends it. */
const CONSONANT = 0.4;
const LEAP = 0.12;
const CONSONANTS = [VISEMES.indexOf('PP'), VISEMES.indexOf('nn')] as const;
/** A tone is a held one when it lasts so long: from, and fully from, in steps. Few spoken vowels do. */
const HELD_FROM = 13;
const HELD_FULLY = 22;
/** Steps that are forgotten for each step without a tone: a short break does not end a held tone at once. */
const LAPSE = 4;

/**
 * Notices held tones: long vowels of singing, or "ooooh". A mouth keeps its shape for as long as the tone lasts, however
 * much a network doubts what has not changed for a second.
 */
export class SustainedVoice {
  #length = 0;
  #loudness = 0;
  #peak = 0;

  /** Loudness of the tone at its loudest, 0..1. */
  get peak(): number {
    return this.#peak;
  }

  /** How much of a held tone this frame belongs to, 0..1. Frames must come one after the other. */
  step({ voicing, speech, visemes, loudness }: SpeechFrame): number {
    let consonant = 0;
    for (let index = CONSONANTS[0]; index <= CONSONANTS[1]; index++) consonant += visemes[index];
    const steady = consonant < CONSONANT && Math.abs(loudness - this.#loudness) < LEAP;
    this.#loudness = loudness;
    if (steady && voicing > VOICED && speech > VOICED)
      this.#length = Math.min(this.#length + 1, HELD_FULLY + LAPSE);
    else this.#length = Math.max(0, this.#length - LAPSE);
    this.#peak = this.#length === 0 ? 0 : Math.max(this.#peak, loudness);
    return smoothstep((this.#length - HELD_FROM) / (HELD_FULLY - HELD_FROM));
  }
}
