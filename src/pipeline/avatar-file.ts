import { decodeAvatar, encodeAvatar, isAvatarFile } from '../avatar/file.ts';
import { hasPartFileMagic } from '../avatar/part-file.ts';
import { type Avatar, LoquentError } from '../core/index.ts';
import { describeInput, openBytes } from '../media/input.ts';
import { platform } from '../platform/index.ts';
import { openFileSink } from '../sinks/file.ts';
import { type Footage, openIfFootage } from './open-footage.ts';

/** Bytes that decide whether a file is an avatar. */
const MAGIC_LENGTH = 16;
/** Longest avatar file that is read, bytes: four times what the largest region needs uncompressed. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads a prepared avatar.
 *
 * @param source - Path, file URL, or the file's bytes.
 * @throws LoquentError `INPUT_*`, `AVATAR_CORRUPT`, `AVATAR_VERSION`, `AVATAR_KIND` (it is made of footage).
 */
export async function loadAvatar(source: string | URL | Uint8Array): Promise<Avatar> {
  const avatar = await loadIfAvatar(source);
  if (!avatar) throw new LoquentError('AVATAR_CORRUPT', `${describeInput(source)} is not an avatar file.`);
  return avatar;
}

/** An avatar file of either kind. */
export type AnyAvatar =
  | { readonly kind: 'photo'; readonly avatar: Avatar }
  | { readonly kind: 'footage'; readonly footage: Footage };

/**
 * Reads an avatar file of either kind, or answers `null` when the content is something else (a photo, a video).
 *
 * @param source - Path, file URL, or the file's bytes (of a photo's avatar only).
 * @throws LoquentError `INPUT_*`, `AVATAR_CORRUPT`, `AVATAR_VERSION`.
 */
export async function loadAnyAvatar(source: string | URL | Uint8Array): Promise<AnyAvatar | null> {
  const footage = await openIfFootage(source);
  if (footage) return { kind: 'footage', footage };
  const avatar = await loadIfAvatar(source);
  return avatar && { kind: 'photo', avatar };
}

/** Reads a prepared avatar, or answers `null` when the content is something else (a photo, most likely). */
export async function loadIfAvatar(source: string | URL | Uint8Array): Promise<Avatar | null> {
  await using file = await openBytes(source);
  const start = await file.read(0, MAGIC_LENGTH);
  if (hasPartFileMagic(start)) {
    throw new LoquentError(
      'AVATAR_KIND',
      `${describeInput(source)} is an avatar made of footage, not of a photo.`,
    );
  }
  if (!isAvatarFile(start)) return null;
  if (file.size > MAX_BYTES)
    throw new LoquentError('INPUT_TOO_LARGE', `${describeInput(source)} is too large for an avatar file.`);
  try {
    // Awaited here: a failure while the file is closed would otherwise count as unhandled and end the program.
    return await decodeAvatar(await file.read(0, file.size));
  } catch (error) {
    if (!(error instanceof LoquentError && error.code.startsWith('AVATAR_'))) throw error;
    const { code, details } = error;
    const message = `${describeInput(source)} cannot be used. ${error.message}`;
    throw new LoquentError(code, message, { cause: error, ...(details && { details }) });
  }
}

/**
 * Writes a prepared avatar into one file; nothing is left behind on failure.
 *
 * @throws LoquentError `OUTPUT_EXISTS` unless `force`, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function saveAvatar(
  avatar: Avatar,
  path: string,
  options: { force?: boolean } = {},
): Promise<void> {
  const bytes = await encodeAvatar(avatar);
  await using sink = await openFileSink(path, { force: options.force ?? false, endings: ['.avatar'] });
  await platform().files.write(sink.temporaryPath, bytes);
  await sink.commit();
}
