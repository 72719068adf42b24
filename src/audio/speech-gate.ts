import { clamp, smoothstep, VISEMES } from '../core/index.ts';

/** Moving frames that the averages below remember: 0.8 s of movement. */
const MEMORY_FRAMES = 40;
/** Moving frames that the expectation of speech weighs before anything was heard. */
const PRIOR_FRAMES = 12;
/** Level history for its spread: 1.2 s of frames. */
const SPREAD_FRAMES = 60;
/** Levels this far below the speaker count as equal when the spread is measured (dB). */
const SPREAD_RANGE_DB = 35;
/** The gate closes at most by this much per frame, so that it does not flap. */
const RELEASE_PER_FRAME = 0.25;
/** Periodicity above which a frame counts as voiced, and above which its pitch can be trusted. */
const VOICED = 0.55;
const CLEARLY_VOICED = 0.75;
/** A sound that is so much louder than the loudest of the last seconds (dB) is judged anew... */
const NEW_SOUND_DB = 10;
/** ...which is forgotten at this rate, dB per frame (2.5 dB per second). */
const PEAK_DECAY_DB = 0.05;
/** Share of voiced frames below which sound is hardly speech, unless the network is very sure (a whisper). */
const LEAST_VOICED = 0.34;
/** A pitch that moves by less than this many octaves in 20 ms stands still, as a played note does. */
const STANDING_OCTAVES = 0.006;

/** What the gate looks at, for one frame of 20 ms. */
export interface GateEvidence {
  /** Fifteen probabilities in the order of {@link VISEMES}. */
  readonly visemes: Float32Array;
  /** Probability of silence, averaged over the neighbouring frames, 0..1. */
  readonly silence: number;
  /** Largest level among the neighbouring frames, dB. */
  readonly peakLevel: number;
  /** Level of this frame, dB. */
  readonly level: number;
  /** Noise floor, dB. */
  readonly noise: number;
  /** Mean level of the speaker, dB. */
  readonly speaker: number;
  /** Strength of periodicity, 0..1. */
  readonly periodicity: number;
  /** Pitch, Hz; 0 when there is none. */
  readonly pitch: number;
}

/** Entropy of a distribution, in nats. */
function entropy(probabilities: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < probabilities.length; index++) {
    const p = probabilities[index];
    if (p > 1e-9) sum -= p * Math.log(p);
  }
  return sum;
}

/**
 * Decides whether somebody speaks. Two questions are asked of every frame:
 *
 * - *Is there sound that is no background?* It must stand out of the noise floor, be near the speaker's own level,
 *   and the network must not call it silence. This rejects room noise, hum and pauses.
 * - *Is it speech at all?* Over the last second: how sure the network is of its classes (speech gives sharp
 *   distributions, music and effects blurred ones), how often the pitch stands still (notes do, voices glide), how
 *   much of it is voiced (knocks, keys and hisses are not) and how much the level moves (syllables). This rejects most
 *   other sound after half a second to a second; it begins by trusting, because missing speech looks worse than a
 *   moment of false movement.
 */
export class SpeechGate {
  #entropy = 0;
  #standing = 0;
  #voiced = 0;
  #moving = 0;
  #loudest = Number.NEGATIVE_INFINITY;
  #lastPitch = 0;
  #gate = 0;
  readonly #levels = new Float64Array(SPREAD_FRAMES);
  #count = 0;

  constructor() {
    this.reset();
  }

  /** Takes the evidence of the next frame, returns the confidence that it is speech, 0..1. */
  push(evidence: GateEvidence): number {
    const { peakLevel, noise, speaker, silence } = evidence;
    this.#levels[this.#count++ % SPREAD_FRAMES] = Math.max(evidence.level, speaker - SPREAD_RANGE_DB);
    this.#loudest -= PEAK_DECAY_DB;
    if (silence < 0.5) this.#learn(evidence);
    const audible = smoothstep((peakLevel + 78) / 8);
    const outstanding = smoothstep((peakLevel - noise - 3) / 5);
    const near = smoothstep((peakLevel - speaker + 34) / 8);
    const voice = smoothstep((0.8 - silence) / 0.4);
    const gate = audible * outstanding * near * voice * this.#trust();
    this.#gate = Math.max(gate, this.#gate - RELEASE_PER_FRAME);
    return this.#gate < 1e-3 ? 0 : this.#gate;
  }

  /** Forgets the stream. */
  reset(): void {
    this.#expectSpeech();
    this.#loudest = Number.NEGATIVE_INFINITY;
    this.#gate = 0;
    this.#count = 0;
    this.#levels.fill(0);
  }

  #expectSpeech(): void {
    this.#entropy = 1;
    this.#standing = 0.45;
    this.#voiced = 0.65;
    this.#moving = 0;
    this.#lastPitch = 0;
  }

  #learn({ visemes, periodicity, pitch, level }: GateEvidence): void {
    if (level > this.#loudest + NEW_SOUND_DB) this.#expectSpeech();
    this.#loudest = Math.max(this.#loudest, level);
    const rate = Math.max(1 / MEMORY_FRAMES, 1 / (PRIOR_FRAMES + ++this.#moving));
    this.#entropy += rate * (entropy(visemes) - this.#entropy);
    this.#voiced += rate * ((periodicity > VOICED ? 1 : 0) - this.#voiced);
    if (periodicity < CLEARLY_VOICED || pitch === 0) {
      this.#lastPitch = 0;
      return;
    }
    if (this.#lastPitch > 0) {
      const stands = Math.abs(Math.log2(pitch / this.#lastPitch)) < STANDING_OCTAVES ? 1 : 0;
      this.#standing += rate * (stands - this.#standing);
    }
    this.#lastPitch = pitch;
  }

  /** How much the last second looks like speech, 0..1. The numbers were fitted to speech in noise, and to music. */
  #trust(): number {
    const score =
      6 * (1.78 - this.#entropy) +
      3 * (0.62 - this.#standing) +
      12 * Math.min(0, this.#voiced - LEAST_VOICED) +
      0.2 * (clamp(this.#spread(), 0, 6) - 3.3);
    return smoothstep((score + 0.8) / 0.8);
  }

  /** Standard deviation of the level over the last 1.2 s, dB; typical of speech until that much was heard. */
  #spread(): number {
    if (this.#count < SPREAD_FRAMES) return 6;
    let sum = 0;
    let squares = 0;
    for (let index = 0; index < SPREAD_FRAMES; index++) {
      const level = this.#levels[index];
      sum += level;
      squares += level * level;
    }
    const mean = sum / SPREAD_FRAMES;
    return Math.sqrt(Math.max(0, squares / SPREAD_FRAMES - mean * mean));
  }
}

/** Turns logits into probabilities. `target` may be longer than needed; the first fifteen are written. */
export function visemeProbabilities(logits: Float32Array, target: Float32Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < VISEMES.length; index++) largest = Math.max(largest, logits[index]);
  let sum = 0;
  for (let index = 0; index < VISEMES.length; index++) {
    const value = Math.exp(logits[index] - largest);
    target[index] = value;
    sum += value;
  }
  for (let index = 0; index < VISEMES.length; index++) target[index] /= sum;
}
