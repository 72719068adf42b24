import { clamp } from '../core/index.ts';

/** The network is never believed more than this, so that one frame cannot outweigh many. */
const LARGEST_LOGIT = 6;
/** Repetition above which a pitch can be trusted. */
const CLEAR_REPETITION = 0.75;
/** A pitch that moves by less than this many octaves in 20 ms stands still, as a played note does... */
const STANDING_OCTAVES = 0.006;
/** ...up to this it glides, as voices do; beyond it jumps. */
const GLIDING_OCTAVES = 0.08;
/** Frames (20 ms) of sound that the averages remember: for the present sound, and for its source. */
const SHORT_MEMORY = 15;
const LONG_MEMORY = 150;
/** What is expected before anything was heard, for missing speech looks worse than a moment of false movement... */
const EXPECTED = { voice: 2.5, standing: 0.2, gliding: 0.3 } as const;
/** ...and how many frames that weighs. */
const EXPECTATION_FRAMES = 5;
/** Where hardly any pitch is clear, as in a whisper, half of it counts as gliding: this share is added to both kinds. */
const UNKNOWN_PITCH = 0.03;
/** Decay per frame of silence of what was heard before: after a second a new sound is judged afresh. */
const FORGETTING = Math.exp(-1 / 30);
/** The averages that are weighed: see {@link VoiceJudge.features}. */
export const VOICE_FEATURES = ['short', 'long', 'glides'] as const;
/** Weights of {@link VOICE_FEATURES} and a bias, from a logistic regression: `scripts/fit-voice-judge.ts`. */
const WEIGHTS = [0.508, 0.504, 4.651] as const;
const BIAS = -3.601;

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
  #gliding = 0;
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
    const moved = clear && this.#lastPitch > 0 ? Math.abs(Math.log2(pitch / this.#lastPitch)) : Infinity;
    this.#lastPitch = clear ? pitch : 0;
    this.#heard = this.#heard * (FORGETTING + (1 - FORGETTING) * presence) + presence;
    const quickly = presence / Math.min(SHORT_MEMORY, EXPECTATION_FRAMES + this.#heard);
    const slowly = presence / Math.min(LONG_MEMORY, EXPECTATION_FRAMES + this.#heard);
    this.#short += quickly * (logit - this.#short);
    this.#long += slowly * (logit - this.#long);
    this.#standing += slowly * ((moved < STANDING_OCTAVES ? 1 : 0) - this.#standing);
    const glides = moved >= STANDING_OCTAVES && moved < GLIDING_OCTAVES;
    this.#gliding += slowly * ((glides ? 1 : 0) - this.#gliding);
    return this.features.reduce((sum, value, index) => sum + WEIGHTS[index] * value, BIAS);
  }

  /**
   * The averages as they stand, in the order of {@link VOICE_FEATURES}: mean logit of the last 0.3 s of sound and of the
   * last three seconds; and how much of the clear pitch of the last three seconds glides, as voices do, rather than
   * stands still, as notes do.
   */
  get features(): readonly number[] {
    const glides = (this.#gliding + UNKNOWN_PITCH) / (this.#gliding + this.#standing + 2 * UNKNOWN_PITCH);
    return [this.#short, this.#long, glides];
  }

  /** Forgets the stream. */
  reset(): void {
    this.#short = EXPECTED.voice;
    this.#long = EXPECTED.voice;
    this.#standing = EXPECTED.standing;
    this.#gliding = EXPECTED.gliding;
    this.#lastPitch = 0;
    this.#heard = 0;
  }
}
