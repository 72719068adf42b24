import { LoquentError } from '../../core/index.ts';
import { SIGNATURE_NAMES, type Signature, sniff } from '../../media/signature.ts';

/** What a file is for. */
export type FileRole = 'image' | 'clip' | 'audio' | 'teeth' | 'backgroundImage';

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
const CLIPS: Partial<Record<Signature, string>> = { mp4: 'video/mp4', webm: 'video/webm' };

/** What is taken for each role, and what is wrong with anything else. */
const PICTURE = { types: PICTURES, code: 'IMAGE_UNSUPPORTED' } as const;
const ROLES = {
  image: PICTURE,
  clip: { types: CLIPS, code: 'VIDEO_UNSUPPORTED' },
  audio: { types: RECORDINGS, code: 'AUDIO_UNSUPPORTED' },
  teeth: PICTURE,
  backgroundImage: PICTURE,
} as const satisfies Record<FileRole, object>;

/**
 * Tells the media type of a file by its first bytes.
 *
 * @throws LoquentError `IMAGE_UNSUPPORTED`, `VIDEO_UNSUPPORTED` or `AUDIO_UNSUPPORTED` if it cannot be what it is for.
 */
export function mediaTypeFor(role: FileRole, head: Uint8Array): string {
  const signature = sniff(head);
  const { types, code } = ROLES[role];
  const type = types[signature];
  if (type !== undefined) return type;
  throw new LoquentError(code, `The file "${role}" is ${SIGNATURE_NAMES[signature]}.`);
}
