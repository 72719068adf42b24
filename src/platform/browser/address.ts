import { LoquentError } from '../../core/errors.ts';
import type { InputFile } from '../index.ts';

/**
 * Fetches what lies at an address, to be read from any place.
 *
 * @throws LoquentError `INPUT_UNREADABLE`, `INPUT_NOT_FOUND`, `INPUT_EMPTY`.
 */
export async function openAddress(location: string | URL): Promise<InputFile> {
  const answer = await fetch(location).catch((cause: unknown) => {
    throw new LoquentError('INPUT_UNREADABLE', `"${location}" cannot be fetched.`, { cause });
  });
  if (!answer.ok) throw new LoquentError('INPUT_NOT_FOUND', `There is nothing at "${location}".`);
  const blob = await answer.blob();
  if (blob.size === 0) throw new LoquentError('INPUT_EMPTY', `"${location}" is empty.`);
  return {
    path: String(location),
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    async [Symbol.asyncDispose]() {},
  };
}
