import { createSpeechAnalyser } from '../audio/index.ts';
import { type Avatar, parseOptions, type ViewOptions, viewSchema } from '../core/index.ts';
import { lookForEncoder } from '../encode/index.ts';
import { keepRenderCrew, prepareRenderCrew } from './render-crew.ts';

/**
 * Loads what every job needs, for programs that wait for jobs: the renderer's thread (which stays between jobs), the
 * network that hears, and which encoder works. What goes wrong is reported by the job that meets it.
 */
export async function warmUp(): Promise<void> {
  keepRenderCrew();
  lookForEncoder('auto', 'mp4');
  await createSpeechAnalyser({ profile: 'offline' }).catch(() => undefined);
}

/**
 * Begins to make the renderer for a video that is about to be made of an avatar, or that may well be.
 *
 * @param options - Picture options of the video; what is left out is as usual.
 * @throws LoquentError `OPTION_INVALID`.
 */
export function prepareToDraw(avatar: Avatar, options: Partial<ViewOptions> = {}): void {
  const { background, crop, preset, size } = options;
  prepareRenderCrew(avatar, parseOptions(viewSchema, { background, crop, preset, size }));
}
