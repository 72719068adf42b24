/**
 * HeadAudio 0.1.0 (M. Suominen, MIT), the audio worklet of TalkingHead.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { cached, cachePath, digest, runProgram, type Watch } from '../host.ts';
import { toLevel } from '../noise.ts';
import { fromVisemes, type Prediction } from './prediction.ts';

/** Its energy gate expects speech at this level. */
const LEVEL = 0.08;

/**
 * Lets HeadAudio hear a recording (16 kHz, mono), through its own classes and defaults, in a process of its own. Its
 * answer is kept in the cache.
 *
 * @param folder - Folder of its package.
 */
export async function predictByHeadAudio(
  folder: string,
  samples: Float32Array,
  watch: Watch,
): Promise<Prediction> {
  const sound = Buffer.from(toLevel(samples, LEVEL).buffer);
  const bytes = await cached(cachePath('headaudio', `${digest('1', sound)}.json`), async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'loquent-headaudio-'));
    try {
      const path = join(scratch, 'speech.f32');
      writeFileSync(path, sound);
      const script = fileURLToPath(new URL('./headaudio-process.ts', import.meta.url));
      return await runProgram(process.execPath, [script, folder, path], watch);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
  return fromVisemes(JSON.parse(new TextDecoder().decode(bytes)));
}
