import { readFile } from 'node:fs/promises';
import { LoquentError } from '../../core/errors.ts';

/** This file lies three folders below the package root, both in `src/` and in `dist/`. */
const packageRoot = new URL('../../../', import.meta.url);

/**
 * Address of a file shipped with the package.
 *
 * @param name - Path relative to the package root, with forward slashes.
 * @throws LoquentError `INTERNAL` if the path leaves the package.
 */
export function assetUrl(name: string): URL {
  const url = new URL(name, packageRoot);
  if (!url.href.startsWith(packageRoot.href)) {
    throw new LoquentError('INTERNAL', `The asset path "${name}" leads out of the package.`);
  }
  return url;
}

/**
 * Reads a file shipped with the package.
 *
 * @throws LoquentError `ASSET_MISSING` if it cannot be read.
 */
export async function readAsset(name: string): Promise<Uint8Array> {
  const url = assetUrl(name);
  try {
    return await readFile(url);
  } catch (error) {
    throw new LoquentError('ASSET_MISSING', `The shipped file "${name}" cannot be read.`, { cause: error });
  }
}
