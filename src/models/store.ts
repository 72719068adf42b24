import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { asLoquentError, LoquentError, throwIfAborted } from '../core/index.ts';
import { type FileFacts, type ModelFault, modelLoadError, refuseOther, renamed } from '../core/model-file.ts';
import { writeFailure } from '../platform/node/byte-files.ts';
import { dataDirectory } from '../platform/node/data-directory.ts';
import { fileStore } from '../platform/node/files.ts';
import { readManifest } from './catalogue.ts';
import { download, inspectFile } from './download.ts';
import {
  filesOf,
  formatOf,
  licenceRefusal,
  type ModelFile,
  type ModelManifest,
  type Precision,
  precisionsOf,
} from './manifest.ts';

/** What the store remembers of a file. */
interface FileRecord extends FileFacts {
  /** Where it came from: an address or `import`. */
  readonly source: string;
  /** What it was compared with: the published checksum, or nothing (the first file that came is trusted). */
  readonly trust: 'published' | 'first-use';
  /** When it was last written, milliseconds: while that stays, it need not be read again. */
  readonly time: number;
}

/** What the store remembers of a model. */
interface ModelRecord {
  readonly version: string;
  /** Name of the licence that was accepted, and the day. */
  readonly accepted: { readonly licence: string; readonly date: string };
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** State of one file of a model. */
export interface StoredModelFile {
  readonly name: string;
  readonly role: string;
  readonly precision: Precision;
  readonly state: 'ready' | 'missing' | 'changed';
  /** Bytes, as far as is known. */
  readonly size: number | null;
  readonly sha256: string | null;
  /** How far its content can be trusted; `null` while it is missing. */
  readonly trust: 'published' | 'first-use' | null;
}

/** State of one model on this machine. */
export interface StoredModel {
  readonly manifest: ModelManifest;
  /** Precisions that are complete. */
  readonly ready: readonly Precision[];
  readonly files: readonly StoredModelFile[];
  /** Day on which the licence was accepted, or `null`. */
  readonly accepted: string | null;
}

/** What {@link ModelStore.verify} found out about one file. */
export interface VerifiedFile {
  readonly name: string;
  /** `null`: intact. */
  readonly fault: ModelFault | null;
  readonly message: string;
  readonly trust: 'published' | 'first-use' | null;
}

/** Options of {@link ModelStore.pull} and {@link ModelStore.importFrom}. */
export interface ObtainOptions {
  /** Whether the user accepts the licence; needed once per licence. */
  readonly accept?: boolean | undefined;
  /** Only files of this precision; default: the first one that the model has (pull), or all that are found (import). */
  readonly precision?: Precision | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears bytes of a file that are there, and how many there will be (`null`: not known). */
  readonly onProgress?: ((file: string, done: number, total: number | null) => void) | undefined;
}

/**
 * The model files of this user: one folder per model, with a record of what came from where. Nothing is fetched unless `pull` is
 * called.
 */
export class ModelStore {
  /** Absolute path. */
  readonly directory: string;
  readonly #mirror: string | undefined;

  /**
   * @param directory - Default: `LOQUENT_MODELS`, else `models` in the data folder of this user.
   * @param mirror - Base address in place of the published ones: files are fetched from `<mirror>/<model>/<file>`. Default:
   *   `LOQUENT_MODEL_MIRROR`.
   */
  constructor(
    directory: string = process.env['LOQUENT_MODELS'] || join(dataDirectory(), 'models'),
    mirror: string | undefined = process.env['LOQUENT_MODEL_MIRROR'] || undefined,
  ) {
    this.directory = resolve(directory);
    if (mirror !== undefined && !/^https?:\/\//.test(mirror)) {
      throw new LoquentError('OPTION_INVALID', `The mirror must be an http address, not "${mirror}".`);
    }
    this.#mirror = mirror?.replace(/\/+$/, '');
  }

