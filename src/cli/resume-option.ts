import { Option } from 'commander';
import { type FootagePosition, footagePositionSchema, LoquentError } from '../core/index.ts';
import { platform } from '../platform/index.ts';

/** `--resume`, for a conversation in snippets. */
export function resumeOption(): Option {
  return new Option(
    '--resume <file>',
    'for footage: go on where the last job with this file left it, and note the new place there (made if missing)',
  );
}

/**
 * Reads where the footage was left; `undefined` if the file does not exist yet.
 *
 * @throws LoquentError `OPTION_INVALID` if the file holds something else; `INPUT_UNREADABLE`.
 */
export async function readPosition(path: string): Promise<FootagePosition | undefined> {
  const bytes = await platform().files.read(path);
  if (!bytes) return undefined;
  try {
    return footagePositionSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new LoquentError('OPTION_INVALID', `"${path}" given for --resume holds no position.`, {
      cause,
      hint: 'Give a file that an earlier job with --resume wrote, or one that does not exist yet.',
    });
  }
}

/** Notes where the footage was left. @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
export function writePosition(path: string, position: FootagePosition): Promise<void> {
  return platform().files.replace(path, new TextEncoder().encode(`${JSON.stringify(position)}\n`));
}
