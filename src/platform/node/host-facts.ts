import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, release, tmpdir, totalmem } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileStore } from './files.ts';

/** What this machine is, as far as it matters for making videos. Sizes in bytes. */
export interface HostFacts {
  /** Version of Node without the `v`. */
  readonly node: string;
  /** Operating system, processor kind and kernel: `linux x64 6.1.0`. */
  readonly system: string;
  readonly processor: string;
  /** Processor cores that this process may use. */
  readonly cores: number;
  /** Memory that this process may use: the machine's, or the container's limit if that is smaller. */
  readonly memory: number;
  readonly freeMemory: number;
  /** Where temporary files go, and the prepared avatars. */
  readonly folders: { readonly temporary: FolderFacts; readonly cache: FolderFacts };
}

/** A folder that Loquent writes to. */
export interface FolderFacts {
  readonly path: string;
  /** Free space for this user in bytes; `null` if the system does not say. */
  readonly free: number | null;
  readonly writable: boolean;
}

/** Looks at the machine. Makes the cache folder if it is missing; writes nothing else. */
export async function hostFacts(): Promise<HostFacts> {
  const limit = process.constrainedMemory();
  const total = totalmem();
  const [temporary, cache] = await Promise.all([
    folderFacts(tmpdir()),
    folderFacts(fileStore.cacheDirectory()),
  ]);
  return {
    node: process.versions.node,
    system: `${process.platform} ${process.arch} ${release()}`,
    processor: cpus()[0]?.model.trim() || 'unknown processor',
    cores: availableParallelism(),
    memory: limit > 0 && limit < total ? limit : total,
    freeMemory: Math.min(freemem(), process.availableMemory()),
    folders: { temporary, cache },
  };
}

async function folderFacts(path: string): Promise<FolderFacts> {
  const writable = await isWritable(path);
  const space = await statfs(path).catch(() => statfs(dirname(path)).catch(() => null));
  return { path, writable, free: space ? space.bavail * space.bsize : null };
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
