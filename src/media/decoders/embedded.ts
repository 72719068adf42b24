import type { Signature } from '../signature.ts';
import { type DecoderInput, needsFfmpeg, type SoundDecoder } from './decoder.ts';
import { openWav } from './wav.ts';

/**
 * Opens a recording with the decoders that the package brings along.
 *
 * @throws LoquentError `AUDIO_NEEDS_FFMPEG`, `AUDIO_CORRUPT`, `AUDIO_EMPTY`.
 */
export async function openEmbeddedDecoder(input: DecoderInput, signature: Signature): Promise<SoundDecoder> {
  if (signature === 'wav') return openWav(input);
  throw needsFfmpeg(input.name, signature);
}
