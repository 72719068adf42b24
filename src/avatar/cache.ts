import { LoquentError } from '../core/index.ts';
import { type FileStore, platform } from '../platform/index.ts';
import { openFootageFile } from './footage-file.ts';

/** One entry of the cache. */
export interface CacheEntry {
  /** 64 lower-case hex digits. */
  readonly key: string;
  /** Size on disk, bytes. */
  readonly size: number;
  /** When it was last written or read, milliseconds since 1970. */
  readonly time: number;
}

/** Result of {@link AvatarCache.verify}. */
export interface CacheReport {
  /** How many entries are as they were written. */
  readonly intact: number;
  /** Keys of the entries that were damaged and have been removed. */
  readonly removed: readonly string[];
}

/**
 * Keeps prepared avatars, or other bytes, by the hash of what they were made from. Safe with any number of processes on one folder:
 * entries appear and disappear as a whole. A damaged entry counts as none.
 */
export interface AvatarCache {
  /** The folder of the cache. */
  readonly directory: string;
  /** The bytes kept under a key; `null` if there are none or they are damaged (then they are removed). */
  get(key: string): Promise<Uint8Array | null>;
  /**
   * Keeps bytes under a key and throws out what was not used for longest until the size limit holds, to a thirty-second of it.
   *
   * @returns Whether they could be kept. A full or read-only disk is no failure: all works without the cache.
   */
  put(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Path of the avatar file of footage that is kept under a key; `null` if there is none. */
  footage(key: string): Promise<string | null>;
  /**
   * Keeps an avatar file of footage, which can be larger than memory: it is written where `write` is told, then moved.
   *
   * @returns Its path; `null` if it could not be kept, which is no failure.
   * @throws What `write` throws, unless it is that the folder cannot be written to.
   */
  putFootage(key: string, write: (path: string) => Promise<void>): Promise<string | null>;
  /** All entries, last used first. */
  list(): Promise<CacheEntry[]>;
  /** Removes all entries. @returns How many. @throws LoquentError `OUTPUT_NOT_WRITABLE`. */
  clear(): Promise<number>;
  /** Reads and checks every entry, removes damaged ones. */
  verify(): Promise<CacheReport>;
}

/** Things that are kept, each in a folder of its own. */
export const CACHE_KINDS = ['avatars', 'speech', 'networks'] as const;
/** One of {@link CACHE_KINDS}. */
export type CacheKind = (typeof CACHE_KINDS)[number];

/** Options of {@link openCache}. */
export interface CacheOptions {
  /** What is kept: prepared avatars, what voices of services have said, or what networks made of sources and speech. Default `avatars`. */
  readonly kind?: CacheKind | undefined;
  /** Folder. Default: `LOQUENT_CACHE`, else the host's usual place for caches. */
  readonly directory?: string | undefined;
  /** Size limit on disk. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Called with the key of every entry that was found damaged. */
  readonly onCorrupt?: ((key: string) => void) | undefined;
}

const DEFAULT_LIMIT = 2 ** 30;
const ENDINGS: Readonly<Record<CacheKind, string>> = {
  avatars: '.avatar',
  speech: '.speech',
  networks: '.tensors',
};
/** Avatar files of footage are kept as they are: they bring their own checksums. */
const FOOTAGE = '.footage';
const KEY = /^[0-9a-f]{64}$/;
/** A half-written file that is older than this was left behind by a process that died. */
const ABANDONED = 3_600_000;
/** The folder is looked through when so much of the limit was put into it: it can hold thousands of entries. */
const LOOK_AFTER = 1 / 32;
/** Every entry starts with the SHA-256 of what follows. */
const DIGEST = 32;

/** Opens a cache; the folder is made when the first entry is put. */
export async function openCache(options: CacheOptions = {}): Promise<AvatarCache> {
  const { files } = platform();
  const kind = options.kind ?? 'avatars';
  const directory = options.directory ?? files.join(files.cacheDirectory(), kind);
  return new FolderCache(
    files,
    directory,
    ENDINGS[kind],
    options.maxBytes ?? DEFAULT_LIMIT,
    options.onCorrupt,
  );
}

class FolderCache implements AvatarCache {
  readonly directory: string;
  readonly #files: FileStore;
  readonly #ending: string;
  readonly #maxBytes: number;
  readonly #onCorrupt: CacheOptions['onCorrupt'];
  /** Bytes that were put since the folder was looked through. */
  #unseen = Number.POSITIVE_INFINITY;

  constructor(
    files: FileStore,
    directory: string,
    ending: string,
    maxBytes: number,
    onCorrupt: CacheOptions['onCorrupt'],
  ) {
    this.#files = files;
    this.#ending = ending;
    this.directory = directory;
    this.#maxBytes = maxBytes;
    this.#onCorrupt = onCorrupt;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const stored = await this.#read(key);
    if (stored === 'missing') return null;
    if (stored === 'damaged') {
      this.#onCorrupt?.(key);
      await this.#discard(key);
      return null;
    }
    // The time of the file is what the least recently used entry is found by; on a read-only disk it stays.
    await this.#files.touch(this.#path(key)).catch(ignoreUnwritable);
    return stored;
  }

