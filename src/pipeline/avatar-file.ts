import { decodeAvatar, encodeAvatar } from '../avatar/file.ts';
import type { Avatar } from '../core/index.ts';
import { readInput } from '../media/input.ts';
import { platform } from '../platform/index.ts';
import { openFileSink } from '../sinks/file.ts';

/**
 * Reads a prepared avatar.
 *
 * @param source - Path, file URL, or the file's bytes.
 * @throws LoquentError `INPUT_*`, `AVATAR_CORRUPT`, `AVATAR_VERSION`.
 */
export async function loadAvatar(source: string | URL | Uint8Array): Promise<Avatar> {
  return decodeAvatar(await readInput(source));
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
