import { captionsOf, type SpokenText, type TimedText } from '../compose/captions.ts';
import type { ControlEntry, EmotionMix } from '../core/index.ts';
import { wavHeader, wavSamples } from '../encode/wav-file.ts';
import {
  openVoice,
  type Passage,
  readScript,
  type SpeechSource,
  sentencesOf,
  type VoiceFacts,
} from '../speech/index.ts';

import { withMemory } from './spoken-cache.ts';

export { type TimedText, toSrt, toVtt } from '../compose/captions.ts';
export { readScript, type VoiceFacts } from '../speech/index.ts';

/** A script that was spoken. */
export interface SpokenScript {
  /** A WAV file, in pieces. */
  readonly sound: readonly Uint8Array[];
  /** Seconds. */
  readonly duration: number;
  readonly captions: readonly TimedText[];
  /** What the script says about emotions, as a timeline; empty if nothing. */
  readonly controls: readonly ControlEntry[];
}

/** Least silence between two sentences that are spoken one by one, seconds. */
const SENTENCE_GAP = 0.3;
/** Samples below this are silence. */
const SILENCE = 0.004;

/**
 * Speaks a text, or a script with directions (see `readScript`), to its end.
 *
 * @param voice - As `openVoice` takes it.
 * @param emotion - What the face shows where the script says nothing.
 * @throws LoquentError `OPTION_INVALID`, `VOICE_MISSING`, `SPEECH_FAILED`, `CANCELLED`.
 */
export async function speakScript(
  script: string,
  voice: string,
  emotion: EmotionMix = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<SpokenScript> {
  const passages = readScript(script);
  const source = await withMemory(await openVoice(voice), voice);
  const tape = new Tape();
  const spoken: SpokenText[] = [];
  const controls: ControlEntry[] = [];
  let shown: EmotionMix | null = null;
  for (const passage of passages) {
    tape.pause(passage.pause);
    if (passage.emotion !== shown)
      controls.push({ time: tape.duration, emotion: passage.emotion ?? emotion });
    shown = passage.emotion;
    for (const [at, part] of partsOf(passage, source).entries()) {
      if (at > 0) tape.ensureSilence(SENTENCE_GAP);
      spoken.push(await say(source, part, tape, signal));
    }
  }
  return { sound: tape.wav(), duration: tape.duration, captions: captionsOf(spoken), controls };
}

/** Who can speak, as the voice of that name tells. @throws LoquentError `VOICE_MISSING`, `SPEECH_FAILED`. */
export async function listVoices(
  voice: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly VoiceFacts[]> {
  return (await (await openVoice(voice)).voices?.(signal)) ?? [];
}

type Part = Pick<Passage, 'text' | 'marked'>;

/** What is spoken in one go: sentences, where the voice speaks them best alone. */
function partsOf({ text, marked }: Passage, { bySentence }: SpeechSource): Part[] {
  if (text === '') return [];
  return bySentence && marked === null
    ? sentencesOf(text).map((sentence) => ({ text: sentence, marked: null }))
    : [{ text, marked }];
}

async function say(
  source: SpeechSource,
  { text, marked }: Part,
  tape: Tape,
  signal: AbortSignal,
): Promise<SpokenText> {
  const start = tape.duration;
  const words: TimedText[] = [];
  for await (const sound of source.speak(text, signal, marked ?? undefined)) {
    tape.add(sound.samples, sound.rate);
    for (const word of sound.words ?? []) {
      words.push({ text: word.text, start: start + word.start, end: start + word.end });
    }
  }
  return { text, start, end: tape.soundEnd, words };
}

/** Sound of one rate, one piece after the other. */
class Tape {
  readonly #pieces: Uint8Array[] = [];
  #rate = 0;
  #samples = 0;
  /** Samples of silence at the end. */
  #silent = 0;
  /** Silence that was asked for before the rate was known, seconds. */
  #early = 0;

  get duration(): number {
    return this.#rate === 0 ? this.#early : this.#samples / this.#rate;
  }

  /** Where the last sound ended that is no silence, seconds. */
  get soundEnd(): number {
    return this.#rate === 0 ? this.#early : (this.#samples - this.#silent) / this.#rate;
  }

  add(samples: Float32Array, rate: number): void {
    if (this.#rate === 0) {
      this.#rate = rate;
      this.pause(this.#early);
    }
    let last = samples.length;
    while (last > 0 && Math.abs(samples[last - 1]!) < SILENCE) last -= 1;
    this.#silent = last === 0 ? this.#silent + samples.length : samples.length - last;
    this.#samples += samples.length;
    this.#pieces.push(wavSamples(samples));
  }

  pause(seconds: number): void {
    if (this.#rate === 0) {
      this.#early += seconds;
      return;
    }
    if (seconds > 0) this.add(new Float32Array(Math.round(seconds * this.#rate)), this.#rate);
  }

  /** Has at least so much silence at the end, seconds. */
  ensureSilence(seconds: number): void {
    if (this.#rate > 0) this.pause(seconds - this.#silent / this.#rate);
  }

  wav(): Uint8Array[] {
    return [wavHeader(1, this.#rate, this.#samples * 2), ...this.#pieces];
  }
}
