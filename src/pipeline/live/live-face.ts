import { createSpeechAnalyser, SPEECH_FRAME_RATE, type SpeechAnalyser } from '../../audio/index.ts';
import {
  type AudioChunk,
  type Avatar,
  ControlTrack,
  type HearingProfile,
  LIVE_SOUND_RATE,
  type LiveOptions,
  type LiveProfile,
  type MotionFrame,
  type Seconds,
  SPEECH_RATE,
  samplesToSeconds,
  seconds,
} from '../../core/index.ts';
import { AudioResampler } from '../../kernels/resample-audio/index.ts';
import { createMotion, LIVE_LOOK_AHEAD, type Motion } from '../../motion/index.ts';
import { motionOptionsOf } from '../move.ts';
import { Hush } from './hush.ts';

/** How each profile hears. */
const HEARING: Readonly<Record<LiveProfile, HearingProfile>> = {
  default: 'standard',
  'low-latency': 'low-latency',
};

/**
 * Seconds by which pictures are behind the movement that was meant for their time: need not be waited for with the sound. The mouth runs
 * ahead of the sound by 0.02 s in {@link Motion}, browsers keep sound back longer than pictures, and up to 0.045 s nobody notices
 * that a mouth is behind (ITU-R BT.1359).
 */
const LAG = seconds(0.05);

/** Confidence that somebody speaks, above which somebody does. */
const SPEAKS = 0.5;
/** Seconds after the last sound of speech in which somebody still counts as speaking, and those in which that fades. */
const HOLD = 0.12;
const FADE = 0.2;
/** Seconds for which speech that was cut off is still heard as speech. */
const ECHO = 0.15;

/** What the resampler holds back, seconds. */
const RESAMPLING = 0.003;
/**
 * Seconds of silence that are heard before anything else. Mouths are so much later, and in return what a picture needs is there with
 * the tick of 10 ms before: resampling and half a window of the hearing reach just beyond it.
 */
const HEAD_START = 0.006;

/** A face that hears and moves, as long as sound comes: the part of `talk` that comes before drawing. */
export class LiveFace {
  /**
   * Seconds by which the sound must be heard before it is played, so that every picture is ready when it is shown.
   */
  readonly lookAhead: Seconds;
  /** Seconds by which a picture is shown after the time of its movement. */
  readonly lag: Seconds = LAG;
  readonly controls: ControlTrack;
  readonly hush: Hush;
  readonly #analyser: SpeechAnalyser;
  readonly #motion: Motion;
  readonly #resampler = new AudioResampler(LIVE_SOUND_RATE, SPEECH_RATE, 1);
  readonly #onSpeech: (chunk: AudioChunk) => void;
  #heard = 0;
  /** When somebody was last heard to speak, and until when all speech was taken back. */
  #spoken = Number.NEGATIVE_INFINITY;
  #takenBack = Number.NEGATIVE_INFINITY;

  /** @param between - Seconds by which a frame may have to wait for the speech frame after it. */
  private constructor(
    analyser: SpeechAnalyser,
    motion: Motion,
    hush: Hush,
    controls: ControlTrack,
    between: number,
    onSpeech: (chunk: AudioChunk) => void,
  ) {
    this.#analyser = analyser;
    this.#motion = motion;
    this.hush = hush;
    this.controls = controls;
    this.#onSpeech = onSpeech;
    this.lookAhead = seconds(analyser.lookAhead + motion.lookAhead + RESAMPLING + between - LAG - HEAD_START);
  }

  /**
   * @param onSpeech - Gets the sound as it is heard, 16 kHz, before the movements that follow from it.
   * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
   */
  static async create(
    avatar: Avatar,
    options: LiveOptions,
    onSpeech: (chunk: AudioChunk) => void = () => undefined,
  ): Promise<LiveFace> {
    const analyser = await createSpeechAnalyser({ profile: HEARING[options.profile] });
    const hush = new Hush();
    const controls = new ControlTrack();
    const motion = createMotion({
      ...motionOptionsOf(options),
      lookAhead: LIVE_LOOK_AHEAD,
      style: avatar.mouthStyle,
      limits: avatar.rig.limits,
      voiced: hush.voiced,
      controls,
    });
    const steps = motion.lookAhead * SPEECH_FRAME_RATE;
    const between =
      (SPEECH_FRAME_RATE % options.fps === 0 ? Math.ceil(steps - 1e-6) - steps : 1) / SPEECH_FRAME_RATE;
    return new LiveFace(analyser, motion, hush, controls, between, onSpeech);
  }

  /**
   * Takes speech back that was heard: the mouth comes to rest.
   *
   * @param from - When the picture is shown with which that begins.
   * @param until - End of what was heard.
   */
  takeBack(from: Seconds, until: Seconds): void {
    this.hush.begin(seconds(from - LAG), until);
    this.#takenBack = until + ECHO;
    this.#spoken = Number.NEGATIVE_INFINITY;
  }

  /** Hears the next 48 kHz samples; gives every movement that becomes certain, each before the next is worked out. */
  *hear(samples: Float32Array): Generator<MotionFrame, void, undefined> {
    if (this.#heard === 0) yield* this.#listen(new Float32Array(HEAD_START * SPEECH_RATE));
    yield* this.#listen(this.#resampler.push(samples));
  }

  *#listen(speech: Float32Array): Generator<MotionFrame, void, undefined> {
    const time = samplesToSeconds(this.#heard, SPEECH_RATE);
    this.#heard += speech.length;
    this.#onSpeech({ samples: speech, time });
    for (const frame of this.#analyser.push({ samples: speech, time })) {
      if (frame.speech > SPEAKS && frame.time > this.#takenBack) this.#spoken = frame.time;
      yield* this.#motion.push([frame]);
    }
  }

  /** How much somebody speaks at the time of the movement that came last, 0..1: 0 in silence, and once speech was taken back. */
  speaks(time: Seconds): number {
    const silent = (time - this.#spoken - HOLD) / FADE;
    return Math.min(1, Math.max(0, 1 - silent)) * this.hush.voiced(time);
  }
}
