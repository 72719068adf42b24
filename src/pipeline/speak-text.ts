import { openVoice } from '../speech/index.ts';

/** Length that the header of a stream claims, whose real length nobody knows yet. */
const UNKNOWN_LENGTH = 0xffff_ffff;
const HEADER_LENGTH = 44;

/**
 * Speaks a text.
 *
 * @param voice - As `openVoice` takes it: `espeak`, `espeak:de`, or the address of a speech endpoint.
 * @returns A WAV file, as it is made: what `renderFile` takes as `audio`.
 * @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID`, `SPEECH_FAILED`, `CANCELLED` when iterated.
 */
export async function* speakText(
  text: string,
  voice: string,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = await openVoice(voice);
  let begun = false;
  for await (const { samples, rate } of source.speak(text, signal)) {
    if (!begun) yield wavHeader(rate);
    begun = true;
    yield pcm16(samples);
  }
}

/** Header of a mono WAV file of 16-bit samples. */
function wavHeader(rate: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  const write = (at: number, letters: string) => {
    for (let n = 0; n < letters.length; n++) view.setUint8(at + n, letters.charCodeAt(n));
  };
  write(0, 'RIFF');
  view.setUint32(4, UNKNOWN_LENGTH, true);
  write(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, 'data');
  view.setUint32(40, UNKNOWN_LENGTH, true);
  return bytes;
}

function pcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < samples.length; n++) {
    const clipped = Math.max(-1, Math.min(1, samples[n]!));
    view.setInt16(n * 2, Math.round(clipped * 32_767), true);
  }
  return bytes;
}
