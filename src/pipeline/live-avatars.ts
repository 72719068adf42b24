import { encodeAvatar } from '../avatar/file.ts';
import {
  type Avatar,
  avatarSchema,
  parseOptions,
  SPEECH_RATE,
  seconds,
  type Warning,
} from '../core/index.ts';
import { encodeJpeg } from '../media/image.ts';
import { platform } from '../platform/index.ts';
import { loadIfAvatar } from './avatar-file.ts';
import { prepareCached } from './prepare-avatar.ts';
import { talk } from './talk.ts';

/** Quality of a still picture as JPEG, 1..100. */
const STILL_QUALITY = 85;

/**
 * Opens somebody to speak to: a prepared avatar, or a photo, which is prepared and kept for the next time.
 *
 * @throws LoquentError `INPUT_*`, `IMAGE_*`, `FACE_*`, `AVATAR_*`, `CANCELLED`.
 */
export async function openLiveAvatar(
  source: string,
  onWarning: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<Avatar> {
  const ready = await loadIfAvatar(source);
  if (ready) return ready;
  const prepared = await prepareCached(source, undefined, parseOptions(avatarSchema, {}), signal, onWarning);
  await prepared.keep();
  return prepared.avatar;
}

/** An avatar's file, as viewers who draw themselves get it. */
export interface AvatarFile {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
}

/** The file of an avatar. */
export async function avatarFile(avatar: Avatar): Promise<AvatarFile> {
  const bytes = await encodeAvatar(avatar);
  return { bytes, sha256: await platform().sha256(bytes) };
}

/** The avatar at rest as JPEG, as a stream of the same size begins. */
export async function avatarStill(avatar: Avatar, size: number): Promise<Uint8Array> {
  async function* moment() {
    yield { samples: new Float32Array(SPEECH_RATE / 25), time: seconds(0) };
  }
  for await (const { width, height, data } of talk(avatar, moment(), { size, still: true })) {
    return encodeJpeg({ width, height, data: data }, STILL_QUALITY);
  }
  throw new Error('There was no frame.');
}
