import type { RenderOptions, Warning } from '../core/index.ts';
import { isVideo } from '../media/ffmpeg-video.ts';
import { spool } from '../media/input.ts';
import { SNIFF_LENGTH, sniff } from '../media/signature.ts';
import { platform } from '../platform/index.ts';
import { type Footage, openIfFootage } from './open-footage.ts';
import { prepareFootage } from './prepare-footage.ts';

/** Footage for one job. Disposing closes it, and removes what was made for this job only. */
export interface FootageInput extends AsyncDisposable {
  readonly footage: Footage;
  /** Whether it was prepared beforehand. */
  readonly cached: boolean;
}

/** What {@link footageInput} needs besides the source. */
export interface FootageInputContext {
  readonly signal?: AbortSignal | undefined;
  /** Hears how far preparation has come, 0..1. */
  readonly onPrepared: (share: number) => void;
}

/**
 * Opens an avatar of footage, or prepares a clip; `null` if the source is neither (a photo, an avatar of a photo).
 *
 * @throws LoquentError What `openFootage` and `prepareFootage` throw.
 */
export async function footageInput(
  source: string | URL | Uint8Array,
  { cache }: Pick<RenderOptions, 'cache'>,
  { signal, onPrepared }: FootageInputContext,
): Promise<FootageInput | null> {
  const ready = await openIfFootage(source);
  if (ready)
    return { footage: ready, cached: true, [Symbol.asyncDispose]: () => ready[Symbol.asyncDispose]() };
  if (!(await isClip(source))) return null;
  const held: AsyncDisposable[] = [];
  const release = async () => {
    for (const part of held.splice(0).reverse()) await part[Symbol.asyncDispose]();
  };
  try {
    let path: string | URL;
    if (source instanceof Uint8Array) {
      const file = await spool([source], signal);
      held.push(file);
      path = file.path!;
    } else path = source;
    let cached = true;
    const onProgress = ({ done }: { readonly done: number }) => {
      cached = false;
      onPrepared(done);
    };
    const footage = await prepareFootage(path, { signal, onProgress, ...(await outputFor(cache, held)) });
    held.push(footage);
    return { footage, cached, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Without a cache the result lies in a file that goes with the job. */
async function outputFor(
  cache: boolean,
  held: AsyncDisposable[],
): Promise<{ output?: string; force?: boolean }> {
  if (cache) return {};
  const file = await platform().createTemporaryFile('.avatar');
  held.push(file);
  await file.close();
  return { output: file.path, force: true };
}

async function isClip(source: string | URL | Uint8Array): Promise<boolean> {
  if (!(source instanceof Uint8Array)) return isVideo(source);
  const signature = sniff(source.subarray(0, SNIFF_LENGTH));
  return signature === 'mp4' || signature === 'webm';
}

/** What the user should know about all clips of some footage, each thing once. */
export function remarksOn({ clips }: Footage): Warning[] {
  const remarks = new Map<string, Warning>();
  for (const { warnings } of clips) for (const warning of warnings) remarks.set(warning.message, warning);
  return [...remarks.values()];
}
