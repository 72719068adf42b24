/**
 * A file of named parts, some of them hundreds of megabytes long, of which any few bytes can be read at once.
 * Little-endian throughout:
 *
 * | offset | content |
 * |---|---|
 * | 0 | `LQFT` |
 * | 4 | uint32: version |
 * | 8 | uint64: length of the whole file in bytes |
 * | 16 | uint64: where the table begins |
 * | 24 | 32 bytes: SHA-256 of the table |
 * | 56 | parts, each at a multiple of 8 bytes |
 * | ... | table: JSON with the content's scalars and each part's place, length and checksum |
 *
 * Opening checks the preamble and the table. A part is checked when it is read as a whole; of parts that are read in pieces
 * each piece brings its own check, or its reader can live without. {@link PartFile.verify} checks everything.
 *
 * @module
 */
import { z } from 'zod';
import { LoquentError, throwIfAborted } from '../core/index.ts';
import { type InputFile, type OutputFile, platform } from '../platform/index.ts';
import { hasAvatarMagic } from './container.ts';

const MAGIC = 'LQFT';
const PREAMBLE = 56;
const ALIGNMENT = 8;
/** Bytes that are hashed at once; a part's checksum is that of its blocks' checksums. */
const BLOCK = 1 << 22;
/** Small pieces are written together, so many bytes at a time. */
const GATHERED = 1 << 18;
const LONGEST_TABLE = 1 << 24;
/** Parts that are read as a whole are not longer than this. */
const LARGEST_WHOLE = 1 << 28;

