import {
  type AudioChunk,
  clamp,
  LoquentError,
  type Seconds,
  SPEECH_RATE,
  type SpeechFrame,
  seconds,
  VISEMES,
} from '../core/index.ts';
import { Conditioner } from './conditioner.ts';
import { LevelTracker } from './level.ts';
import { MEL_BANDS, MEL_HOP, MEL_WINDOW, MelFrontEnd } from './mel.ts';
import {
  APERTURE_OUTPUT,
  NETWORK_LOOK_AHEAD,
  NETWORK_STRIDE,
  ROUNDING_OUTPUT,
  type SpeechMotionNetwork,
  WIDTH_OUTPUT,
} from './network.ts';
import { SpectrumNormaliser } from './normalise.ts';
import { PeriodicityTracker } from './periodicity.ts';
import { SpeechGate, visemeProbabilities } from './speech-gate.ts';
import { loadNetwork } from './weights.ts';

/** Speech frames per second. */
export const SPEECH_FRAME_RATE = 50;
const FRAME_SAMPLES = SPEECH_RATE / SPEECH_FRAME_RATE;

/** The network's own future, and half the window of its last mel frame. */
const LEAST_LOOK_AHEAD = (NETWORK_LOOK_AHEAD * MEL_HOP + MEL_WINDOW / 2) / SPEECH_RATE;
const DEFAULT_LOOK_AHEAD = 0.2;
const LARGEST_LOOK_AHEAD = 1;

/** Speech frames on each side over which the gate averages, at most. */
const GATE_NEIGHBOURS = 2;
/** The speaker's range of loudness: from so far below the mean level of speech to so far above it, in dB. */
const LOUDNESS_BELOW_DB = 20;
const LOUDNESS_ABOVE_DB = 6;

/** Options of {@link createSpeechAnalyser}. */
export interface SpeechAnalyserOptions {
  /**
   * Seconds of future sound that a frame may depend on; default 0.2, at least 0.1125 (what the network needs), at
   * most 1. More makes the first syllable after a change of level or speaker more certain, less answers sooner.
   */
  readonly lookAhead?: number;
}

/**
 * Hears what the mouth does: turns a stream of {@link AudioChunk} into {@link SpeechFrame}s, 50 per second. Frame
 * `k` is centred `k * 20` ms after the first sample; frames depend on the samples alone, never on how they were cut
 * into chunks. Memory is constant.
 */
export interface SpeechAnalyser {
  /**
   * Hears the next chunk, which must follow the one before without a gap. Samples that are not finite count as
   * silence. Returns the frames that became certain; the caller owns them.
   */
  push(chunk: AudioChunk): SpeechFrame[];
  /**
   * Ends the stream: returns the remaining frames, so that one was given for every started 20 ms of sound, and
   * makes the analyser ready for another stream.
   */
  flush(): SpeechFrame[];
  /** Seconds of sound after a frame's centre that must be pushed before the frame comes out. */
  readonly lookAhead: Seconds;
  /** Drops the stream without returning its remaining frames (after an interruption). */
  reset(): void;
}

/**
 * Makes a speech analyser. The weights are read once per realm.
 *
 * @throws LoquentError `OPTION_INVALID` for a look-ahead out of range; `ASSET_MISSING` or `ASSET_CORRUPT` if the
 *   shipped weights cannot be read; `SIMD_MISSING` if the kernel cannot run.
 */
export async function createSpeechAnalyser(options: SpeechAnalyserOptions = {}): Promise<SpeechAnalyser> {
  const lookAhead = options.lookAhead ?? DEFAULT_LOOK_AHEAD;
  if (!(lookAhead >= LEAST_LOOK_AHEAD && lookAhead <= LARGEST_LOOK_AHEAD)) {
    throw new LoquentError(
      'OPTION_INVALID',
      `The look-ahead of speech analysis must be ${LEAST_LOOK_AHEAD} to ${LARGEST_LOOK_AHEAD} seconds, not ${lookAhead}.`,
    );
  }
  return new StreamingAnalyser(await loadNetwork(), lookAhead);
}

/** A network output that waits for its neighbours. */
interface Heard {
  readonly visemes: Float32Array;
  aperture: number;
  width: number;
  rounding: number;
}

/** Measures of one frame of 20 ms that wait for the network. */
interface Measured {
  level: number;
  periodicity: number;
  pitch: number;
}

class StreamingAnalyser implements SpeechAnalyser {
  readonly lookAhead: Seconds;
  /** Mel frames by which the network runs behind the level tracker. */
  readonly #melDelay: number;
  /** Speech frames by which the gate runs behind the network. */
  readonly #gateDelay: number;
  readonly #conditioner = new Conditioner();
  readonly #mel = new MelFrontEnd();
  readonly #level = new LevelTracker();
  readonly #periodicity = new PeriodicityTracker();
  readonly #normaliser = new SpectrumNormaliser();
  readonly #network: SpeechMotionNetwork;
  readonly #gate = new SpeechGate();
  /** Mel frame `n` is at slot `n % (melDelay + 1)`. */
  readonly #powers: readonly Float64Array[];
  /** Measures of speech frame `k` at slot `k % length`. */
  readonly #measured: readonly Measured[];
  /** Network output `k` at slot `k % length`. */
  readonly #heard: readonly Heard[];
  #origin = 0;
  #samples = 0;
  #melFrames = 0;
  #heardFrames = 0;
  #emitted = 0;
  #loudLevel = 0;