  /** What is there of a model. Looks at lengths and times only. @throws LoquentError `MODEL_UNKNOWN`. */
  async look(name: string): Promise<StoredModel> {
    const manifest = await readManifest(name);
    const record = await this.#record(name);
    const files = await Promise.all(manifest.files.map((file) => this.#lookAt(manifest, file, record)));
    const isReady = (file: ModelFile) => files[manifest.files.indexOf(file)]!.state === 'ready';
    const ready = precisionsOf(manifest).filter((precision) => filesOf(manifest, precision).every(isReady));
    return { manifest, ready, files, accepted: record?.accepted.date ?? null };
  }

  /**
   * Downloads what is missing of a model; goes on where an earlier attempt stopped.
   *
   * @throws LoquentError `MODEL_LICENCE`, `MODEL_DOWNLOAD_FAILED`, `MODEL_LOAD_FAILED`, `DISK_FULL` and others.
   */
  async pull(name: string, options: ObtainOptions = {}): Promise<StoredModel> {
    const { manifest, files } = await this.look(name);
    const accepted = await this.#accept(manifest, options.accept ?? false);
    const wanted = filesOf(manifest, options.precision ?? precisionsOf(manifest)[0]!);
    for (const file of wanted) {
      if (files.find((known) => known.name === file.name)?.state === 'ready') continue;
      const urls = this.#mirror ? [`${this.#mirror}/${name}/${file.name}`] : file.urls;
      if (urls.length === 0) {
        const message = `"${file.name}" of the model "${name}" has no public address.`;
        throw new LoquentError('MODEL_DOWNLOAD_FAILED', message, {
          hint: `${manifest.obtain} Then: \`loquent models import ${name} <folder>\`.`,
        });
      }
      await makeFolder(join(this.directory, name));
      const facts = await download({
        urls,
        path: this.#path(name, file),
        format: formatOf(manifest, file),
        size: file.size,
        sha256: file.sha256,
        signal: options.signal,
        onProgress: (done, total) => options.onProgress?.(file.name, done, total),
      });
      await this.#remember(manifest, file, facts, urls[0]!, accepted);
    }
    return this.look(name);
  }

  /**
   * Takes files of a model out of a folder, by their names, without a network.
   *
   * @param folder - Or one file, for a model of one network.
   * @throws LoquentError `MODEL_LICENCE`, `INPUT_NOT_FOUND` (none of its files is there), `MODEL_LOAD_FAILED` and others.
   */
  async importFrom(name: string, folder: string, options: ObtainOptions = {}): Promise<StoredModel> {
    const manifest = await readManifest(name);
    const found = await this.#findIn(folder, manifest, options.precision);
    const accepted = await this.#accept(manifest, options.accept ?? false);
    for (const [file, source] of found) {
      throwIfAborted(options.signal);
      const path = this.#path(name, file);
      const partial = `${path}.importing`;
      await makeFolder(join(this.directory, name));
      try {
        const { size } = await stat(source);
        options.onProgress?.(file.name, 0, size);
        await copyFile(source, partial).catch((error: unknown) => {
          throw writeFailure(path, error);
        });
        const facts = await inspectFile(partial, formatOf(manifest, file)).catch((error: unknown) => {
          throw renamed(error, partial, source);
        });
        refuseOther(source, facts, file);
        await rename(partial, path);
        options.onProgress?.(file.name, size, size);
        await this.#remember(manifest, file, facts, 'import', accepted);
      } finally {
        await rm(partial, { force: true });
      }
    }
    return this.look(name);
  }

  /** Reads every file of a model that is there, and compares it with what is published or was recorded. */
  async verify(name: string): Promise<VerifiedFile[]> {
    const { manifest, files } = await this.look(name);
    const verified: VerifiedFile[] = [];
    for (const [index, { state, trust }] of files.entries()) {
      const file = manifest.files[index]!;
      if (state === 'missing') continue;
      try {
        await this.#compare(manifest, file);
        verified.push({ name: file.name, fault: null, message: 'intact', trust });
      } catch (error) {
        const { details, message } = asLoquentError(error);
        const fault = (details?.['fault'] as ModelFault | undefined) ?? 'missing';
        verified.push({ name: file.name, fault, message, trust });
      }
    }
    return verified;
  }

  /** Removes all files of a model, and what is remembered of it. @returns Whether there was anything. */
  async remove(name: string): Promise<boolean> {
    await readManifest(name);
    const folder = join(this.directory, name);
    const there = await stat(folder).then(
      () => true,
      () => false,
    );
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
      throw writeFailure(folder, error);
    });
    return there;
  }