  async put(key: string, bytes: Uint8Array): Promise<boolean> {
    const digest = await digestOf(bytes);
    const stored = new Uint8Array(DIGEST + bytes.length);
    stored.set(digest);
    stored.set(bytes, DIGEST);
    if (stored.length > this.#maxBytes) return false;
    try {
      await this.#files.replace(this.#path(key), stored);
      this.#unseen += stored.length;
      if (this.#unseen > this.#maxBytes * LOOK_AFTER) await this.#evict(key);
      return true;
    } catch (error) {
      ignoreUnwritable(error);
      return false;
    }
  }

  async footage(key: string): Promise<string | null> {
    const path = this.#path(key, FOOTAGE);
    const kept = (await this.list()).some((entry) => entry.key === key);
    if (!kept) return null;
    try {
      await (await openFootageFile(path))[Symbol.asyncDispose]();
    } catch (error) {
      if (!(error instanceof LoquentError)) throw error;
      if (error.code !== 'INPUT_NOT_FOUND') await this.#drop(key);
      return null;
    }
    await this.#files.touch(path).catch(ignoreUnwritable);
    return path;
  }

  async putFootage(key: string, write: (path: string) => Promise<void>): Promise<string | null> {
    const path = this.#path(key, FOOTAGE);
    const temporary = `${path}.${crypto.randomUUID()}`;
    try {
      // Makes the folder, and tells whether it can be written to before any work is done.
      await this.#files.replace(temporary, new Uint8Array());
    } catch (error) {
      ignoreUnwritable(error);
      return null;
    }
    try {
      await write(temporary);
      await this.#files.move(temporary, path);
      await this.#evict(key);
      return path;
    } finally {
      await this.#files.remove(temporary).catch(ignoreUnwritable);
    }
  }

  async #drop(key: string): Promise<void> {
    this.#onCorrupt?.(key);
    await this.#files.remove(this.#path(key, FOOTAGE)).catch(ignoreUnwritable);
  }

  async list(): Promise<CacheEntry[]> {
    const files = await this.#files.list(this.directory);
    return files
      .map(({ name, size, time }) => ({ key: keyOf(name), size, time }))
      .filter(({ key }) => KEY.test(key))
      .sort((a, b) => b.time - a.time || (a.key < b.key ? -1 : 1));
  }

  async clear(): Promise<number> {
    const entries = await this.list();
    for (const { key } of entries) await this.#removeEntry(key);
    await this.#sweep(Number.POSITIVE_INFINITY);
    return entries.length;
  }

  async verify(): Promise<CacheReport> {
    const removed: string[] = [];
    let intact = 0;
    for (const { key } of await this.list()) {
      const footage = await this.#verifyFootage(key);
      if (footage !== 'missing') {
        if (footage === 'intact') intact++;
        else removed.push(key);
        continue;
      }
      const stored = await this.#read(key);
      if (stored === 'damaged') {
        this.#onCorrupt?.(key);
        await this.#discard(key);
        removed.push(key);
      } else if (stored !== 'missing') intact++;
    }
    return { intact, removed };
  }

  async #verifyFootage(key: string): Promise<'intact' | 'damaged' | 'missing'> {
    try {
      await using file = await openFootageFile(this.#path(key, FOOTAGE));
      await file.verify();
      return 'intact';
    } catch (error) {
      if (!(error instanceof LoquentError)) throw error;
      if (error.code === 'INPUT_NOT_FOUND') return 'missing';
      await this.#drop(key);
      return 'damaged';
    }
  }

  async #removeEntry(key: string): Promise<void> {
    for (const ending of [this.#ending, FOOTAGE]) await this.#files.remove(this.#path(key, ending));
  }

  #path(key: string, ending: string = this.#ending): string {
    if (!KEY.test(key)) throw new LoquentError('INTERNAL', 'A cache key must have 64 lower-case hex digits.');
    return this.#files.join(this.directory, key + ending);
  }

  async #read(key: string): Promise<Uint8Array | 'missing' | 'damaged'> {
    const path = this.#path(key);
    let stored: Uint8Array | null;
    try {
      stored = await this.#files.read(path);
    } catch (error) {
      // A folder or device of that name, a disk error: of no use as an entry.
      if (error instanceof LoquentError && error.code === 'INPUT_UNREADABLE') return 'damaged';
      throw error;
    }
    if (!stored) return 'missing';
    const bytes = stored.subarray(DIGEST);
    const digest = await digestOf(bytes);
    return stored.length > DIGEST && digest.every((byte, i) => byte === stored[i]) ? bytes : 'damaged';
  }

  async #discard(key: string): Promise<void> {
    await this.#files.remove(this.#path(key)).catch(ignoreUnwritable);
  }

  /** Throws out what was not used for longest, but never the entry that was just put. */
  async #evict(latest: string): Promise<void> {
    this.#unseen = 0;
    await this.#sweep(Date.now() - ABANDONED);
    const entries = await this.list();
    let total = entries.reduce((sum, { size }) => sum + size, 0);
    for (const { key, size } of entries.reverse()) {
      if (total <= this.#maxBytes) return;
      if (key === latest) continue;
      await this.#removeEntry(key);
      total -= size;
    }
  }

  /** Removes half-written files that were last touched before `time`. */
  async #sweep(time: number): Promise<void> {
    for (const file of await this.#files.list(this.directory)) {
      const abandoned = KEY.test(file.name.slice(0, 64)) && !KEY.test(keyOf(file.name));
      if (abandoned && file.time < time)
        await this.#files.remove(this.#files.join(this.directory, file.name));
    }
  }
}

/** The key of an entry's file name; of any other name something that is no key. */
function keyOf(name: string): string {
  const ending = [...Object.values(ENDINGS), FOOTAGE].find((one) => name.endsWith(one));
  return ending === undefined ? '' : name.slice(0, -ending.length);
}

async function digestOf(bytes: Uint8Array): Promise<Uint8Array> {
  const hex = await platform().sha256(bytes);
  return Uint8Array.from({ length: DIGEST }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function ignoreUnwritable(error: unknown): void {
  const harmless = error instanceof LoquentError && ['OUTPUT_NOT_WRITABLE', 'DISK_FULL'].includes(error.code);
  if (!harmless) throw error;
}
