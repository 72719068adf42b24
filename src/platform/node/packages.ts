import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LoquentError } from '../../core/errors.ts';
import { writeFailure } from './byte-files.ts';
import { spawnProcess, which } from './processes.ts';

/** An npm package that can be imported. */
export interface FoundPackage {
  /** Address of its module. */
  readonly url: string;
  readonly version: string;
}

/**
 * Looks for a package that Loquent does not depend on.
 *
 * @param folder - Looked for in the `node_modules` of this folder; default: where Loquent itself lies.
 */
export async function findPackage(name: string, folder?: string): Promise<FoundPackage | null> {
  const require = createRequire(folder === undefined ? import.meta.url : join(folder, 'package.json'));
  for (const root of require.resolve.paths(name) ?? []) {
    try {
      const text = await readFile(join(root, name, 'package.json'), 'utf8');
      const { version } = JSON.parse(text) as { version: string };
      return { url: pathToFileURL(require.resolve(name)).href, version };
    } catch {
      // Not in this one, or not whole.
    }
  }
  return null;
}

/** What {@link installPackage} is to install. */
export interface PackageOrder {
  readonly name: string;
  readonly version: string;
  /** The path of a tarball, in place of the registry. */
  readonly from?: string | undefined;
  /** Where to: a folder for this alone, which is replaced. */
  readonly folder: string;
  /** Folders in it that are not needed here. */
  readonly without: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Installs a package with npm, without running its scripts. What was there before stays until the new one is complete.
 *
 * @throws LoquentError `ENGINE_MISSING` if npm is not there or fails, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`, `CANCELLED`.
 */
export async function installPackage(order: PackageOrder): Promise<FoundPackage> {
  const { name, version, from, folder, without, signal } = order;
  const spec = from ?? `${name}@${version}`;
  const partial = `${folder}.partial`;
  const args = [
    'install',
    '--prefix',
    partial,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    spec,
  ];
  const npm = await which('npm');
  // Windows starts npm through a script that only its shell can run.
  if (npm === null || /\.(?:cmd|bat)$/i.test(npm)) {
    throw new LoquentError('ENGINE_MISSING', 'npm cannot be started from here.', {
      hint: `Run it yourself, with ${folder} as the prefix: \`npm install --prefix "${folder}" --ignore-scripts ${spec}\`.`,
    });
  }
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await using process = spawnProcess({ command: npm, args, signal });
    for await (const _ of process.stdout);
    const exitCode = await process.exited;
    signal?.throwIfAborted();
    if (exitCode !== 0) throw npmFailed(spec, process.stderr);
    await expectVersion(partial, name, version, spec);
    for (const unneeded of without) await rm(join(partial, unneeded), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return (await findPackage(name, folder))!;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw (error as NodeJS.ErrnoException).syscall ? writeFailure(folder, error) : error;
  }
}

async function expectVersion(folder: string, name: string, version: string, spec: string): Promise<void> {
  const found = await findPackage(name, folder);
  if (found?.version === version) return;
  const what = found ? `${name} ${found.version}` : `no ${name}`;
  throw new LoquentError('ENGINE_MISSING', `"${spec}" holds ${what}, not ${name} ${version}.`, {
    hint: `Give the package of that version: \`npm pack ${name}@${version}\`.`,
  });
}

function npmFailed(spec: string, said: string): LoquentError {
  const reason = said.split('\n').findLast((line) => /npm (?:error|ERR!) (?!A complete log)\S/.test(line));
  const words = reason ? `: ${reason.replace(/^npm (?:error|ERR!) /, '')}` : '';
  return new LoquentError('ENGINE_MISSING', `npm could not install "${spec}"${words}.`, {
    hint: 'Check the connection to the npm registry, or give a downloaded package with --from.',
  });
}
