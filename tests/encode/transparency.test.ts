import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { type Frame, seconds } from '../../src/core/index.ts';
import { fillHiddenColours } from '../../src/encode/hidden-colours.ts';
import { frameName, openVideoWriter, outputTarget, type VideoFormat } from '../../src/encode/index.ts';
import '../../src/platform/node/use.ts';

const SIDE = 96;
const encoders = String(spawnSync('ffmpeg', ['-hide_banner', '-encoders']).stdout ?? '');
const can = { webm: encoders.includes('libvpx-vp9'), mov: encoders.includes('prores_ks') };
for (const [container, works] of Object.entries(can)) {
  if (!works)
    console.log(`FFmpeg has no encoder for .${container}: transparent .${container} files are not tested.`);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alpha-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const searchPath = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = searchPath;
});

function format(options: Partial<VideoFormat>): VideoFormat {
  return {
    container: 'webm',
    alpha: true,
    width: SIDE,
    height: SIDE,
    fps: 25,
    channels: 1,
    sampleRate: 48_000,
    preset: 'fast',
    encoder: 'auto',
    ...options,
  };
}

/** An orange disc on nothing, soft at its rim; its place moves with the frame. */
function disc(index: number): Frame {
  const data = new Uint8Array(SIDE * SIDE * 4);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const alpha = Math.max(0, Math.min(1, (30 - Math.hypot(x - 44 - index, y - 48)) / 4 + 0.5));
      if (alpha > 0) data.set([230, 120, 30, Math.round(alpha * 255)], (y * SIDE + x) * 4);
    }
  }
  const changed = { x: 0, y: 0, width: SIDE, height: SIDE };
  return { width: SIDE, height: SIDE, data, index, time: seconds(index / 25), changed };
}

async function write(path: string, options: Partial<VideoFormat>, count = 5): Promise<number> {
  await using writer = await openVideoWriter(path, format(options));
  for (let index = 0; index < count; index += 1) {
    await writer.writeSound(new Float32Array(1920).fill(0.25));
    await writer.writeFrame(disc(index));
  }
  return (await writer.finish()).bytes;
}

const run = (command: string, args: readonly string[]): Buffer =>
  spawnSync(command, args, { maxBuffer: 1 << 28 }).stdout;

/** Every frame of a video as straight RGBA. */
function decode(path: string, decoder: readonly string[]): Uint8Array[] {
  const conversion = ['-vf', 'scale=in_color_matrix=bt709:in_range=tv', '-f', 'rawvideo', '-pix_fmt', 'rgba'];
  const raw = run('ffmpeg', ['-v', 'error', ...decoder, '-i', path, ...conversion, '-']);
  const size = SIDE * SIDE * 4;
  return Array.from(
    { length: raw.length / size },
    (_, index) => new Uint8Array(raw.subarray(index * size, (index + 1) * size)),
  );
}

const at = (data: Uint8Array, x: number, y: number) => [
  ...data.subarray((y * SIDE + x) * 4, (y * SIDE + x) * 4 + 4),
];

function expectDisc(data: Uint8Array, index: number): void {
  expect(at(data, 3, 3)[3]).toBeLessThanOrEqual(2);
  expect(at(data, 93, 90)[3]).toBeLessThanOrEqual(2);
  const [red, green, blue, alpha] = at(data, 44 + index, 48) as [number, number, number, number];
  expect(alpha).toBeGreaterThanOrEqual(253);
  expect(Math.max(Math.abs(red - 230), Math.abs(green - 120), Math.abs(blue - 30))).toBeLessThanOrEqual(8);
  // No dark fringe: what is half transparent has the disc's own colour.
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const [r, , , a] = at(data, x, y) as [number, number, number, number];
      if (a > 60) expect(r, `pixel ${x}, ${y}`).toBeGreaterThan(205);
    }
  }
}

