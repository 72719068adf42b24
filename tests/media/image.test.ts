import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Picture } from '../../src/core/index.ts';
import { encodeJpeg, encodePng, readImage, scalePicture } from '../../src/media/image.ts';
import '../../src/platform/node/use.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Four quadrants: red, green / blue, white, so that every orientation looks different. */
function quadrants(width: number, height: number): Picture {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = colours[(y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0)]!;
      data.set([...colour, 255], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

const raw = ({ width, height, data }: Picture) => sharp(data, { raw: { width, height, channels: 4 } });
const pixel = (picture: Picture, x: number, y: number) => [
  ...picture.data.subarray((y * picture.width + x) * 4, (y * picture.width + x) * 4 + 4),
];
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: { code?: string }) => error.code,
  );

describe('reading a photo', () => {
  it('decodes JPEG, PNG and WebP to the same upright sRGB pixels, from bytes, path and URL', async () => {
    const source = quadrants(64, 48);
    const png = await encodePng(source);
    const path = join(folder, 'with a space.jpeg');
    await writeFile(path, png);
    for (const input of [
      png,
      path,
      pathToFileURL(path),
      await raw(source).webp({ lossless: true }).toBuffer(),
    ]) {
      const { picture, bytes, warnings } = await readImage(input);
      expect([picture.width, picture.height]).toEqual([64, 48]);
      expect(Buffer.compare(picture.data, source.data)).toBe(0);
      expect(bytes.length).toBeGreaterThan(50);
      expect(warnings).toEqual([]);
    }
    const { picture } = await readImage(await encodeJpeg(source, 95));
    expect(pixel(picture, 5, 5)[0]).toBeGreaterThan(245);
  });

  it('honours all eight EXIF orientations', async () => {
    const flat = raw(quadrants(64, 32));
    const corners: string[] = [];
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const jpeg = await flat
        .clone()
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
        .withMetadata({ orientation })
        .toBuffer();
      const { picture } = await readImage(jpeg);
      expect([picture.width, picture.height]).toEqual(orientation >= 5 ? [32, 64] : [64, 32]);
      const name = (x: number, y: number) => {
        const [r, g, b] = pixel(picture, x, y).map((value) => value! > 128);
        return r && g && b ? 'w' : r ? 'r' : g ? 'g' : 'b';
      };
      const [right, bottom] = [picture.width - 4, picture.height - 4];
      corners.push(name(3, 3) + name(right, 3) + name(3, bottom) + name(right, bottom));
    }
    expect(corners).toEqual(['rgbw', 'grwb', 'wbgr', 'bwrg', 'rbgw', 'brwg', 'wgbr', 'gwrb']);
  });

  it('lays transparent parts over light grey and says so', async () => {
    const source = quadrants(16, 16);
    source.data.set([10, 20, 30, 0], 0);
    source.data.set([0, 0, 0, 128], 4);
    const { picture, warnings } = await readImage(await raw(source).png().toBuffer());
    expect(pixel(picture, 0, 0)).toEqual([204, 204, 204, 255]);
    expect(pixel(picture, 1, 0)).toEqual([102, 102, 102, 255]);
    expect(warnings.map((warning) => warning.code)).toEqual(['IMAGE_TRANSPARENT']);
  });

  it('converts 16 bits, grey, CMYK and Display P3 to 8-bit sRGB', async () => {
    const grey = sharp({ create: { width: 20, height: 10, channels: 3, background: '#808080' } });
    const samples = {
      sixteen: await grey.clone().toColourspace('rgb16').png().toBuffer(),
      grey: await grey.clone().toColourspace('b-w').png().toBuffer(),
      greyAlpha: await grey.clone().toColourspace('b-w').ensureAlpha().png().toBuffer(),
      cmyk: await grey.clone().toColourspace('cmyk').jpeg().toBuffer(),
    };
    expect((await sharp(samples.sixteen).metadata()).depth).toBe('ushort');
    expect((await sharp(samples.cmyk).metadata()).space).toBe('cmyk');
    for (const [name, bytes] of Object.entries(samples)) {
      const { picture } = await readImage(bytes);
      for (const value of pixel(picture, 4, 4).slice(0, 3)) {
        expect(Math.abs(value! - 128), `${name}: ${value}`).toBeLessThanOrEqual(name === 'cmyk' ? 16 : 1);
      }
    }
    const orange = sharp({
      create: { width: 20, height: 10, channels: 3, background: { r: 234, g: 51, b: 35 } },
    });
    const wide = await orange.withIccProfile('p3', { attach: true }).png().toBuffer();
    // The file stores other numbers than sRGB for the same colour; reading must bring the colour back.
    const stored = pixel((await readImage(await stripProfile(wide))).picture, 3, 3);
    const converted = pixel((await readImage(wide)).picture, 3, 3);
    expect(Math.abs(stored[0]! - 234)).toBeGreaterThan(8);
    for (const [channel, value] of [234, 51, 35].entries()) {
      expect(Math.abs(converted[channel]! - value), `${converted} was ${stored}`).toBeLessThanOrEqual(2);
    }
  });

  it('refuses everything that is not a still JPEG, PNG or WebP, by content', async () => {
    const png = Buffer.from(await encodePng(quadrants(32, 32)));
    const frames = quadrants(16, 32);
    const animation = sharp(frames.data, {
      raw: { width: 16, height: 32, channels: 4, pageHeight: 16 } as never,
    });
    const mp4 = Buffer.from('00000020667479706d703432000000006d70343269736f6d', 'hex');
    const heic = Buffer.from('0000001c66747970686569630000000068656963', 'hex');
    const cases: [string, Uint8Array, string][] = [
      [
        'svg',
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        'IMAGE_UNSUPPORTED',
      ],
      ['gif', await raw(quadrants(16, 16)).gif().toBuffer(), 'IMAGE_UNSUPPORTED'],
      ['heic', heic, 'IMAGE_UNSUPPORTED'],
      ['pdf', Buffer.from('%PDF-1.7\n'), 'IMAGE_UNSUPPORTED'],
      ['text', Buffer.from('not a picture at all'), 'IMAGE_UNSUPPORTED'],
      ['mp4', mp4, 'IMAGE_IS_VIDEO'],
      ['matroska', Buffer.from('1a45dfa3a34286810142f781', 'hex'), 'IMAGE_IS_VIDEO'],
      ['apng', animatedPng(png), 'IMAGE_ANIMATED'],
      ['webp', await animation.webp({ loop: 0, delay: [40, 40] }).toBuffer(), 'IMAGE_ANIMATED'],
      ['truncated png', png.subarray(0, png.length - 40), 'IMAGE_CORRUPT'],
      ['png header only', png.subarray(0, 20), 'IMAGE_CORRUPT'],
      ['jpeg start only', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]), 'IMAGE_CORRUPT'],
    ];
    for (const [name, bytes, expected] of cases) {
      const path = join(folder, `photo-${name.replaceAll(' ', '-')}.jpg`);
      await writeFile(path, bytes);
      expect(await code(readImage(path)), name).toBe(expected);
    }
  });

  it('refuses a truncated JPEG of a real size', async () => {
    const noise = new Uint8Array(200 * 200 * 4).map((_, index) => (index * 7919) % 251);
    const jpeg = await encodeJpeg({ width: 200, height: 200, data: noise });
    expect(await code(readImage(jpeg.subarray(0, jpeg.length / 2)))).toBe('IMAGE_CORRUPT');
    expect(await code(readImage(jpeg))).toBe('nothing was thrown');
  });

  it('checks the size before decoding', async () => {
    // A header that promises 60000 x 60000 pixels, with no pixels behind it.
    const header = Buffer.from(await encodePng(quadrants(8, 8)));
    header.writeUInt32BE(60_000, 16);
    header.writeUInt32BE(60_000, 20);
    header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
    expect(await code(readImage(header))).toBe('IMAGE_TOO_LARGE');
    expect(await code(readImage(await encodePng(quadrants(20, 20)), { maxPixels: 399 }))).toBe(
      'IMAGE_TOO_LARGE',
    );
    expect(await code(readImage(await encodePng(quadrants(20, 20)), { maxBytes: 30 }))).toBe(
      'INPUT_TOO_LARGE',
    );
  });

  it('names what is wrong with the file itself', async () => {
    await mkdir(join(folder, 'a-folder.png'));
    await writeFile(join(folder, 'empty.png'), '');
    expect(await code(readImage(join(folder, 'nowhere.png')))).toBe('INPUT_NOT_FOUND');
    expect(await code(readImage(join(folder, 'a-folder.png')))).toBe('INPUT_UNREADABLE');
    expect(await code(readImage(join(folder, 'empty.png')))).toBe('INPUT_EMPTY');
    expect(await code(readImage(new Uint8Array(0)))).toBe('INPUT_EMPTY');
    expect(await code(readImage(new URL('https://example.org/photo.png')))).toBe('INPUT_UNREADABLE');
    expect(await code(readImage(new Uint8Array(9), { signal: AbortSignal.abort() }))).toBe('CANCELLED');
  });
});

describe('writing pictures', () => {
  it('scales without touching the source and keeps alpha', async () => {
    const source = quadrants(40, 40);
    source.data[3] = 7;
    const half = await scalePicture(source, 10, 20);
    expect([half.width, half.height, half.data.length]).toEqual([10, 20, 800]);
    expect(Math.min(...pixel(half, 7, 17))).toBeGreaterThan(252);
    expect(Math.max(...pixel(half, 2, 17).slice(0, 2))).toBeLessThan(3);
    expect(source.data[3]).toBe(7);
    const back = await sharp(await encodePng(source, 1))
      .raw()
      .toBuffer();
    expect(Buffer.compare(back, source.data)).toBe(0);
  });
});

async function stripProfile(png: Uint8Array): Promise<Uint8Array> {
  const bytes = Buffer.from(png);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) !== 'iCCP') parts.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

function animatedPng(png: Buffer): Buffer {
  const chunk = Buffer.alloc(20);
  chunk.writeUInt32BE(8, 0);
  chunk.write('acTL', 4, 'latin1');
  chunk.writeUInt32BE(2, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 16)), 16);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
