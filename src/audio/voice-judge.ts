import { clamp } from '../core/index.ts';

/** The network is never believed more than this, so that one frame cannot outweigh many. */
const LARGEST_LOGIT = 6;
/** Repetition above which a pitch can be trusted. */
const CLEAR_REPETITION = 0.75;
/** A pitch that moves by less than this many octaves in 20 ms stands still, as a played note does. */
const STANDING_OCTAVES = 0.006;
/** Frames (20 ms) of sound that the averages remember: for the present sound, and for its source. */
const SHORT_MEMORY = 25;
const LONG_MEMORY = 150;
/** What is expected before anything was heard, for missing speech looks worse than a moment of false movement... */
const EXPECTED = { voice: 2.5, standing: 0.2 } as const;
/** ...and how many frames that weighs. */
const EXPECTATION_FRAMES = 5;
/** Decay per frame of silence of what was heard before: after a second or two a new sound is judged afresh. */
const FORGETTING = Math.exp(-1 / 50);
/** The averages that are weighed: see {@link VoiceJudge.features}. */
export const VOICE_FEATURES = ['short', 'long', 'standing'] as const;
/** Weights of {@link VOICE_FEATURES} and a bias, from a logistic regression: `scripts/fit-voice-judge.ts`. */
const WEIGHTS = [0.75, 0.4, -3] as const;
const BIAS = -1.5;

/** What {@link VoiceJudge} looks at, for one frame of 20 ms. */
export interface VoiceEvidence {
  /** The network's logit of "a human voice speaks or sings here". */
  readonly voice: number;
  /** How well the sound repeats, 0..1. */
  readonly repetition: number;
  /** Frequency of the repetition, Hz; 0 when there is none. */
  readonly pitch: number;
  /** How much there is to be judged, 0 (silence, background) .. 1 (clearly a sound in the foreground). */
  readonly presence: number;
}

/**
 * Judges whether the sound that is heard comes from a human voice, by the network's word of the moment and by what the
 * last seconds were like.
 */
export class VoiceJudge {
  #short = 0;
  #long = 0;
  #standing = 0;
  #lastPitch = 0;
  /** Frames of sound heard lately. */
  #heard = 0;

  constructor() {
    this.reset();
  }

  /** Takes the next frame. Returns the log-odds that it is a voice. */
  push({ voice, repetition, pitch, presence }: VoiceEvidence): number {
    const logit = clamp(voice, -LARGEST_LOGIT, LARGEST_LOGIT);
    const clear = repetition > CLEAR_REPETITION && pitch > 0;
    const stands =
      clear && this.#lastPitch > 0 && Math.abs(Math.log2(pitch / this.#lastPitch)) < STANDING_OCTAVES;
    this.#lastPitch = clear ? pitch : 0;
    this.#heard = this.#heard * (FORGETTING + (1 - FORGETTING) * presence) + presence;
    const quickly = presence / Math.min(SHORT_MEMORY, EXPECTATION_FRAMES + this.#heard);
    const slowly = presence / Math.min(LONG_MEMORY, EXPECTATION_FRAMES + this.#heard);
    this.#short += quickly * (logit - this.#short);
    this.#long += slowly * (logit - this.#long);
    this.#standing += slowly * ((stands ? 1 : 0) - this.#standing);
    return this.features.reduce((sum, value, index) => sum + WEIGHTS[index] * value, BIAS);
  }

  /**
   * The averages as they stand, in the order of {@link VOICE_FEATURES}: mean logit of the last half second of sound and
   * of the last three seconds; share of frames, of the last three seconds, whose pitch stands still (notes do, voices
   * glide).
   */
  get features(): readonly number[] {
    return [this.#short, this.#long, this.#standing];
  }

  /** Forgets the stream. */
  reset(): void {
    this.#short = EXPECTED.voice;
    this.#long = EXPECTED.voice;
    this.#standing = EXPECTED.standing;
    this.#lastPitch = 0;
    this.#heard = 0;
  }
}
