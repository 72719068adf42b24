/** What happens to photos that cannot be animated, or only with a remark. */
import { existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import {
  type Avatar,
  neutralMotion,
  prepareAvatar,
  radians,
  seconds,
  type Warning,
} from '../../src/index.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { failure, inputFile, outputs, portrait, refusal, render, speech } from './support/room.ts';

const ava = new URL('../../demo/portraits/ava.png', import.meta.url);
const codes = (warnings: readonly Warning[]) => warnings.map(({ code }) => code);

async function scaled(source: URL, side: number): Promise<Buffer> {
  return sharp(await readFile(source))
    .resize(side)
    .png()
    .toBuffer();
}

/** Two people side by side; the right one is larger. */
async function couple(): Promise<Uint8Array> {
  const people = [
    { input: await scaled(ava, 260), left: 10, top: 10 },
    { input: await scaled(portrait, 400), left: 300, top: 10 },
  ];
  const wall = sharp({ create: { width: 720, height: 430, channels: 3, background: '#777777' } });
  return bytesOf(wall.composite(people).jpeg());
}

async function bytesOf(image: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await image.toBuffer());
}

/** A drawing of hills under a sun. */
const landscape = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#9cf"/>
  <circle cx="500" cy="100" r="60" fill="#fd4"/><path d="M0 480V330L200 200 420 340 560 260 640 320V480Z" fill="#474"/></svg>`,
);

/** A picture of somebody whose head was turned much further than a talking head may turn. */
async function turned(avatar: Avatar, yaw: number): Promise<Uint8Array> {
  // in higher relief: an avatar's own outline is flattened, and so would not look turned that far
  const [, , middle] = avatar.rig.pivot;
  const relief = avatar.mesh.rest.map((v, i) => (i % 3 === 2 ? middle + 1.6 * (v - middle) : v));
  const farther = { ...avatar.rig, limits: { yaw: radians(20), pitch: radians(20), roll: radians(20) } };
  const view = { crop: 'full', preset: 'fast', size: 512, background: 'keep' } as const;
  using renderer = await loadRenderer(
    meshEngine,
    { ...avatar, mesh: { ...avatar.mesh, rest: relief }, rig: farther },
    view,
  );
  const rest = neutralMotion(seconds(0));
  const { width, height, data } = renderer.render({ ...rest, head: { ...rest.head, yaw: radians(yaw) } }, 0);
  return bytesOf(
    sharp(data, { raw: { width, height, channels: 4 } })
      .removeAlpha()
      .png(),
  );
}

describe('a photo', { timeout: 60_000 }, () => {
  it('without a face is refused', async () => {
    const image = await inputFile('hills.png', await bytesOf(sharp(landscape).png()));
    const error = await refusal({ image });
    expect(error).toMatchObject({ code: 'FACE_NOT_FOUND', exitCode: 3 });
    expect(error.message).toContain('640x480');
  });

  it('with several faces speaks with the largest, names all of them, and takes the one that is asked for', async () => {
    const image = await couple();
    const told: Warning[] = [];
    const first = await prepareAvatar(image, { onWarning: (warning) => void told.push(warning) });
    expect(codes(told)).toEqual(['SEVERAL_FACES']);
    expect(told[0]!.message).toMatch(/2 faces.*--face: 1: .* 2: /);
    expect(first.face.box.x).toBeGreaterThan(300);
    const second = await prepareAvatar(image, { face: 2, onWarning: (warning) => void told.push(warning) });
    expect(second.face.box.x).toBeLessThan(260);
    expect(codes(told)).toEqual(['SEVERAL_FACES', 'FACE_SMALL']);
  });

  it('does not have a face number 9', async () => {
    const error = await refusal({ image: await couple(), face: 9 });
    expect(error).toMatchObject({ code: 'FACE_INDEX', exitCode: 3 });
    expect(error.message).toMatch(/number 9.*only 2 faces: 1: .* 2: /);
  });

  it('with a face under 80 pixels is refused, with its measure', async () => {
    const error = await refusal({ image: new Uint8Array(await scaled(portrait, 128)) });
    expect(error).toMatchObject({ code: 'FACE_TOO_SMALL', details: { minimum: 80 } });
    expect(error.details!['height']).toBeLessThan(80);
  });

  it('of somebody turned away by more than 45 degrees is refused', async () => {
    const avatar = await prepareAvatar(portrait);
    const error = await refusal({ image: await turned(avatar, 1.05) });
    expect(error.code).toBe('FACE_TURNED');
    expect(Number(/by (\d+) degrees/.exec(error.message)![1])).toBeGreaterThan(45);
  });

  const dog = join(process.env['LOQUENT_TEST_MEDIA'] ?? '', 'portraits', 'no-person-dog.jpg');
  if (!existsSync(dog)) console.log('LOQUENT_TEST_MEDIA has no picture of a dog: animals are not tested.');
  it.runIf(existsSync(dog))('of a dog is animated, with the remark that it may be an animal', async () => {
    const report = await render({ image: dog });
    expect(codes(report.warnings)).toContain('MAYBE_ANIMAL');
  });

  it('of more than 50 million pixels is refused before it is decoded', async () => {
    const image = await inputFile('poster.png', hugePng(30_000, 30_000));
    const error = await refusal({ image });
    expect(error).toMatchObject({ code: 'IMAGE_TOO_LARGE', exitCode: 3 });
    expect(error.message).toMatch(/poster\.png" has 30000x30000 pixels \(900 million\).*50 million/);
  });

  for (const format of ['jpeg', 'png', 'webp'] as const) {
    it(`that is a ${format} cut off in the middle is refused`, async () => {
      const whole = await bytesOf(sharp(await readFile(portrait)).toFormat(format));
      const image = await inputFile(`cut.${format}`, whole.subarray(0, whole.length >> 1));
      const error = await refusal({ image });
      expect(error.code).toBe('IMAGE_CORRUPT');
      expect(error.message).toContain(`cut.${format}`);
    });
  }

  it('that is something else under the name of a photo is refused for what it is', async () => {
    const gif = await bytesOf(sharp(landscape).gif());
    const frames = { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } } as const;
    const flicker = sharp(Buffer.alloc(8 * 16 * 3).fill(200, 192), frames);
    const rows: [string, Uint8Array | string, string, RegExp][] = [
      ['notes.jpg', 'Dear diary, today I renamed a file.', 'IMAGE_UNSUPPORTED', /notes\.jpg" is text/],
      ['drawing.png', landscape, 'IMAGE_UNSUPPORTED', /SVG/],
      ['one.gif', gif, 'IMAGE_UNSUPPORTED', /GIF/],
      ['moving.gif', await bytesOf(flicker.clone().gif()), 'IMAGE_UNSUPPORTED', /GIF/],
      ['moving.webp', await bytesOf(flicker.clone().webp()), 'IMAGE_ANIMATED', /animated WebP/],
      ['speech.jpg', speech, 'IMAGE_UNSUPPORTED', /WAV recording/],
      [
        'random.jpg',
        Uint8Array.from({ length: 500 }, (_, i) => (i * i * 31) & 255),
        'IMAGE_UNSUPPORTED',
        /unknown/,
      ],
    ];
    for (const [name, content, code, words] of rows) {
      const error = await refusal({ image: await inputFile(name, content) });
      expect(error.code, name).toBe(code);
      expect(error.message).toMatch(words);
    }
  });

  it('that is a video is refused, with the way to take a still from it', async () => {
    await render();
    const video = await inputFile('clip.jpg', await readFile(join(outputs, 'video.mp4')));
    const error = await failure(prepareAvatar(video), ['video.mp4']);
    expect(error.code).toBe('IMAGE_IS_VIDEO');
    expect(error.hint).toContain('-frames:v 1');
  });

  it('that is an empty file, a folder, missing or an address is refused by its name', async () => {
    const folder = join(outputs, '..', 'inputs', 'album');
    mkdirSync(folder, { recursive: true });
    const rows: [string | URL | Uint8Array, string, RegExp][] = [
      [await inputFile('empty.jpg', ''), 'INPUT_EMPTY', /empty\.jpg" is empty/],
      [new Uint8Array(0), 'INPUT_EMPTY', /no bytes/],
      [folder, 'INPUT_UNREADABLE', /album" is a folder/],
      ['nobody.jpg', 'INPUT_NOT_FOUND', /"nobody\.jpg" does not exist/],
      ['', 'INPUT_NOT_FOUND', /name of the input file is empty/],
      ['https://example.com/me.jpg', 'INPUT_UNREADABLE', /"https:\/\/example\.com\/me\.jpg" is an address/],
      [new URL('https://example.com/me.jpg'), 'INPUT_UNREADABLE', /me\.jpg" is an address/],
      ['file:///nobody.jpg', 'INPUT_NOT_FOUND', /nobody\.jpg" does not exist/],
      ['file://elsewhere/nobody.jpg', 'INPUT_UNREADABLE', /elsewhere/],
      ['a\0b.jpg', 'INPUT_NOT_FOUND', /does not exist/],
    ];
    for (const [image, code, words] of rows) {
      const error = await refusal({ image });
      expect(error.code, String(image)).toBe(code);
      expect(error.message).toMatch(words);
      expect(error.hint.length).toBeGreaterThan(10);
    }
  });

  it('can be a good one after all of that', async () => {
    expect((await render()).frames).toBe(13);
  });
});

/** A PNG that only claims its size. */
function hugePng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(1000));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
