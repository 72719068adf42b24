import type { LiveInputRate } from '../core/index.ts';

/** A piece of synthesised speech, mono, -1..1. The receiver owns the samples. */
export interface SpokenSound {
  readonly samples: Float32Array;
  /** Hz; the same for everything that one call of {@link SpeechSource.speak} gives. */
  readonly rate: LiveInputRate;
  /** Words that are heard in it, if the voice tells: seconds from the beginning of the text. */
  readonly words?: readonly SpokenWord[] | undefined;
}

/** A word with its time, seconds from the beginning of the text. */
export interface SpokenWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Somebody who can speak. */
export interface VoiceFacts {
  /** What it is asked for by. */
  readonly id: string;
  /** BCP 47; `null` if it is not known or speaks many. */
  readonly language: string | null;
  readonly name: string;
}

/** A voice: turns text into speech, piece by piece as it is made. Several texts can be spoken at a time. */
export interface SpeechSource {
  /** For reports. */
  readonly name: string;
  /**
   * Speaks a text, usually a sentence.
   *
   * @param signal - Ends it at once, with `CANCELLED`.
   * @param marked - The same text as SSML with `<emphasis>`, for voices that know how; the others leave it out.
   * @throws LoquentError `SPEECH_FAILED`, `CANCELLED` when iterated.
   */
  speak(text: string, signal: AbortSignal, marked?: string): AsyncIterable<SpokenSound>;
  /** Whether each sentence is best spoken by itself: then it is known when each one begins. */
  readonly bySentence?: boolean;
  /**
   * Who can speak.
   *
   * @throws LoquentError `SPEECH_FAILED`, `CANCELLED`.
   */
  voices?(signal: AbortSignal): Promise<readonly VoiceFacts[]>;
}
