import { smoothstep } from '../core/index.ts';
import { VoiceJudge } from './voice-judge.ts';

/** The gate closes at most by this much per frame, so that it does not flap. */
const RELEASE_PER_FRAME = 0.25;
/** Log-odds of a voice below which the gate is shut, and above which it is fully open. */
const SHUT_BELOW = 0.6;
const OPEN_ABOVE = 2.6;
/** Probability of silence from which the network hears no voice, which may just be a pause in front of other sound. */
const SILENT = 0.5;
/** How much such a frame counts when the sound's source is judged. */
const WORTH_OF_SILENCE = 0.3;

/** What the gate looks at, for one frame of 20 ms. Levels in dB re full scale. */
export interface GateEvidence {
  /** The network's logit of "a human voice speaks or sings here". */
  readonly voice: number;
  /** The network's own probability of silence, not calibrated, averaged over the neighbouring frames, 0..1. */
  readonly silence: number;
  /** Largest level among the neighbouring frames. */
  readonly peakLevel: number;
  /** Noise floor. */
  readonly noise: number;
  /** Mean level of the speaker. */
  readonly speaker: number;
  /** How well the sound repeats, 0..1. */
  readonly repetition: number;
  /** Frequency of the repetition, Hz; 0 when there is none. */
  readonly pitch: number;
}

/** How much a sound stands in the foreground, 0..1: audible, out of the noise floor, near the speaker's own level. */
function foreground({ peakLevel, noise, speaker }: GateEvidence): number {
  const audible = smoothstep((peakLevel + 78) / 8);
  const outstanding = smoothstep((peakLevel - noise - 3) / 5);
  const near = smoothstep((peakLevel - speaker + 34) / 8);
  return audible * outstanding * near;
}

/** How much a frame says about where its sound comes from, 0..1. */
export function judgeable(evidence: GateEvidence): number {
  return foreground(evidence) * (evidence.silence < SILENT ? 1 : WORTH_OF_SILENCE);
}

/**
 * Decides whether somebody speaks. Two questions are asked: *Is there sound that is neither background nor
 * silence?* (rejects room noise, hum and pauses) and *does it come from a human voice?* ({@link VoiceJudge}; rejects music and all
 * kinds of noise). The second can be answered with hindsight: let the judge listen ahead of the frames that are decided.
 */
export class SpeechGate {
  readonly #judge = new VoiceJudge();
  #logOdds = 0;
  #gate = 0;

  /** Lets the judge hear the next frame. */
  listen(evidence: GateEvidence): void {
    this.#logOdds = this.#judge.push({ ...evidence, presence: judgeable(evidence) });
  }

  /** Decides about the next frame, after all that was listened to. Returns the confidence that it is speech, 0..1. */
  decide(evidence: GateEvidence): number {
    const human = smoothstep((this.#logOdds - SHUT_BELOW) / (OPEN_ABOVE - SHUT_BELOW));
    const sounding = smoothstep((0.8 - evidence.silence) / 0.4);
    const speech = foreground(evidence) * sounding * human;
    this.#gate = Math.max(speech, this.#gate - RELEASE_PER_FRAME);
    return this.#gate < 1e-3 ? 0 : this.#gate;
  }

  /** Forgets the stream. */
  reset(): void {
    this.#judge.reset();
    this.#logOdds = 0;
    this.#gate = 0;
  }
}
