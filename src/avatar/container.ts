/**
 * The binary container of avatar files. Little-endian throughout (as every host that Loquent runs on):
 *
 * | offset | content |
 * |---|---|
 * | 0 | `LQAV` |
 * | 4 | uint32: version of the container and its content |
 * | 8 | uint64: length of the whole file in bytes |
 * | 16 | uint32: length of the header |
 * | 20 | header: JSON with the content's scalars and the table of sections |
 * | ... | sections, each at a multiple of 8 bytes, in the order of the table |
 * | end - 32 | SHA-256 of everything before |
 *
 * Magic, length and checksum are the same in every version, so that a damaged file can be told from a newer one.
 *
 * @module
 */
import { z } from 'zod';
import { LoquentError } from '../core/index.ts';
import { platform } from '../platform/index.ts';
import { fromPlanes, toPlanes } from './pixel-planes.ts';

/** The arrays that a section can hold; they come back as the same type. */
export type SectionData = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float32Array;

/** How a section is stored: as it is, or as compressed RGBA pixels. */
export type SectionCodec = 'raw' | 'rgba';

/** A named array of a container. */
export interface Section {
  readonly name: string;
  readonly data: SectionData;
  readonly codec: SectionCodec;
}

const MAGIC = 'LQAV';
const PREAMBLE = 20;
const DIGEST = 32;
const ALIGNMENT = 8;
/** Header and table of a real avatar have some 20 kB. */
const LONGEST_HEADER = 1 << 20;
/** Decoded bytes of one section at most: a picture of 8192 x 8192 pixels. */
const LARGEST_SECTION = 1 << 28;
/** Deflate cannot compress by more than 1032 : 1, so a larger claim is a lie. */
const STRONGEST_COMPRESSION = 1032;

const ARRAYS = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i16: Int16Array,
  f32: Float32Array,
} as const;
type ArrayType = keyof typeof ARRAYS;

const count = z.int().min(0);
const headerSchema = z.strictObject({
  content: z.unknown(),
  sections: z
    .array(
      z.strictObject({
        name: z.string().max(100),
        type: z.enum(['u8', 'u16', 'u32', 'i16', 'f32']),
        codec: z.enum(['raw', 'rgba']),
        /** Position in the file and length there, bytes. */
        offset: count,
        stored: count,
        /** Length after decoding, bytes. */
        length: count.max(LARGEST_SECTION),
      }),
    )
    .max(1000),
});
type TableEntry = z.infer<typeof headerSchema>['sections'][number];

const align = (position: number): number => Math.ceil(position / ALIGNMENT) * ALIGNMENT;
const typeOf = (data: SectionData): ArrayType =>
  (Object.keys(ARRAYS) as ArrayType[]).find((type) => data instanceof ARRAYS[type])!;
