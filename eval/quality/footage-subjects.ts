/**
 * The clips in which somebody is to say something else: videos of people, and one that is made from a portrait, so that
 * there is always one.
 *
 * @module
 */
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoquentError } from '../../src/core/index.ts';
import { renderFile } from '../../src/pipeline/render-file.ts';
import type { Watch } from '../lips/host.ts';
import { readSound } from '../lips/wav.ts';
import type { FootageSubject } from './footage.ts';
import type { Speech, Speeches } from './speeches.ts';

const PORTRAIT = fileURLToPath(new URL('../../demo/portraits/ava.png', import.meta.url));

/** A portrait that says the introduction, as if it had been filmed. */
export async function madeFootage(speeches: Speeches, watch: Watch): Promise<FootageSubject> {
  const own = await speeches.introduction(watch.signal);
  const path = speeches.path('made.mp4');
  watch.note('footage: making a clip of a portrait');
  await renderFile({ image: PORTRAIT, audio: own.path, output: path, preset: 'best', signal: watch.signal });
  return { name: 'made of a portrait', path, speeches: [speeches.known], own };
}

/** A video of a person. */
export async function filmedFootage(
  path: string,
  speeches: Speeches,
  signal: AbortSignal,
): Promise<FootageSubject> {
  const name = basename(path, extname(path));
  return { name, path, speeches: [speeches.known], own: await soundOf(path, name, speeches, signal) };
}

async function soundOf(
  path: string,
  name: string,
  speeches: Speeches,
  signal: AbortSignal,
): Promise<Speech | null> {
  try {
    return speeches.place(`sound of ${name}`, await readSound(path, signal));
  } catch (error) {
    // A video without sound.
    if (error instanceof LoquentError && error.code.startsWith('AUDIO_')) return null;
    throw error;
  }
}
