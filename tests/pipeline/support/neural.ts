/** Jobs with networks in the places of published ones: a folder for their files, and the model folder that they are taken into. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { type RenderJob, type RenderReport, renderFile } from '../../../src/index.ts';
import { readManifest } from '../../../src/models/catalogue.ts';
import { ModelStore } from '../../../src/models/store.ts';
import { babbleWav } from '../../fixtures/babble.ts';
import { output } from './footage.ts';

/** Where tests put files of networks. */
export const home: string = mkdtempSync(join(tmpdir(), 'networks-'));
/** The model folder of all jobs of the test file: empty at first. */
export const models: string = join(home, 'models');
const before = process.env['LOQUENT_MODELS'];
process.env['LOQUENT_MODELS'] = models;

afterAll(() => {
  if (before === undefined) delete process.env['LOQUENT_MODELS'];
  else process.env['LOQUENT_MODELS'] = before;
  rmSync(home, { recursive: true, force: true });
});

/** Takes networks into the model folder, under the file names of the model's manifest. What was there before goes. */
export async function bring(networks: Readonly<Record<string, Uint8Array>>, model: string): Promise<void> {
  const folder = mkdtempSync(join(home, 'brought-'));
  for (const { name, role } of (await readManifest(model)).files)
    writeFileSync(join(folder, name), networks[role]!);
  rmSync(join(models, model), { recursive: true, force: true });
  await new ModelStore().importFrom(model, folder, { accept: true });
}

const photo = fileURLToPath(new URL('../../../demo/portraits/ava.png', import.meta.url));

/** Lets a photo say something short, in a small picture. */
export function speakPhoto(change: Partial<RenderJob> = {}): Promise<RenderReport> {
  const small = { output: output(), size: 128, preset: 'fast' } as const;
  return renderFile({ image: photo, audio: babbleWav(0.4), ...small, ...change });
}
