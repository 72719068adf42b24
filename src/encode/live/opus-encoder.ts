// The native build of the package ends the process when a thread that has loaded it ends.
import { Encoder } from '@evan/opus/wasm/index.mjs';
import { LIVE_SOUND_RATE, LIVE_SOUND_SAMPLES } from '../../core/index.ts';

/** Bits per second: where speech of one channel has nothing more to gain. */
const BITRATE = 40_000;
/** 0 (fastest) .. 10 (best). From 2 on the noise of speech is shaped as well as it can be heard; 5 takes a third more time. */
const COMPLEXITY = 2;
/** Packets are protected against a loss of this many percent. */
const EXPECTED_LOSS = 5;
/** Requests and values of Opus (opus_defines.h): the wrapper has names for none of them. */
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS = 4014;
const SET_SIGNAL = 4024;
const SIGNAL_VOICE = 3001;

/** Encodes sound to Opus packets of 20 ms: 48 kHz, mono. About 0.2 ms each. */
export class OpusEncoder {
  readonly #encoder = new Encoder({ channels: 1, sample_rate: LIVE_SOUND_RATE, application: 'voip' });
  readonly #pcm = new Int16Array(LIVE_SOUND_SAMPLES);
  readonly #bytes = new Uint8Array(this.#pcm.buffer);

  constructor() {
    this.#encoder.ctl(SET_BITRATE, BITRATE);
    this.#encoder.ctl(SET_COMPLEXITY, COMPLEXITY);
    this.#encoder.ctl(SET_SIGNAL, SIGNAL_VOICE);
    this.#encoder.ctl(SET_INBAND_FEC, 1);
    this.#encoder.ctl(SET_PACKET_LOSS, EXPECTED_LOSS);
  }

  /**
   * Encodes the next 20 ms.
   *
   * @param samples - `LIVE_SOUND_SAMPLES` of them, -1..1; what is louder is clipped.
   * @returns One packet, in memory of its own.
   */
  encode(samples: Float32Array): Uint8Array {
    for (let n = 0; n < LIVE_SOUND_SAMPLES; n += 1) {
      const sample = samples[n]!;
      this.#pcm[n] = sample > 1 ? 32767 : sample < -1 ? -32767 : sample * 32767;
    }
    return this.#encoder.encode(this.#bytes).slice();
  }
}