  /**
   * Paths and checksums of a model's files, by role, after a look at each: one whose length or time has changed is read and compared.
   *
   * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `OPTION_INVALID` (no such precision).
   */
  async locate(
    name: string,
    precision?: Precision,
  ): Promise<{
    readonly manifest: ModelManifest;
    readonly precision: Precision;
    readonly paths: Readonly<Record<string, string>>;
    readonly checksums: Readonly<Record<string, string>>;
    /** Of all its files. */
    readonly bytes: number;
  }> {
    const { manifest, ready, files } = await this.look(name);
    const chosen = precision ?? ready[0] ?? precisionsOf(manifest)[0]!;
    const wanted = filesOf(manifest, chosen);
    for (const file of wanted) {
      const state = files.find((known) => known.name === file.name)!.state;
      if (state === 'missing') throw missing(manifest, file);
      if (state === 'changed') {
        const facts = await this.#compare(manifest, file);
        const record = (await this.#record(name))!;
        await this.#remember(manifest, file, facts, record.files[file.name]!.source, record.accepted);
      }
    }
    const paths = Object.fromEntries(wanted.map((file) => [file.role, this.#path(name, file)]));
    const record = (await this.#record(name))!;
    const checksums = wanted.map((file) => [file.role, record.files[file.name]!.sha256]);
    const bytes = wanted.reduce((sum, { name: file }) => sum + record.files[file]!.size, 0);
    return { manifest, precision: chosen, paths, checksums: Object.fromEntries(checksums), bytes };
  }

  #path(name: string, file: ModelFile): string {
    return join(this.directory, name, file.name);
  }

  async #lookAt(
    manifest: ModelManifest,
    file: ModelFile,
    record: ModelRecord | null,
  ): Promise<StoredModelFile> {
    const { name, role, precision } = file;
    const known = record?.files[name];
    const found = known && (await stat(this.#path(manifest.name, file)).catch(() => null));
    if (!known || !found)
      return { name, role, precision, state: 'missing', size: file.size, sha256: file.sha256, trust: null };
    const same = found.size === known.size && found.mtimeMs === known.time;
    const { size, sha256, trust } = known;
    return { name, role, precision, state: same ? 'ready' : 'changed', size, sha256, trust };
  }

  /** Reads a file and compares it with its record and with what is published. */
  async #compare(manifest: ModelManifest, file: ModelFile): Promise<FileFacts> {
    const path = this.#path(manifest.name, file);
    const facts = await inspectFile(path, formatOf(manifest, file));
    const known = (await this.#record(manifest.name))?.files[file.name];
    refuseOther(path, facts, file);
    if (known && facts.sha256 !== known.sha256) {
      refuseOther(path, facts, { size: known.size, sha256: null });
      const message = `"${path}" has changed since it was ${known.source === 'import' ? 'imported' : 'downloaded'}.`;
      throw modelLoadError('checksum', message, { expected: known.sha256, found: facts.sha256 });
    }
    return facts;
  }

  /** The acceptance of the licence: given now, or before. @throws LoquentError `MODEL_LICENCE`. */
  async #accept(manifest: ModelManifest, now: boolean): Promise<ModelRecord['accepted']> {
    const { name, weights } = manifest;
    const before = (await this.#record(name))?.accepted;
    if (before?.licence === weights.name) return before;
    if (now) return { licence: weights.name, date: new Date().toISOString().slice(0, 10) };
    throw licenceRefusal(manifest);
  }

  async #record(name: string): Promise<ModelRecord | null> {
    try {
      return JSON.parse(await readFile(join(this.directory, name, 'record.json'), 'utf8')) as ModelRecord;
    } catch {
      return null;
    }
  }

  async #remember(
    manifest: ModelManifest,
    file: ModelFile,
    facts: FileFacts,
    source: string,
    accepted: ModelRecord['accepted'],
  ): Promise<void> {
    const before = await this.#record(manifest.name);
    const { mtimeMs } = await stat(this.#path(manifest.name, file));
    const trust = file.sha256 === null ? 'first-use' : 'published';
    const record: ModelRecord = {
      version: manifest.version,
      accepted,
      files: { ...before?.files, [file.name]: { ...facts, source, trust, time: mtimeMs } },
    };
    const bytes = new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);
    await fileStore.replace(join(this.directory, manifest.name, 'record.json'), bytes);
  }

  /** The files of a model that lie in a folder, by name or alias. */
  async #findIn(
    folder: string,
    manifest: ModelManifest,
    precision: Precision | undefined,
  ): Promise<[ModelFile, string][]> {
    const wanted = manifest.files.filter(
      (file) => precision === undefined || filesOf(manifest, precision).includes(file),
    );
    const status = await stat(folder).catch(() => null);
    if (!status) throw new LoquentError('INPUT_NOT_FOUND', `"${folder}" does not exist.`);
    if (status.isFile()) {
      const called = wanted.find((file) => namesOf(file).some((name) => folder.endsWith(name)));
      if (called) return [[called, folder]];
      if (wanted.length === 1 || precision !== undefined) return [[wanted[0]!, folder]];
    }
    const there = status.isDirectory() ? new Set(await readdir(folder)) : new Set<string>();
    const found = wanted.flatMap((file): [ModelFile, string][] => {
      const name = namesOf(file).find((candidate) => there.has(candidate));
      return name === undefined ? [] : [[file, join(folder, name)]];
    });
    if (found.length > 0) return found;
    const names = wanted.flatMap(namesOf).join(', ');
    throw new LoquentError('INPUT_NOT_FOUND', `"${folder}" holds no file of the model "${manifest.name}".`, {
      hint: `Its files are called ${names}. ${manifest.obtain}`,
    });
  }
}

const namesOf = ({ name, aliases }: ModelFile): string[] => [name, ...aliases];

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
}

function missing(manifest: ModelManifest, file: ModelFile): LoquentError {
  const { name, obtain, commercial } = manifest;
  const words = commercial === 'no' ? ' (non-commercial use only)' : '';
  const message = `The model "${name}"${words} is not on this machine: "${file.name}" is missing.`;
  const ways = [
    ...(file.urls.length > 0 ? [`\`loquent models pull ${name} --accept\``] : []),
    `\`loquent models import ${name} <folder> --accept\``,
  ];
  return new LoquentError('MODEL_MISSING', message, { hint: `${obtain} Then: ${ways.join(', or ')}.` });
}
