import { SPEECH_RATE } from '../../../src/core/index.ts';
import { streamProgram } from '../host.ts';
import { readSound } from '../wav.ts';

/**
 * Reads the sound of a video on the clock of its pictures: a sound track that begins late begins with silence. (The
 * product reads recordings, where the first sample is time 0.) Needs FFmpeg.
 *
 * @returns 16 kHz, mono.
 * @throws LoquentError `AUDIO_*`, `INPUT_*`.
 */
export async function readVideoSound(path: string, signal: AbortSignal): Promise<Float32Array> {
  // The product's reader says in plain words what is wrong with a file.
  await readSound(path, signal);
  const filter = `aresample=${SPEECH_RATE}:async=1:first_pts=0`;
  const output = ['-map', '0:a:0', '-af', filter, '-ac', '1', '-f', 'f32le', '-'];
  const parts: Uint8Array[] = [];
  const args = ['-v', 'error', '-nostdin', '-i', `file:${path}`, ...output];
  for await (const bytes of streamProgram('ffmpeg', args, signal)) parts.push(bytes);
  // Pieces end anywhere, also within a sample.
  const bytes = Buffer.concat(parts);
  return Float32Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readFloatLE(4 * index));
}