  constructor(network: SpeechMotionNetwork, lookAhead: number) {
    const spare = lookAhead - LEAST_LOOK_AHEAD + 1e-9;
    this.#gateDelay = Math.min(GATE_NEIGHBOURS, Math.floor((spare * SPEECH_FRAME_RATE) / 2));
    this.#melDelay = Math.floor((spare - this.#gateDelay / SPEECH_FRAME_RATE) * (SPEECH_RATE / MEL_HOP));
    const hops = NETWORK_LOOK_AHEAD + this.#melDelay + this.#gateDelay * NETWORK_STRIDE;
    this.lookAhead = seconds((hops * MEL_HOP + MEL_WINDOW / 2) / SPEECH_RATE);
    this.#network = network;
    this.#powers = Array.from({ length: this.#melDelay + 1 }, () => new Float64Array(MEL_BANDS));
    const waiting = Math.ceil(hops / NETWORK_STRIDE) + GATE_NEIGHBOURS + 2;
    this.#measured = Array.from({ length: waiting }, () => ({ level: 0, periodicity: 0, pitch: 0 }));
    this.#heard = Array.from({ length: this.#gateDelay + GATE_NEIGHBOURS + 1 }, () => ({
      visemes: new Float32Array(VISEMES.length),
      aperture: 0,
      width: 0,
      rounding: 0,
    }));
    this.reset();
  }

  push(chunk: AudioChunk): SpeechFrame[] {
    if (this.#samples === 0) this.#origin = chunk.time;
    this.#samples += chunk.samples.length;
    const frames: SpeechFrame[] = [];
    for (let index = 0; index < chunk.samples.length; index++)
      this.#hear(this.#conditioner.push(chunk.samples[index]), true, frames);
    return frames;
  }

  flush(): SpeechFrame[] {
    const expected = Math.ceil(this.#samples / FRAME_SAMPLES);
    const frames: SpeechFrame[] = [];
    while (this.#emitted < expected) this.#hear(this.#conditioner.hold(), false, frames);
    this.reset();
    return frames;
  }

  reset(): void {
    this.#conditioner.reset();
    this.#mel.reset();
    this.#level.reset();
    this.#periodicity.reset();
    this.#normaliser.reset();
    this.#network.reset();
    this.#gate.reset();
    this.#origin = 0;
    this.#samples = 0;
    this.#melFrames = 0;
    this.#heardFrames = 0;
    this.#emitted = 0;
    this.#loudLevel = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes one conditioned sample.
   *
   * @param live - Whether it belongs to the stream, not to the silence after its end.
   * @param frames - Where a frame goes that became certain.
   */
  #hear(sample: number, live: boolean, frames: SpeechFrame[]): void {
    this.#periodicity.push(sample);
    if (!this.#mel.push(sample)) return;
    if (live) this.#level.push(this.#mel.meanSquare);
    else this.#level.pass();
    const frame = this.#melFrames++;
    if (frame % NETWORK_STRIDE === 0) this.#measure(frame / NETWORK_STRIDE);
    this.#powers[frame % this.#powers.length].set(this.#mel.power);
    const delayed = frame - this.#melDelay;
    if (delayed < 0) return;
    this.#normaliser.push(this.#powers[delayed % this.#powers.length], this.#level.powerGain);
    if (!this.#network.push(this.#normaliser.output)) return;
    const heard = this.#heard[this.#heardFrames++ % this.#heard.length];
    const { output } = this.#network;
    visemeProbabilities(output, heard.visemes);
    heard.aperture = clamp(output[APERTURE_OUTPUT], 0, 1);
    heard.width = clamp(output[WIDTH_OUTPUT], -1, 1);
    heard.rounding = clamp(output[ROUNDING_OUTPUT], 0, 1);
    if (this.#heardFrames > this.#gateDelay) frames.push(this.#emit());
  }

  #measure(frame: number): void {
    this.#periodicity.measure();
    const measured = this.#measured[frame % this.#measured.length];
    measured.level = this.#level.level;
    measured.periodicity = this.#periodicity.strength;
    measured.pitch = this.#periodicity.frequency;
  }

  #emit(): SpeechFrame {
    const frame = this.#emitted++;
    const heard = this.#heard[frame % this.#heard.length];
    const measured = this.#measured[frame % this.#measured.length];
    let silence = 0;
    let weight = 0;
    let peakLevel = measured.level;
    const newest = this.#heardFrames - 1;
    for (
      let near = Math.max(0, frame - GATE_NEIGHBOURS);
      near <= Math.min(newest, frame + GATE_NEIGHBOURS);
      near++
    ) {
      const share = 1 + GATE_NEIGHBOURS - Math.abs(near - frame);
      silence += share * this.#heard[near % this.#heard.length].visemes[0];
      weight += share;
      peakLevel = Math.max(peakLevel, this.#measured[near % this.#measured.length].level);
    }
    const { noise, speaker } = this.#level;
    const speech = this.#gate.push({
      visemes: heard.visemes,
      silence: silence / weight,
      peakLevel,
      level: measured.level,
      noise,
      speaker,
      periodicity: measured.periodicity,
      pitch: measured.pitch,
    });
    // A short average keeps single periods of a deep voice from showing in the loudness.
    const before = Math.max(this.#loudLevel, speaker - LOUDNESS_BELOW_DB);
    this.#loudLevel = before + 0.6 * (measured.level - before);
    return {
      time: seconds(this.#origin + frame / SPEECH_FRAME_RATE),
      visemes: heard.visemes.slice(),
      aperture: heard.aperture,
      width: heard.width,
      rounding: heard.rounding,
      loudness: clamp(
        (this.#loudLevel - speaker + LOUDNESS_BELOW_DB) / (LOUDNESS_BELOW_DB + LOUDNESS_ABOVE_DB),
        0,
        1,
      ),
      speech,
      pitch: measured.pitch,
      voicing: measured.periodicity,
      events: [],
    };
  }
}
