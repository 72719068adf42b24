import type { LiveInputRate } from '../core/index.ts';

/** A piece of synthesised speech, mono, -1..1. The receiver owns the samples. */
export interface SpokenSound {
  readonly samples: Float32Array;
  /** Hz; the same for everything that one call of {@link SpeechSource.speak} gives. */
  readonly rate: LiveInputRate;
}

/** A voice: turns text into speech, piece by piece as it is made. Several texts can be spoken at a time. */
export interface SpeechSource {
  /** For reports. */
  readonly name: string;
  /**
   * Speaks a text, usually a sentence.
   *
   * @param signal - Ends it at once, with `CANCELLED`.
   * @throws LoquentError `SPEECH_FAILED`, `CANCELLED` when iterated.
   */
  speak(text: string, signal: AbortSignal): AsyncIterable<SpokenSound>;
}
