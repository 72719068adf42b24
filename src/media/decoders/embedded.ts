import type { Signature } from '../signature.ts';
import { type DecoderInput, needsFfmpeg, type SoundDecoder } from './decoder.ts';
import { openFlac } from './flac.ts';
import { openMp3 } from './mp3/index.ts';
import { openWav } from './wav.ts';

/**
 * Opens a recording with the decoders that the package brings along.
 *
 * @throws LoquentError `AUDIO_NEEDS_FFMPEG`, `AUDIO_CORRUPT`, `AUDIO_EMPTY`.
 */
export async function openEmbeddedDecoder(input: DecoderInput, signature: Signature): Promise<SoundDecoder> {
  if (signature === 'wav') return openWav(input);
  if (signature === 'flac') return openFlac(input);
  if (signature === 'mp3') return openMp3(input);
  if (signature === 'ogg' || signature === 'webm' || signature === 'mp4') {
    // Loaded only when needed: readers of containers are by far the largest decoders.
    const { openContainer } = await import('./container.ts');
    return openContainer(input);
  }
  throw needsFfmpeg(input.name, `${signature.toUpperCase()} sound`);
}