const bytesOf = (data: SectionData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Thrown while reading; becomes `AVATAR_CORRUPT`. */
const corrupt = (what: string, cause?: unknown): LoquentError =>
  new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: ${what}.`, { cause });

/** Whether a file that starts with these bytes is an avatar file; 4 bytes are enough. */
export function hasAvatarMagic(start: Uint8Array): boolean {
  return start.length >= MAGIC.length && new TextDecoder().decode(start.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * Writes a container.
 *
 * @param content - The scalars: anything that JSON can say exactly.
 */
export async function packContainer(
  version: number,
  content: unknown,
  sections: readonly Section[],
): Promise<Uint8Array> {
  const stored = await Promise.all(
    sections.map(({ data, codec }) =>
      codec === 'rgba' ? platform().deflate(toPlanes(bytesOf(data))) : bytesOf(data),
    ),
  );
  const describe = (start: number): { header: Uint8Array; table: TableEntry[]; end: number } => {
    let position = start;
    const table = sections.map(({ name, data, codec }, i): TableEntry => {
      const offset = align(position);
      position = offset + stored[i]!.length;
      return { name, type: typeOf(data), codec, offset, stored: stored[i]!.length, length: data.byteLength };
    });
    const header = new TextEncoder().encode(JSON.stringify({ content, sections: table }));
    return { header, table, end: position };
  };
  // The table names positions that depend on its own length: leave room for the longest numbers, pad with spaces.
  const room = describe(2 ** 31).header.length;
  const { header, table, end } = describe(PREAMBLE + room);

  const bytes = new Uint8Array(end + DIGEST);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(4, version, true);
  view.setBigUint64(8, BigInt(bytes.length), true);
  view.setUint32(16, room, true);
  bytes.fill(0x20, PREAMBLE, PREAMBLE + room);
  bytes.set(header, PREAMBLE);
  for (const [i, { offset }] of table.entries()) bytes.set(stored[i]!, offset);
  bytes.set(await digest(bytes.subarray(0, end)), end);
  return bytes;
}

/**
 * Reads a container. Nothing in the file is believed before its checksum, and nothing is allocated that the file's
 * own size does not warrant.
 *
 * @returns The scalars, unchecked, and the sections by name; the caller owns the arrays.
 * @throws LoquentError `AVATAR_CORRUPT`; `AVATAR_VERSION` if an intact file has another version.
 */
export async function unpackContainer(
  bytes: Uint8Array,
  version: number,
): Promise<{ content: unknown; sections: Map<string, SectionData> }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREAMBLE + DIGEST || !hasAvatarMagic(bytes)) {
    throw new LoquentError('AVATAR_CORRUPT', 'The file is not an avatar of Loquent.');
  }
  const length = view.getBigUint64(8, true);
  if (length !== BigInt(bytes.length)) throw corrupt(`it has ${bytes.length} of ${length} bytes`);
  const end = bytes.length - DIGEST;
  const expected = await digest(bytes.subarray(0, end));
  if (expected.some((byte, i) => byte !== bytes[end + i])) throw corrupt('its checksum is wrong');
  const found = view.getUint32(4, true);
  if (found !== version) {
    throw new LoquentError(
      'AVATAR_VERSION',
      `The avatar file has version ${found}; this release reads version ${version}.`,
      { details: { found, expected: version } },
    );
  }
  const headerLength = view.getUint32(16, true);
  if (headerLength > LONGEST_HEADER || PREAMBLE + headerLength > end) throw corrupt('its header is too long');
  const { content, sections: table } = parseHeader(bytes.subarray(PREAMBLE, PREAMBLE + headerLength));
  checkTable(table, PREAMBLE + headerLength, end);

  const arrays = await Promise.all(table.map((entry) => decodeSection(entry, bytes)));
  return { content, sections: new Map(table.map(({ name }, i) => [name, arrays[i]!])) };
}

async function digest(bytes: Uint8Array): Promise<Uint8Array> {
  const hex = await platform().sha256(bytes);
  return Uint8Array.from({ length: DIGEST }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function parseHeader(bytes: Uint8Array): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    throw corrupt('its header cannot be read', error);
  }
}

/** Sections must follow each other without overlap, inside the file, and not promise more than their bytes can hold. */
function checkTable(table: readonly TableEntry[], start: number, end: number): void {
  let position = start;
  const names = new Set<string>();
  for (const { name, type, codec, offset, stored, length } of table) {
    if (offset % ALIGNMENT !== 0 || offset < position || offset + stored > end) {
      throw corrupt(`the section "${name}" lies in the wrong place`);
    }
    const possible = codec === 'raw' ? length === stored : length <= stored * STRONGEST_COMPRESSION;
    const whole = length % (codec === 'rgba' ? 4 : ARRAYS[type].BYTES_PER_ELEMENT) === 0;
    if (!possible || !whole || (codec === 'rgba' && type !== 'u8')) {
      throw corrupt(`the section "${name}" has an impossible length`);
    }
    if (names.has(name)) throw corrupt(`there are two sections "${name}"`);
    names.add(name);
    position = offset + stored;
  }
}

async function decodeSection(entry: TableEntry, bytes: Uint8Array): Promise<SectionData> {
  const { name, type, codec, offset, stored, length } = entry;
  const content = bytes.subarray(offset, offset + stored);
  if (codec === 'raw') return new ARRAYS[type](new Uint8Array(content).buffer);
  try {
    return fromPlanes(await platform().inflate(content, length));
  } catch (error) {
    throw corrupt(`the section "${name}" cannot be unpacked`, error);
  }
}
