import type { Seconds, SpeechEvent } from '../core/index.ts';

/** Frames (20 ms) of speech without a gap that begin a phrase; less is a click or a cough. */
const BEGIN_FRAMES = 4;
/** Frames of silence that end a phrase: longer than the closure of any consonant. */
const END_FRAMES = 10;
/** Frames of silence that are a pause. */
const PAUSE_FRAMES = 30;
/** Confidence from which a frame counts as speech. */
const SPEECH = 0.5;

/** Finds where phrases begin and end, frame by frame. */
export class PhraseFinder {
  #inPhrase = false;
  #pauseDue = false;
  /** Length of the present run of speech frames, or of frames without. */
  #run = 0;
  #speaking = false;
  #runStart = 0 as Seconds;

  /**
   * Takes the next frame.
   *
   * @param time - Media time of the frame.
   * @param speech - Confidence that somebody speaks, 0..1.
   * @returns What became certain, or null.
   */
  push(time: Seconds, speech: number): SpeechEvent | null {
    const speaking = speech > SPEECH;
    if (this.#run === 0 || speaking !== this.#speaking) {
      this.#run = 0;
      this.#runStart = time;
      this.#speaking = speaking;
    }
    this.#run++;
    if (speaking) return this.#afterSpeech();
    return this.#afterSilence(time);
  }

  /** Ends the stream. Returns the end of a phrase that was still going on. */
  end(time: Seconds): SpeechEvent | null {
    if (!this.#inPhrase) return null;
    this.#inPhrase = false;
    return { kind: 'phrase-end', time: this.#speaking ? time : this.#runStart };
  }

  /** Forgets the stream. */
  reset(): void {
    this.#inPhrase = false;
    this.#pauseDue = false;
    this.#run = 0;
  }

  #afterSpeech(): SpeechEvent | null {
    if (this.#inPhrase || this.#run < BEGIN_FRAMES) return null;
    this.#inPhrase = true;
    this.#pauseDue = false;
    return { kind: 'phrase-begin', time: this.#runStart };
  }

  #afterSilence(time: Seconds): SpeechEvent | null {
    if (this.#inPhrase && this.#run === END_FRAMES) {
      this.#inPhrase = false;
      this.#pauseDue = true;
      return { kind: 'phrase-end', time: this.#runStart };
    }
    if (!this.#pauseDue || this.#run < PAUSE_FRAMES) return null;
    this.#pauseDue = false;
    return { kind: 'pause', time };
  }
}
