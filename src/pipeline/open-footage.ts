import { openFootageFile } from '../avatar/footage-file.ts';
import { hasPartFileMagic } from '../avatar/part-file.ts';
import { type FootageClip, LoquentError, type Warning } from '../core/index.ts';
import { clipFormatSchema, rateOf } from '../media/clip-format.ts';
import { readClip } from '../media/clip-reader.ts';
import { openBytes } from '../media/input.ts';

/** Footage that is ready to speak. Disposing closes its file. */
export interface Footage extends AsyncDisposable {
  /** SHA-256 (hex) of the clips and of everything that decides how they were prepared. */
  readonly id: string;
  /** The clips in the order in which they were given. */
  readonly clips: readonly PreparedClip[];
  /** Path of the avatar file, and its length in bytes. */
  readonly path: string;
  readonly bytes: number;
  /**
   * Reads and checks every byte of the file.
   *
   * @throws LoquentError `AVATAR_CORRUPT`, `CANCELLED`.
   */
  verify(signal?: AbortSignal): Promise<void>;
}

/** A clip of an avatar file. */
export interface PreparedClip extends FootageClip {
  /** Name of the file that was given. */
  readonly name: string;
  /** Frames in which no face was found. */
  readonly emptyFrames: number;
  /** Median distance from forehead to chin of each of its faces, pixels. */
  readonly faceHeights: readonly number[];
  /** What the user should know about it. */
  readonly warnings: readonly Warning[];
}

/**
 * Opens an avatar file of footage. Takes a fraction of a second whatever its length: frames, and what was found in them, are
 * read when they are asked for.
 *
 * @throws LoquentError `INPUT_*`, `AVATAR_CORRUPT`, `AVATAR_VERSION`, `AVATAR_KIND`.
 */
export async function openFootage(path: string | URL): Promise<Footage> {
  const file = await openFootageFile(path);
  try {
    const { id, clips } = file.content;
    const prepared = await Promise.all(
      clips.map(async (clip, index): Promise<PreparedClip> => {
        const parsed = clipFormatSchema.safeParse(clip.format);
        if (!parsed.success) {
          throw new LoquentError(
            'AVATAR_CORRUPT',
            'The avatar file is damaged: the format of a clip is unknown.',
            {
              cause: parsed.error,
            },
          );
        }
        const format = parsed.data;
        const source = { path: file.path, part: file.clip(index), name: `"${clip.name}"` };
        return {
          name: clip.name,
          width: format.width,
          height: format.height,
          fps: rateOf(format),
          frameCount: clip.frameCount,
          sound: format.hasSound ? { path: source.path, ...source.part } : null,
          emptyFrames: clip.emptyFrames,
          faceHeights: clip.faces.map(({ height }) => height),
          warnings: clip.warnings,
          faces: await Promise.all(clip.faces.map((_, face) => file.face(index, face))),
          frames: (from, count, signal) =>
            readClip(source, format, { from, count: Math.min(count, clip.frameCount - from), signal }),
          [Symbol.asyncDispose]: () => Promise.resolve(file[Symbol.asyncDispose]()),
        };
      }),
    );
    return {
      id,
      clips: prepared,
      path: file.path,
      bytes: file.bytes,
      verify: (signal) => file.verify(signal),
      [Symbol.asyncDispose]: () => Promise.resolve(file[Symbol.asyncDispose]()),
    };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens a file if it is an avatar of footage; `null` if it is something else (a photo, an avatar of a photo, a clip). */
export async function openIfFootage(source: string | URL | Uint8Array): Promise<Footage | null> {
  if (source instanceof Uint8Array) return null;
  {
    await using file = await openBytes(source);
    if (!hasPartFileMagic(await file.read(0, 4))) return null;
  }
  return openFootage(source);
}
