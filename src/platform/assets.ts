import { LoquentError } from '../core/errors.ts';
import { platform } from './index.ts';

/** A third-party file shipped with the package, as `assets/manifest.json` lists it. */
export interface AssetEntry {
  /** Path below `assets/`. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

const FOLDER = 'assets/';
let manifest: Promise<readonly AssetEntry[]> | undefined;

/** The list of shipped third-party files. @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`. */
export function readAssetManifest(): Promise<readonly AssetEntry[]> {
  manifest ??= parseManifest();
  // A missing file may be there the next time (someone builds it in a checkout).
  manifest.catch(() => {
    manifest = undefined;
  });
  return manifest;
}

async function parseManifest(): Promise<readonly AssetEntry[]> {
  const name = `${FOLDER}manifest.json`;
  const text = new TextDecoder().decode(await platform().readAsset(name));
  try {
    return (JSON.parse(text) as { files: AssetEntry[] }).files;
  } catch (error) {
    throw new LoquentError('ASSET_CORRUPT', `The shipped file "${name}" is damaged.`, { cause: error });
  }
}

/**
 * Reads a shipped third-party file and compares it with the manifest.
 *
 * @param name - Path relative to the package root, `assets/...`.
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`.
 */
export async function readVerifiedAsset(name: string): Promise<Uint8Array> {
  const [entries, bytes] = await Promise.all([readAssetManifest(), platform().readAsset(name)]);
  const entry = entries.find((candidate) => FOLDER + candidate.name === name);
  if (!entry) throw new LoquentError('ASSET_CORRUPT', `The shipped file "${name}" is not in the manifest.`);
  if (bytes.length !== entry.bytes || (await platform().sha256(bytes)) !== entry.sha256) {
    throw new LoquentError('ASSET_CORRUPT', `The shipped file "${name}" is not the one of this release.`);
  }
  return bytes;
}

/** Checks every file of the manifest. @returns One error per bad file; empty when all is well. */
export async function verifyAssets(): Promise<LoquentError[]> {
  const problems: LoquentError[] = [];
  const report = (error: unknown): void => {
    if (!(error instanceof LoquentError)) throw error;
    problems.push(error);
  };
  const entries = await readAssetManifest().catch((error) => {
    report(error);
    return [];
  });
  for (const { name } of entries) await readVerifiedAsset(FOLDER + name).catch(report);
  return problems;
}
