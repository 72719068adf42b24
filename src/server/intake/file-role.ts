import { LoquentError } from '../../core/index.ts';
import { SIGNATURE_NAMES, type Signature, sniff } from '../../media/signature.ts';

/** What a file is for. */
export type FileRole = 'image' | 'audio' | 'teeth' | 'backgroundImage';

/** Formats that are taken, with the media type that they are stored under. */
const PICTURES: Partial<Record<Signature, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};
const RECORDINGS: Partial<Record<Signature, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  aac: 'audio/aac',
  mp4: 'audio/mp4',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  webm: 'audio/webm',
  aiff: 'audio/aiff',
};

/**
 * Tells the media type of a file by its first bytes.
 *
 * @throws LoquentError `IMAGE_UNSUPPORTED` or `AUDIO_UNSUPPORTED` if it cannot be what it is for.
 */
export function mediaTypeFor(role: FileRole, head: Uint8Array): string {
  const signature = sniff(head);
  const type = (role === 'audio' ? RECORDINGS : PICTURES)[signature];
  if (type !== undefined) return type;
  const code = role === 'audio' ? 'AUDIO_UNSUPPORTED' : 'IMAGE_UNSUPPORTED';
  throw new LoquentError(code, `The file "${role}" is ${SIGNATURE_NAMES[signature]}.`);
}
