import type { Seconds } from './units.ts';

/** Sample rate of every {@link AudioChunk}, in Hz. */
export const SPEECH_RATE = 16_000;

/**
 * A piece of speech for analysis: 16 kHz, mono, float32, nominally -1..1 (louder is clipped nowhere, only measured).
 * 40 ms (640 samples) by default; any length from 1 sample is allowed. The receiver must not write to `samples`.
 */
export interface AudioChunk {
  readonly samples: Float32Array;
  /** Media time of the first sample. Chunks of one stream follow each other without gaps. */
  readonly time: Seconds;
}

/** The fifteen mouth classes (the Oculus set), in the order of {@link SpeechFrame.visemes}. */
export const VISEMES = [
  'sil',
  'PP',
  'FF',
  'TH',
  'DD',
  'kk',
  'CH',
  'SS',
  'nn',
  'RR',
  'aa',
  'E',
  'ih',
  'oh',
  'ou',
] as const;
/** Name of a mouth class. */
export type Viseme = (typeof VISEMES)[number];

/** What the audio stage hears in 20 ms of sound. */
export interface SpeechFrame {
  /** Media time of the frame's centre. */
  readonly time: Seconds;
  /** Probability of each of {@link VISEMES}; 15 values, sum 1. */
  readonly visemes: Float32Array;
  /** How far the lips are apart, 0 (closed) .. 1 (widest vowel). */
  readonly aperture: number;
  /** Lip width relative to rest, -1 (narrow) .. 1 (spread). */
  readonly width: number;
  /** Lip rounding, 0..1. */
  readonly rounding: number;
  /** Loudness relative to the speaker's own range, 0..1. */
  readonly loudness: number;
  /** Confidence that somebody speaks (or sings), 0..1: 0 in silence, music and noise. */
  readonly speech: number;
  /** Pitch, Hz (60..800); 0 where there is none. A note without a voice has one too: weigh it with `speech`. */
  readonly pitch: number;
  /** Confidence that the sound is voiced (periodic), 0..1. */
  readonly voicing: number;
  /** What became certain with this frame, in order of time; empty in most frames. */
  readonly events: readonly SpeechEvent[];
}

/**
 * A turn in the course of speech, for head, brows and eyes to answer to. Its time lies up to 0.3 s before the time of
 * the frame that reports it.
 *
 * - `phrase-begin`: speech begins, after at least 0.2 s without.
 * - `phrase-end`: speech has ended; reported when it has been silent for 0.2 s. A stream that ends in the middle of a
 *   phrase reports it with a frame of its flush, if there is one.
 * - `pause`: nobody has spoken for 0.6 s since the end of a phrase: more than taking breath.
 * - `stress`: the loudest moment of a stressed syllable.
 */
export type SpeechEvent =
  | { readonly kind: 'phrase-begin' | 'phrase-end' | 'pause'; readonly time: Seconds }
  | {
      readonly kind: 'stress';
      readonly time: Seconds;
      /** How much the syllable stands out of its neighbours by loudness, pitch and length, 0..1. */
      readonly strength: number;
    };

/**
 * How much future sound the hearing may wait for:
 *
 * - `standard`: 0.11 s. Right for live speech, and for almost everything else.
 * - `low-latency`: 0.01 s. The mouth is less exact, for conversations in which every moment counts.
 * - `offline`: 0.61 s. For recordings: begins of speech, music and changes of level are judged with hindsight.
 */
export const HEARING_PROFILES = ['standard', 'low-latency', 'offline'] as const;
/** One of {@link HEARING_PROFILES}. */
export type HearingProfile = (typeof HEARING_PROFILES)[number];
