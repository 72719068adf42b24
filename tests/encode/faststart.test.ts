import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveMetadataToFront } from '../../src/encode/faststart.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import '../../src/platform/node/use.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faststart-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function box(type: string, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(body.length + 8);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
}

/** A box of chunk offsets: version and flags, count, entries. */
function offsets(type: 'stco' | 'co64', values: readonly number[]): Buffer {
  const width = type === 'stco' ? 4 : 8;
  const body = Buffer.alloc(8 + values.length * width);
  body.writeUInt32BE(values.length, 4);
  for (const [index, value] of values.entries()) {
    if (width === 4) body.writeUInt32BE(value, 8 + index * 4);
    else body.writeBigUInt64BE(BigInt(value), 8 + index * 8);
  }
  return box(type, body);
}

const metadata = (...tables: Buffer[]) =>
  box('moov', ...tables.map((table) => box('trak', box('mdia', box('minf', box('stbl', table))))));

async function move(content: Buffer): Promise<Buffer> {
  const path = join(folder, 'film.mp4');
  await writeFile(path, content);
  // Opened for writing without being emptied, as the encoder's own file is.
  const handle = await import('node:fs/promises').then((fs) => fs.open(path, 'r+'));
  const file = {
    path,
    size: content.length,
    write: async (bytes: Uint8Array, offset = 0) => void (await handle.write(bytes, 0, bytes.length, offset)),
    close: () => handle.close(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
  await moveMetadataToFront(file);
  await handle.close();
  return readFile(path);
}

describe('moving the metadata to the front', () => {
  it('keeps every byte of the media and points to it, in files larger than one block', async () => {
    const type = box('ftyp', Buffer.from('isomiso2'));
    const media = Buffer.alloc(9_500_001);
    for (let n = 0; n < media.length; n += 1) media[n] = (n * 31 + (n >> 8)) & 255;
    const start = type.length + 8;
    const places = [start, start + 5_000_000, start + 9_000_000];
    const before = Buffer.concat([
      type,
      box('mdat', media),
      metadata(offsets('stco', places), offsets('co64', places)),
    ]);
    const after = await move(before);

    expect(after.length).toBe(before.length);
    expect(after.toString('latin1', type.length + 4, type.length + 8)).toBe('moov');
    const narrow = after.indexOf('stco') + 12;
    const wide = after.indexOf('co64') + 12;
    for (const [index, place] of places.entries()) {
      const moved = after.readUInt32BE(narrow + index * 4);
      expect(Number(after.readBigUInt64BE(wide + index * 8))).toBe(moved);
      expect(after.compare(before, place, place + 500_000, moved, moved + 500_000)).toBe(0);
    }
  });

  it('leaves a file alone whose metadata is in front, and one whose offsets would overflow', async () => {
    const type = box('ftyp', Buffer.from('isom'));
    const media = box('mdat', Buffer.alloc(100, 7));
    const front = Buffer.concat([type, metadata(offsets('stco', [300])), media]);
    expect((await move(front)).equals(front)).toBe(true);
    const far = Buffer.concat([type, media, metadata(offsets('stco', [0xffff_fff0]))]);
    expect((await move(far)).equals(far)).toBe(true);
  });

  it('works on the file that an encoder has just written', async () => {
    const output = await nodePlatform.createOutput(join(folder, 'written.mp4'));
    await output.write(
      Buffer.concat([
        box('ftyp', Buffer.from('isom')),
        box('mdat', Buffer.alloc(50)),
        metadata(offsets('stco', [20])),
      ]),
    );
    await moveMetadataToFront(output);
    await output.close();
    const bytes = await readFile(output.path);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });
});
