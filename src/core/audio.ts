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
}
