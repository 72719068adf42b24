import {
  type AudioChunk,
  clamp,
  type HearingProfile,
  type Seconds,
  SPEECH_RATE,
  type SpeechEvent,
  type SpeechFrame,
  seconds,
} from '../core/index.ts';
import { LogMelExtractor } from './log-mel.ts';
import { MEL_HOP, MEL_WINDOW } from './mel.ts';
import {
  APERTURE_OUTPUT,
  NETWORK_STRIDE,
  networkLookAhead,
  ROUNDING_OUTPUT,
  type SpeechMotionNetwork,
  VOICE_OUTPUT,
  WIDTH_OUTPUT,
} from './network.ts';
import { PhraseFinder } from './phrases.ts';
import { type ProfileSettings, profileSettings } from './profiles.ts';
import { type Measured, SoundMeter } from './sound-meter.ts';
import { type GateEvidence, SpeechGate } from './speech-gate.ts';
import { StressFinder } from './stress.ts';
import { Timeline } from './timeline.ts';
import { VISEME_SHIFTS, visemeProbabilities } from './viseme-probabilities.ts';
import { type LoadedNetwork, loadNetwork } from './weights.ts';

/** Speech frames per second. */
export const SPEECH_FRAME_RATE = 50;
const FRAME_SAMPLES = SPEECH_RATE / SPEECH_FRAME_RATE;
/** Chunks are heard in pieces of at most this many samples, so that nothing piles up however long they are. */
const PIECE_SAMPLES = 2 * FRAME_SAMPLES;

/** The speaker's range of loudness: from so far below the mean level of speech to so far above it, in dB. */
const LOUDNESS_BELOW_DB = 20;
const LOUDNESS_ABOVE_DB = 6;
/** Share of a new level in the loudness: a short average keeps single periods of a deep voice from showing. */
const LOUDNESS_RATE = 0.6;
/** Speech frames on each side over which the gate averages, where they are known. */
const GATE_NEIGHBOURS = 2;
/** Confidence of voicing from which a frame has a pitch. */
const LEAST_VOICING = 0.5;

/** Options of {@link createSpeechAnalyser}. */
export interface SpeechAnalyserOptions {
  /** How much future a frame may wait for; default `standard`. */
  readonly profile?: HearingProfile;
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
 * @throws LoquentError `OPTION_INVALID` for an unknown profile; `ASSET_MISSING` or `ASSET_CORRUPT` if the shipped
 *   weights cannot be read; `SIMD_MISSING` if the kernel cannot run.
 */
export async function createSpeechAnalyser(options: SpeechAnalyserOptions = {}): Promise<SpeechAnalyser> {
  const settings = profileSettings(options.profile ?? 'standard');
  return new StreamingAnalyser(await loadNetwork(settings.network), settings);
}

/** What the network said about one frame. */
interface Heard {
  /** Calibrated. */
  readonly visemes: Float32Array;
  readonly aperture: number;
  readonly width: number;
  readonly rounding: number;
  /** Logit of "a human voice speaks or sings". */
  readonly voice: number;
  /** The network's own probability of silence, which the gate was fitted to. */
  readonly silence: number;
}

function readOutput(output: Float32Array, shifts: readonly number[]): Heard {
  return {
    visemes: visemeProbabilities(output, shifts),
    aperture: clamp(output[APERTURE_OUTPUT], 0, 1),
    width: clamp(output[WIDTH_OUTPUT], -1, 1),
    rounding: clamp(output[ROUNDING_OUTPUT], 0, 1),
    voice: output[VOICE_OUTPUT],
    silence: visemeProbabilities(output)[0],
  };
}

/** The analyser on a given network and gate. */
export class StreamingAnalyser implements SpeechAnalyser {
  readonly lookAhead: Seconds;
  /** Samples after a frame's centre that it needs. */
  readonly #futureSamples: number;
  /** Frames by which the gate runs behind the network. */
  readonly #hindsight: number;
  /** Frames that the meter is ahead when a frame is emitted. */
  readonly #foresight: number;
  readonly #network: SpeechMotionNetwork;
  readonly #shifts: readonly number[];
  readonly #extractor: LogMelExtractor;
  readonly #meter = new SoundMeter();
  readonly #gate: SpeechGate;
  readonly #phrases = new PhraseFinder();
  readonly #stress = new StressFinder();
  readonly #measured = new Timeline<Measured>();
  readonly #heard = new Timeline<Heard>();
  #origin = 0;
  #samples = 0;
  #emitted = 0;
  #lastSample = 0;
  #loudLevel = Number.NEGATIVE_INFINITY;

