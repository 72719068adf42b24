import type { SpeechAnalyser } from '../audio/index.ts';
import type { AudioChunk, SpeechFrame } from '../core/index.ts';

/** Hears what somebody else says while the person speaks or is silent. */
export interface Ear {
  /**
   * What became known since the last call.
   *
   * @param samples - Samples of the person's own sound so far: as much is heard of the other one, where there is so much.
   * @throws what the other one's sound throws.
   */
  until(samples: number): Promise<SpeechFrame[]>;
  /** Stops listening. */
  close(): Promise<void>;
}

/** An ear that keeps step with the person's own sound: for recordings, which are there in full. */
export function earInStep(audio: AsyncIterable<AudioChunk>, analyser: SpeechAnalyser): Ear {
  const chunks = audio[Symbol.asyncIterator]();
  let heard = 0;
  let ended = false;
  return {
    async until(samples) {
      const frames: SpeechFrame[] = [];
      while (!ended && heard < samples) {
        const { done, value } = await chunks.next();
        ended = done === true;
        if (!done) heard += value.samples.length;
        frames.push(...(done ? analyser.flush() : analyser.push(value)));
      }
      return frames;
    },
    async close() {
      if (!ended) await chunks.return?.();
    },
  };
}

/** An ear for sound that comes when it comes: who speaks does not wait for who is listened to. */
export function earAtOnce(audio: AsyncIterable<AudioChunk>, analyser: SpeechAnalyser): Ear {
  let frames: SpeechFrame[] = [];
  let failure: { readonly error: unknown } | undefined;
  let open = true;
  const listen = async (): Promise<void> => {
    for await (const chunk of audio) {
      if (!open) return;
      frames.push(...analyser.push(chunk));
    }
  };
  listen().catch((error: unknown) => {
    failure = { error };
  });
  return {
    async until() {
      if (failure) throw failure.error;
      const known = frames;
      frames = [];
      return known;
    },
    async close() {
      open = false;
    },
  };
}