describe('a transparent video', () => {
  it.skipIf(!can.webm)('as WebM keeps alpha, colours and the number of frames', async () => {
    const path = join(folder, 'disc.webm');
    const bytes = await write(path, {});
    expect(bytes).toBe((await readFile(path)).length);
    const frames = decode(path, ['-c:v', 'libvpx-vp9']);
    expect(frames).toHaveLength(5);
    frames.forEach(expectDisc);
  });

  it.skipIf(!can.mov)('as QuickTime keeps alpha, colours and the number of frames', async () => {
    const path = join(folder, 'disc.mov');
    await write(path, { container: 'mov' });
    const frames = decode(path, []);
    expect(frames).toHaveLength(5);
    frames.forEach(expectDisc);
  });

  it('as MP4 is refused', async () => {
    const attempt = openVideoWriter(join(folder, 'disc.mp4'), format({ container: 'mp4' }));
    await expect(attempt).rejects.toMatchObject({ code: 'OUTPUT_UNSUPPORTED' });
  });

  it('needs FFmpeg, and the hint names pictures', async () => {
    const attempt = () => openVideoWriter(join(folder, 'x.webm'), format({}));
    process.env['PATH'] = '/nonexistent';
    await expect(attempt()).rejects.toMatchObject({ code: 'ENCODER_MISSING', hint: /frames\/%05d\.png/ });
    process.env['PATH'] = searchPath;
    const embedded = openVideoWriter(join(folder, 'x.webm'), format({ encoder: 'embedded' }));
    await expect(embedded).rejects.toMatchObject({ code: 'ENCODER_MISSING' });
  });

  it.skipIf(!can.webm)('has an opaque sister: VP9 and sound', async () => {
    const path = join(folder, 'opaque.webm');
    await write(path, { alpha: false });
    const text = String(run('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', path]));
    const { streams } = JSON.parse(text) as { streams: Record<string, string>[] };
    expect(streams[0]).toMatchObject({ codec_name: 'vp9', pix_fmt: 'yuv420p', color_space: 'bt709' });
    expect(streams[1]).toMatchObject({ codec_type: 'audio', sample_rate: '48000' });
  });
});

describe('a sequence of pictures', () => {
  it('holds exactly the pixels, numbered from 0, with the sound beside it', async () => {
    const path = join(folder, 'frames');
    await mkdir(path);
    const bytes = await write(path, { container: 'png' }, 3);
    expect((await readdir(path)).toSorted()).toEqual(['00000.png', '00001.png', '00002.png', 'sound.wav']);
    let total = 0;
    for (const name of await readdir(path)) total += (await readFile(join(path, name))).length;
    expect(bytes).toBe(total);
    for (const index of [0, 1, 2]) {
      const { data } = await sharp(join(path, `0000${index}.png`))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(Buffer.compare(data, disc(index).data)).toBe(0);
    }
    const wav = await readFile(join(path, 'sound.wav'));
    expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
    expect([wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt32LE(40)]).toEqual([
      1,
      48_000,
      3 * 1920 * 2,
    ]);
    expect(wav.length).toBe(44 + 3 * 1920 * 2);
    expect(wav.readInt16LE(44 + 1000)).toBe(8192);
  });

  it('has no alpha channel when nothing is transparent', async () => {
    const path = join(folder, 'opaque');
    await mkdir(path);
    await write(path, { container: 'png', alpha: false, channels: 0 }, 1);
    expect(await readdir(path)).toEqual(['00000.png']);
    expect((await sharp(join(path, '00000.png')).metadata()).channels).toBe(3);
  });

  it('stops at a cancellation', async () => {
    const path = join(folder, 'cancelled');
    await mkdir(path);
    const controller = new AbortController();
    await using writer = await openVideoWriter(path, format({ container: 'png', signal: controller.signal }));
    await writer.writeFrame(disc(0));
    controller.abort();
    await expect(writer.writeFrame(disc(1))).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('the name of an output', () => {
  test.each([
    ['a.mp4', 'mp4', 'a.mp4', null],
    ['b/A.WEBM', 'webm', 'b/A.WEBM', null],
    ['x.mov', 'mov', 'x.mov', null],
    ['-', 'mp4', '-', null],
    ['frames/', 'png', 'frames', '00007.png'],
    ['a/b/%05d.png', 'png', 'a/b', '00007.png'],
    ['a/shot_%3d-x.png', 'png', 'a', 'shot_007-x.png'],
    ['a/%d.PNG', 'png', 'a', '7.PNG'],
  ])('%s says %s', (output, container, path, seventh) => {
    const target = outputTarget(output);
    expect(target).toMatchObject({ container, path });
    expect(target?.frames ? frameName(target.frames, 7) : null).toBe(seventh);
  });

  test.each(['', 'a.avi', 'mp4', 'a.png', '%05d.png', '/'])('"%s" says nothing', (output) => {
    expect(outputTarget(output)).toBeNull();
  });
});

describe('hidden colours', () => {
  test('become those of visible neighbours; visible ones and alpha stay', () => {
    const { data } = disc(0);
    const filled = data.slice();
    fillHiddenColours(filled, SIDE, SIDE);
    for (let i = 0; i < data.length; i += 4) {
      expect(filled[i + 3]).toBe(data[i + 3]);
      if (data[i + 3]! > 0) expect([...filled.subarray(i, i + 3)]).toEqual([...data.subarray(i, i + 3)]);
    }
    // Just outside the disc.
    expect(at(filled, 44, 48 - 34)).toEqual([230, 120, 30, 0]);
  });
});