  constructor(
    { network, shapes }: LoadedNetwork,
    { network: name, levelHindsight, gateHindsight }: ProfileSettings,
    gate = new SpeechGate(),
  ) {
    this.#gate = gate;
    this.#network = network;
    this.#shifts = VISEME_SHIFTS[name];
    this.#extractor = new LogMelExtractor(levelHindsight);
    const rows = networkLookAhead(shapes) + levelHindsight;
    this.#hindsight = gateHindsight;
    this.#foresight = gateHindsight + Math.floor(rows / NETWORK_STRIDE);
    this.#futureSamples = gateHindsight * FRAME_SAMPLES + rows * MEL_HOP + MEL_WINDOW / 2;
    this.lookAhead = seconds(this.#futureSamples / SPEECH_RATE);
    network.reset();
  }

  push(chunk: AudioChunk): SpeechFrame[] {
    const { samples } = chunk;
    if (samples.length === 0) return [];
    if (this.#samples === 0) this.#origin = chunk.time;
    this.#samples += samples.length;
    this.#lastSample = samples[samples.length - 1];
    const frames: SpeechFrame[] = [];
    for (let start = 0; start < samples.length; start += PIECE_SAMPLES) {
      const piece = samples.subarray(start, start + PIECE_SAMPLES);
      for (let index = 0; index < piece.length; index++) this.#keep(this.#meter.push(piece[index]));
      this.#hear(piece, frames);
    }
    return frames;
  }

  flush(): SpeechFrame[] {
    const expected = Math.ceil(this.#samples / FRAME_SAMPLES);
    const needed = (expected - 1) * FRAME_SAMPLES + this.#futureSamples - this.#samples;
    const frames: SpeechFrame[] = [];
    // The network's last frames need a future: the last value goes on, for a jump to zero would sound like a click.
    for (let missing = needed; missing > 0 && expected > 0; missing -= PIECE_SAMPLES) {
      const piece = new Float32Array(Math.min(missing, PIECE_SAMPLES)).fill(this.#lastSample);
      for (let index = 0; index < piece.length; index++) this.#keep(this.#meter.hold());
      this.#hear(piece, frames);
    }
    const last = frames.at(-1);
    const end = last && this.#phrases.end(last.time);
    if (end) frames[frames.length - 1] = { ...last, events: [...last.events, end] };
    this.reset();
    return frames;
  }

  reset(): void {
    this.#extractor.reset();
    this.#meter.reset();
    this.#network.reset();
    this.#gate.reset();
    this.#phrases.reset();
    this.#stress.reset();
    this.#measured.clear();
    this.#heard.clear();
    this.#origin = 0;
    this.#samples = 0;
    this.#emitted = 0;
    this.#lastSample = 0;
    this.#loudLevel = Number.NEGATIVE_INFINITY;
  }

  #keep(measured: Measured | null): void {
    if (measured) this.#measured.push(measured);
  }

  #hear(samples: Float32Array, frames: SpeechFrame[]): void {
    for (const { values } of this.#extractor.push({ samples, time: seconds(this.#origin) })) {
      if (!this.#network.push(values)) continue;
      this.#heard.push(readOutput(this.#network.output, this.#shifts));
      this.#gate.listen(this.#evidence(this.#heard.end - 1));
      if (this.#heard.end > this.#hindsight) frames.push(this.#emit());
    }
  }

  #emit(): SpeechFrame {
    const frame = this.#emitted++;
    const time = seconds(this.#origin + frame / SPEECH_FRAME_RATE);
    const { visemes, aperture, width, rounding } = this.#heard.at(frame);
    const { level, voicing, pitch } = this.#measured.at(frame);
    const { speaker } = this.#measured.at(frame + this.#foresight);
    const speech = this.#gate.decide(this.#evidence(frame));
    const before = Math.max(this.#loudLevel, speaker - LOUDNESS_BELOW_DB);
    this.#loudLevel = before + LOUDNESS_RATE * (level - before);
    const loudness =
      (this.#loudLevel - speaker + LOUDNESS_BELOW_DB) / (LOUDNESS_BELOW_DB + LOUDNESS_ABOVE_DB);
    const events = [
      this.#stress.push({ time, level: level - speaker, voicing, pitch, speech }),
      this.#phrases.push(time, speech),
    ].filter((event): event is SpeechEvent => event !== null);
    this.#measured.dropBefore(frame - GATE_NEIGHBOURS);
    this.#heard.dropBefore(frame - GATE_NEIGHBOURS);
    return {
      time,
      visemes,
      aperture,
      width,
      rounding,
      loudness: clamp(loudness, 0, 1),
      speech,
      pitch: voicing >= LEAST_VOICING ? pitch : 0,
      voicing,
      events,
    };
  }

  /** What is known of a frame at this moment. */
  #evidence(frame: number): GateEvidence {
    const newestHeard = this.#heard.end - 1;
    const newestMeasured = newestHeard - this.#hindsight + this.#foresight;
    const { noise, speaker } = this.#measured.at(newestMeasured);
    const { level, repetition, pitch } = this.#measured.at(frame);
    let silence = 0;
    let weight = 0;
    let peakLevel = level;
    for (let distance = -GATE_NEIGHBOURS; distance <= GATE_NEIGHBOURS; distance++) {
      const near = frame + distance;
      if (near < 0) continue;
      if (near <= newestHeard) {
        const share = 1 + GATE_NEIGHBOURS - Math.abs(distance);
        silence += share * this.#heard.at(near).silence;
        weight += share;
      }
      if (near <= newestMeasured) peakLevel = Math.max(peakLevel, this.#measured.at(near).level);
    }
    const { voice } = this.#heard.at(frame);
    return { voice, silence: silence / weight, peakLevel, noise, speaker, repetition, pitch };
  }
}
