import { createSpeechAnalyser } from '../audio/index.ts';
import { lookForEncoder } from '../encode/index.ts';
import { keepRenderCrew } from './render-crew.ts';

/**
 * Loads what every job needs, for programs that wait for jobs: the renderer's thread (which stays between jobs), the
 * network that hears, and which encoder works. What goes wrong is reported by the job that meets it.
 */
export async function warmUp(): Promise<void> {
  keepRenderCrew();
  lookForEncoder('auto', 'mp4');
  await createSpeechAnalyser({ profile: 'offline' }).catch(() => undefined);
}