const place = z.int().min(0);
const tableSchema = z.strictObject({
  content: z.unknown(),
  parts: z
    .array(
      z.strictObject({
        name: z.string().max(100),
        offset: place,
        length: place,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(10_000),
});

/** Where a part lies. */
export interface PartPlace {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
}

/** Whether a file that starts with these bytes is one of these files; 4 bytes are enough. */
export function hasPartFileMagic(start: Uint8Array): boolean {
  return start.length >= 4 && new TextDecoder().decode(start.subarray(0, 4)) === MAGIC;
}

/** Hashes bytes that come piece by piece. */
export class BlockHash {
  readonly #digests: string[] = [];
  #block = new Uint8Array();
  #filled = 0;
  length = 0;

  async add(bytes: Uint8Array): Promise<void> {
    this.length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      this.#makeRoom(bytes.length - at);
      const part = Math.min(bytes.length - at, BLOCK - this.#filled);
      this.#block.set(bytes.subarray(at, at + part), this.#filled);
      this.#filled += part;
      at += part;
      if (this.#filled === BLOCK) await this.#close();
    }
  }

  /** Most parts are far smaller than a block. */
  #makeRoom(length: number): void {
    const wanted = Math.min(BLOCK, this.#filled + length);
    if (this.#block.length >= wanted) return;
    const larger = new Uint8Array(this.#filled === 0 ? wanted : BLOCK);
    larger.set(this.#block.subarray(0, this.#filled));
    this.#block = larger;
  }

  async #close(): Promise<void> {
    this.#digests.push(await platform().sha256(this.#block.subarray(0, this.#filled)));
    this.#filled = 0;
  }

  /** Ends it. @returns 64 lower-case hex digits. */
  async finish(): Promise<string> {
    if (this.#filled > 0) await this.#close();
    return platform().sha256(...this.#digests);
  }
}

/** Writes a file of parts. Disposing closes the file. */
export class PartFileWriter implements AsyncDisposable {
  readonly #file: OutputFile;
  readonly #version: number;
  readonly #parts: (PartPlace & { name: string; sha256: string })[] = [];

  private constructor(file: OutputFile, version: number) {
    this.#file = file;
    this.#version = version;
  }

  /** @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
  static async create(path: string, version: number): Promise<PartFileWriter> {
    const file = await platform().createOutput(path);
    await file.write(new Uint8Array(PREAMBLE));
    return new PartFileWriter(file, version);
  }

  /** Adds a part. The bytes of a chunk may be used again when the next is asked for. */
  async add(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<PartPlace> {
    const part = await this.begin(name);
    for await (const chunk of chunks) await part.write(chunk);
    return part.end();
  }

  /** Begins a part that comes bit by bit; ends before the next begins. */
  async begin(name: string): Promise<{ write(bytes: Uint8Array): Promise<void>; end(): Promise<PartPlace> }> {
    const gap = -this.#file.size & (ALIGNMENT - 1);
    if (gap > 0) await this.#file.write(new Uint8Array(gap));
    const offset = this.#file.size;
    const hash = new BlockHash();
    const gathered = new Uint8Array(GATHERED);
    let filled = 0;
    const flush = async (): Promise<void> => {
      if (filled > 0) await this.#file.write(gathered.subarray(0, filled));
      filled = 0;
    };
    return {
      write: async (bytes) => {
        await hash.add(bytes);
        if (filled + bytes.length > GATHERED) await flush();
        if (bytes.length > GATHERED) return this.#file.write(bytes);
        gathered.set(bytes, filled);
        filled += bytes.length;
      },
      end: async () => {
        await flush();
        const part = { name, offset, length: hash.length, sha256: await hash.finish() };
        this.#parts.push(part);
        return part;
      },
    };
  }

  /**
   * Ends the file; until then it is none.
   *
   * @param content - The scalars: anything that JSON can say exactly.
   */
  async finish(content: unknown): Promise<void> {
    const table = new TextEncoder().encode(JSON.stringify({ content, parts: this.#parts }));
    const at = this.#file.size;
    await this.#file.write(table);
    const preamble = new Uint8Array(PREAMBLE);
    const view = new DataView(preamble.buffer);
    preamble.set(new TextEncoder().encode(MAGIC));
    view.setUint32(4, this.#version, true);
    view.setBigUint64(8, BigInt(this.#file.size), true);
    view.setBigUint64(16, BigInt(at), true);
    preamble.set(fromHex(await platform().sha256(table)), 24);
    await this.#file.write(preamble, 0);
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

/** An open file of parts. Disposing closes it. */
export class PartFile implements AsyncDisposable {
  /** The scalars, unchecked. */
  readonly content: unknown;
  readonly #file: InputFile;
  readonly #parts: Map<string, PartPlace & { sha256: string }>;

  private constructor(file: InputFile, content: unknown, parts: Map<string, PartPlace & { sha256: string }>) {
    this.#file = file;
    this.content = content;
    this.#parts = parts;
  }

  /** @throws LoquentError `INPUT_*`, `AVATAR_CORRUPT`, `AVATAR_VERSION`, `AVATAR_KIND`. */
  static async open(path: string | URL, version: number): Promise<PartFile> {
    const file = await platform().openInput(path);
    try {
      const preamble = await file.read(0, PREAMBLE);
      const view = new DataView(preamble.buffer, preamble.byteOffset, preamble.length);
      if (preamble.length < PREAMBLE || !hasPartFileMagic(preamble)) {
        if (hasAvatarMagic(preamble)) {
          throw new LoquentError(
            'AVATAR_KIND',
            `"${file.path}" is an avatar made of a photo, not of footage.`,
          );
        }
        throw new LoquentError('AVATAR_CORRUPT', `"${file.path}" is not an avatar file made of footage.`);
      }
      const length = view.getBigUint64(8, true);
      if (length !== BigInt(file.size)) throw corrupt(`it has ${file.size} of ${length} bytes`);
      const at = Number(view.getBigUint64(16, true));
      if (at < PREAMBLE || at >= file.size || file.size - at > LONGEST_TABLE) {
        throw corrupt('its table lies in the wrong place');
      }
      const table = await file.read(at, file.size - at);
      const digest = fromHex(await platform().sha256(table));
      if (digest.some((byte, i) => byte !== preamble[24 + i]))
        throw corrupt('the checksum of its table is wrong');
      const found = view.getUint32(4, true);
      if (found !== version) {
        throw new LoquentError(
          'AVATAR_VERSION',
          `The avatar file has version ${found}; this release reads version ${version}.`,
          { details: { found, expected: version } },
        );
      }
      const { content, parts } = parseTable(table);
      for (const { name, offset, length: size } of parts) {
        if (offset < PREAMBLE || offset + size > at)
          throw corrupt(`the part "${name}" lies in the wrong place`);
      }
      return new PartFile(file, content, new Map(parts.map(({ name, ...part }) => [name, part])));
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Path as a child process takes it. */
  get path(): string {
    return this.#file.path;
  }

  /** Length of the file. */
  get bytes(): number {
    return this.#file.size;
  }

  /** Where a part lies. @throws LoquentError `AVATAR_CORRUPT` if there is none of that name. */
  place(name: string): PartPlace {
    const part = this.#parts.get(name);
    if (!part) throw corrupt(`the part "${name}" is missing`);
    return part;
  }

  /** Reads and checks a whole part; the caller owns the bytes. @throws LoquentError `AVATAR_CORRUPT`. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { offset, length } = this.place(name);
    if (length > LARGEST_WHOLE) throw corrupt(`the part "${name}" is too long`);
    const bytes = await this.#file.read(offset, length);
    const hash = new BlockHash();
    await hash.add(bytes);
    if ((await hash.finish()) !== this.#parts.get(name)!.sha256)
      throw corrupt(`the part "${name}" has changed`);
    return new Uint8Array(bytes);
  }

  /** Reads some bytes of a part, unchecked; fewer at its end. */
  async readAt(name: string, from: number, length: number): Promise<Uint8Array> {
    const part = this.place(name);
    return this.#file.read(part.offset + from, Math.max(0, Math.min(length, part.length - from)));
  }

  /** Checks every byte. @throws LoquentError `AVATAR_CORRUPT`, `CANCELLED`. */
  async verify(signal?: AbortSignal): Promise<void> {
    for (const [name, { offset, length, sha256 }] of this.#parts) {
      const hash = new BlockHash();
      for (let at = 0; at < length; at += BLOCK) {
        throwIfAborted(signal);
        await hash.add(await this.#file.read(offset + at, Math.min(BLOCK, length - at)));
      }
      if ((await hash.finish()) !== sha256) throw corrupt(`the part "${name}" has changed`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

function parseTable(bytes: Uint8Array): z.infer<typeof tableSchema> {
  try {
    return tableSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    throw corrupt('its table cannot be read', error);
  }
}

const corrupt = (what: string, cause?: unknown): LoquentError =>
  new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: ${what}.`, { cause });

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
