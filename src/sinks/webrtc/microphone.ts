import { OpusDecoder } from 'opus-decoder';
import { LIVE_SOUND_RATE } from '../../core/index.ts';
import type { RtpPacket } from './rtp-stream.ts';

/** Packets that are waited for when one is missing: 40 ms. */
const PATIENCE = 2;
/** Gaps up to this many packets are filled with silence; after longer ones speech simply goes on. */
const LONGEST_FILLED = 10;
/** Samples that stand for a packet whose length is not known: 20 ms. */
const USUAL_SAMPLES = LIVE_SOUND_RATE / 50;

/**
 * Turns the packets of a peer's microphone (Opus, RFC 7587) into speech: puts them in order, drops doubles, fills small gaps
 * with silence, decodes to 48 kHz mono.
 */
export class Microphone implements Disposable {
  readonly #onSamples: (samples: Float32Array) => void;
  readonly #decoder = new OpusDecoder({ sampleRate: LIVE_SOUND_RATE, channels: 1 });
  readonly #early = new Map<number, Uint8Array>();
  #next: number | null = null;
  #ready = false;
  #disposed = false;
  #samples = USUAL_SAMPLES;

  /** @param onSamples - Gets speech in order; owns it. */
  constructor(onSamples: (samples: Float32Array) => void) {
    this.#onSamples = onSamples;
    void this.#decoder.ready.then(() => {
      this.#ready = true;
      if (this.#disposed) this.#decoder.free();
    });
  }

  /** Takes a packet as it arrives. Until the decoder is loaded they are dropped. */
  take({ sequence, payload }: RtpPacket): void {
    if (!this.#ready || this.#disposed || payload.length === 0) return;
    this.#next ??= sequence;
    const ahead = (sequence - this.#next) & 0xffff;
    // Behind: late or double. The far side of the circle of sequence numbers counts as behind.
    if (ahead >= 0x8000) return;
    if (ahead > LONGEST_FILLED) {
      this.#early.clear();
      this.#next = sequence;
    }
    this.#early.set(sequence, payload);
    this.#drain();
  }

  #drain(): void {
    while (this.#next !== null) {
      const payload = this.#early.get(this.#next);
      if (payload) this.#decode(payload);
      else if (this.#early.size > PATIENCE) this.#onSamples(new Float32Array(this.#samples));
      else return;
      this.#early.delete(this.#next);
      this.#next = (this.#next + 1) & 0xffff;
    }
  }

  #decode(payload: Uint8Array): void {
    const { channelData } = this.#decoder.decodeFrame(payload);
    const samples = channelData[0];
    if (!samples || samples.length === 0) return;
    this.#samples = samples.length;
    this.#onSamples(samples);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#early.clear();
    if (this.#ready) this.#decoder.free();
  }
}
