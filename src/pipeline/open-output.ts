import { LoquentError } from '../core/index.ts';
import { frameName, type OutputTarget, outputTarget, SEQUENCE_SOUND } from '../encode/index.ts';
import { type FileSink, openFileSink } from '../sinks/file.ts';
import { openFolderSink } from '../sinks/folder.ts';

/** Endings of the files that can be written. */
const ENDINGS = ['.mp4', '.webm', '.mov'] as const;

/** A place for a result, and in which form it is written. */
export interface Output {
  readonly target: OutputTarget;
  readonly sink: FileSink;
}

/**
 * Checks that a result can be written before any work is done, and makes room for it.
 *
 * @param output - File name, folder or pattern (see {@link outputTarget}).
 * @param options - `force` replaces what is there; `alpha` says whether the frames are transparent in parts.
 * @throws LoquentError `OUTPUT_EXISTS`, `OUTPUT_NOT_WRITABLE`, `OUTPUT_UNSUPPORTED`, `DISK_FULL`.
 */
export async function openOutput(
  output: string,
  { force, alpha }: { readonly force: boolean; readonly alpha: boolean },
): Promise<Output> {
  const target = outputTarget(output);
  if (target === null) {
    throw new LoquentError(
      'OUTPUT_UNSUPPORTED',
      `The output "${output}" must have a name that ends in ${ENDINGS.join(', ')}, or be a folder like frames/.`,
    );
  }
  if (alpha && target.container === 'mp4') {
    throw new LoquentError('OUTPUT_UNSUPPORTED', 'An MP4 file cannot hold a transparent background.', {
      hint: 'Choose a name that ends in .webm or .mov, or a folder of pictures like frames/%05d.png.',
    });
  }
  const { frames, path } = target;
  if (frames === null) return { target, sink: await openFileSink(path, { force, endings: ENDINGS }) };
  const isOwn = (name: string) => {
    const number = Number(name.slice(frames.prefix.length, name.length - frames.suffix.length));
    return name === SEQUENCE_SOUND || (Number.isInteger(number) && name === frameName(frames, number));
  };
  return { target, sink: await openFolderSink(path, { force, isOwn }) };
}
