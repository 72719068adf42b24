import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, type Preset, seconds, type VideoFrame } from '../../src/core/index.ts';
import { FRAGMENT_SECONDS } from '../../src/encode/ffmpeg-containers.ts';
import { toFrameRate } from '../../src/encode/frame-rate.ts';
import { openVideoWriter, type VideoFormat, type VideoWriter } from '../../src/encode/index.ts';
import { i420Length, videoFrameOf } from '../../src/kernels/colour/index.ts';
import { readImage } from '../../src/media/image.ts';
import '../../src/platform/node/use.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasFfmpeg)
  console.log('FFmpeg is not installed: only the embedded encoder is tested, and only by its structure.');
const encoders = hasFfmpeg ? (['ffmpeg', 'embedded'] as const) : (['embedded'] as const);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encode-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const searchPath = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = searchPath;
});

function format(options: Partial<VideoFormat> = {}): VideoFormat {
  return {
    container: 'mp4',
    alpha: false,
    width: 128,
    height: 96,
    fps: 25,
    channels: 2,
    sampleRate: 48_000,
    preset: 'fast',
    encoder: 'auto',
    ...options,
  };
}

/** A flat grey picture, white when `flash`, with a mark that moves. */
function picture(width: number, height: number, index: number, flash: boolean): Frame {
  const data = new Uint8Array(width * height * 4).fill(flash ? 255 : 70);
  for (let y = 0; y < 8; y += 1) data.fill((index * 37) % 256, y * width * 4, y * width * 4 + width * 2);
  return { width, height, data, index, time: seconds(0), changed: { x: 0, y: 0, width, height } };
}

/** Writes `frames` frames with their sound; every half second a white frame and a click begin together. */
async function write(writer: VideoWriter, options: VideoFormat, frames: number): Promise<{ bytes: number }> {
  const { width, height, fps, channels } = options;
  const period = Math.max(1, Math.round(fps / 2));
  let samples = 0;
  const waiting: Promise<void>[] = [];
  for (let index = 0; index < frames; index += 1) {
    const end = Math.round(((index + 1) * 48_000) / fps);
    const flash = index % period === 0;
    const sound = new Float32Array((end - samples) * channels);
    for (let n = 0; flash && n < Math.min(sound.length, 480 * channels); n += 1) {
      sound[n] = 0.7 * Math.sin(Math.floor(n / Math.max(1, channels)) * 0.3);
    }
    samples = end;
    if (channels > 0) await writer.writeSound(sound);
    waiting.push(writer.writeFrame(picture(width, height, index, flash)));
    if (waiting.length > 6) await waiting.shift();
  }
  await Promise.all(waiting);
  return writer.finish();
}

function run(command: string, args: readonly string[]): Buffer {
  const result = spawnSync(command, args, { maxBuffer: 1 << 28 });
  expect(String(result.stderr)).toBe('');
  return result.stdout;
}

function probe(path: string): Record<string, string>[] {
  const text = String(run('ffprobe', ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path]));
  return (JSON.parse(text) as { streams: Record<string, string>[] }).streams;
}

/** Types of the boxes at the top level of an MP4 file. */
async function boxes(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    types.push(bytes.toString('latin1', at + 4, at + 8));
    const short = bytes.readUInt32BE(at);
    at += short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? bytes.length : short;
  }
  return types;
}

/** Footage: a grey slope that moves, with a patch of colour. */
function footage(width: number, height: number, index: number): VideoFrame {
  const frame = videoFrameOf(new Uint8Array(i420Length(width, height)), width, height);
  for (let at = 0; at < frame.y.length; at += 1) frame.y[at] = 40 + ((at + index) % width);
  frame.u.fill(100);
  frame.v.fill(150);
  return frame;
}

async function writeFootage(writer: VideoWriter, { source }: VideoFormat): Promise<void> {
  for (let index = 0; index < 10; index += 1)
    await writer.writeFrame(footage(source!.width, source!.height, index));
  await writer.finish();
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: { code?: string }) => error.code ?? String(error),
  );

describe.each(encoders)('the %s encoder', (encoder) => {
  const cases: [string, Partial<VideoFormat>, number][] = [
    ['25 frames per second, stereo', {}, 60],
    ['a single frame', { channels: 1 }, 1],
    ['23.976 frames per second', { fps: 23.976, channels: 1 }, 50],
    ['17.5 frames per second', { fps: 17.5 }, 20],
    ['60 frames per second in an odd format', { fps: 60, width: 134, height: 58 }, 70],
    ['no sound', { channels: 0 }, 12],
  ];
  it.skipIf(!hasFfmpeg).each(cases)(
    'writes a clean, complete, synchronous file: %s',
    async (name, options, frames) => {
      const wanted = format({ ...options, encoder });
      const path = join(folder, `${encoder}-${name.replaceAll(/\W/g, '-')}.mp4`);
      await using writer = await openVideoWriter(path, wanted);
      const { bytes } = await write(writer, wanted, frames);
      expect(bytes).toBe((await readFile(path)).length);

      const [video, sound] = probe(path);
      const { numerator, denominator } = toFrameRate(wanted.fps);
      const duration = (frames * denominator) / numerator;
      expect(video).toMatchObject({
        codec_name: 'h264',
        pix_fmt: 'yuv420p',
        color_space: 'bt709',
        color_range: 'tv',
      });
      expect(video).toMatchObject({
        width: wanted.width,
        height: wanted.height,
        nb_read_frames: String(frames),
      });
      // With one frame there is no distance from which a player could tell the rate.
      if (frames > 1) expect(video!['avg_frame_rate']).toBe(`${numerator}/${denominator}`);
      expect(Number(video!['start_time'])).toBeLessThan(0.001);
      expect(Math.abs(Number(video!['duration']) - duration)).toBeLessThan(0.002);
      if (wanted.channels > 0) {
        expect(sound).toMatchObject({ codec_name: 'aac', sample_rate: '48000', channels: wanted.channels });
        expect(Math.abs(Number(sound!['start_time']))).toBeLessThan(0.02);
        expect(Math.abs(Number(sound!['duration']) - duration)).toBeLessThan(1 / wanted.fps + 0.002);
        expect(offset(path, wanted, frames)).toBeLessThan(0.02);
      } else expect(sound).toBeUndefined();

      const layout = await boxes(path);
      expect(layout.indexOf('moov')).toBeLessThan(layout.indexOf('mdat'));
      run('ffmpeg', ['-v', 'error', '-xerror', '-i', path, '-f', 'null', '-']);
    },
  );

  it.skipIf(!hasFfmpeg)('writes the same video once more, to be played while it grows', async () => {
    const path = join(folder, `${encoder}-whole.mp4`);
    const growing = join(folder, `${encoder} gr|ow[ing]'s.mp4`);
    const wanted = format({ encoder, growing });
    await using writer = await openVideoWriter(path, wanted);
    await write(writer, wanted, 150);
    const layout = await boxes(growing);
    expect(layout.slice(0, 4)).toEqual(['ftyp', 'moov', 'moof', 'mdat']);
    expect(layout.filter((type) => type === 'moof').length).toBeGreaterThan(1);
    expect((await boxes(path)).slice(0, 2)).toEqual(['ftyp', 'moov']);
    const packets = (file: string) => {
      const shown = ['-show_entries', 'packet=codec_type,pts_time,data_hash', '-show_data_hash', 'md5'];
      const text = String(run('ffprobe', ['-v', 'error', ...shown, '-of', 'csv=p=0', file]));
      // What is to be skipped of a packet stands on a line of its own, before its hash.
      return text.replaceAll('\n,', '').split('\n').toSorted();
    };
    expect(packets(growing)).toEqual(packets(path));

    // What a viewer has who came half way.
    const bytes = await readFile(growing);
    const second = bytes.indexOf('moof', bytes.indexOf('moof') + 4) - 4;
    await writeFile(join(folder, 'half.mp4'), bytes.subarray(0, second));
    const [seen, heard] = probe(join(folder, 'half.mp4'));
    expect(Number(seen!['nb_read_frames'])).toBeGreaterThanOrEqual(FRAGMENT_SECONDS * wanted.fps);
    expect(Number(heard!['nb_read_frames'])).toBeGreaterThan(5);
  });

  it.skipIf(!hasFfmpeg)('keeps the colours', async () => {
    const wanted = format({ encoder, channels: 0, preset: 'best' });
    const path = join(folder, `${encoder}-colour.mp4`);
    await using writer = await openVideoWriter(path, wanted);
    const data = Uint8Array.from({ length: 128 * 96 * 4 }, (_, n) => [200, 60, 40, 255][n % 4]!);
    const frame = { ...picture(128, 96, 0, false), data };
    await writer.writeFrame(frame);
    await writer.finish();
    const rgb = run('ffmpeg', [
      '-v',
      'error',
      '-i',
      path,
      '-vf',
      'scale=in_color_matrix=bt709:in_range=tv',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    ]);
    for (const [channel, value] of [200, 60, 40].entries()) {
      expect(Math.abs(rgb[(48 * 128 + 64) * 3 + channel]! - value)).toBeLessThanOrEqual(4);
    }
  });

  it('consumes the pixels and the samples before it returns', async () => {
    const wanted = format({ encoder, channels: 1 });
    const path = join(folder, `${encoder}-consumed.mp4`);
    await using writer = await openVideoWriter(path, wanted);
    const frame = picture(128, 96, 0, false);
    const sound = new Float32Array(1920);
    await writer.writeSound(sound);
    sound.fill(1);
    const written = writer.writeFrame(frame);
    frame.data.fill(255);
    await written;
    await writer.finish();
    if (!hasFfmpeg) return;
    const grey = run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
    expect(grey[60 * 128 + 100]).toBeLessThan(120);
    const heard = run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', '-']);
    expect(Math.abs(heard.readFloatLE(4000))).toBeLessThan(0.01);
  });

  it('stops at a cancellation and at an abort, and says so', async () => {
    const controller = new AbortController();
    const wanted = format({ encoder, signal: controller.signal });
    await using writer = await openVideoWriter(join(folder, `${encoder}-cancelled.mp4`), wanted);
    await writer.writeFrame(picture(128, 96, 0, false));
    controller.abort();
    expect(await codeOf(write(writer, wanted, 400))).toBe('CANCELLED');
    const other = await openVideoWriter(join(folder, `${encoder}-aborted.mp4`), format({ encoder }));
    await other.writeFrame(picture(128, 96, 0, false));
    await other.abort();
    await other[Symbol.asyncDispose]();
  });

  it('says when the file cannot be written', async () => {
    const wanted = format({ encoder });
    const attempt = async () => {
      await using writer = await openVideoWriter(join(folder, 'missing', 'x.mp4'), wanted);
      await write(writer, wanted, 40);
    };
    expect(await codeOf(attempt())).toBe(encoder === 'ffmpeg' ? 'ENCODER_FAILED' : 'OUTPUT_NOT_WRITABLE');
  });
});

describe('choosing an encoder', () => {
  it('takes the embedded one when FFmpeg is not on PATH, and refuses only when FFmpeg was asked for', async () => {
    process.env['PATH'] = ['/nonexistent-a', '/nonexistent-b'].join(delimiter);
    const wanted = format();
    await using writer = await openVideoWriter(join(folder, 'auto.mp4'), wanted);
    expect(writer.encoder).toBe('embedded');
    await write(writer, wanted, 3);
    expect(await boxes(join(folder, 'auto.mp4'))).toEqual(expect.arrayContaining(['ftyp', 'moov', 'mdat']));
    expect(await codeOf(openVideoWriter(join(folder, 'no.mp4'), format({ encoder: 'ffmpeg' })))).toBe(
      'ENCODER_MISSING',
    );
    expect(await readdir(folder)).not.toContain('no.mp4');
  });

  it.skipIf(!hasFfmpeg).each(['fast', 'balanced', 'best'] as Preset[])(
    'knows the preset %s',
    async (preset) => {
      for (const encoder of encoders) {
        const wanted = format({ preset, encoder, channels: 0 });
        const path = join(folder, `${encoder}-${preset}.mp4`);
        await using writer = await openVideoWriter(path, wanted);
        await write(writer, wanted, 5);
        expect(probe(path)[0]).toMatchObject({ nb_read_frames: '5' });
      }
    },
  );
});

describe('frame rates', () => {
  it('become exact fractions', () => {
    const known: [number, number, number][] = [
      [25, 25, 1],
      [30, 30, 1],
      [23.976, 24_000, 1001],
      [29.97, 30_000, 1001],
      [59.94, 60_000, 1001],
      [12.5, 25, 2],
      [17.3, 173, 10],
    ];
    for (const [fps, numerator, denominator] of known)
      expect(toFrameRate(fps)).toEqual({ numerator, denominator });
  });
});

/** Largest distance between a white frame and its click, seconds. */
function offset(path: string, { width, height, fps, channels }: VideoFormat, frames: number): number {
  const grey = run('ffmpeg', [
    '-v',
    'error',
    '-i',
    path,
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-fps_mode',
    'passthrough',
    '-',
  ]);
  const heard = run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', '-']);
  const samples = new Float32Array(heard.buffer, heard.byteOffset, heard.length >> 2);
  const period = Math.max(1, Math.round(fps / 2));
  let largest = 0;
  for (let index = 0; index < frames; index += period) {
    expect(grey[index * width * height + (height - 9) * width + 9], `frame ${index}`).toBeGreaterThan(220);
    const time = index / fps;
    // The search begins a little early, so that sound that comes too soon counts as well.
    const from = Math.max(0, Math.round((time - 0.05) * 48_000));
    const click = samples.subarray(from * channels).findIndex((value) => Math.abs(value) > 0.25);
    expect(click).toBeGreaterThanOrEqual(0);
    largest = Math.max(largest, Math.abs((from + click / channels) / 48_000 - time));
  }
  return largest;
}

describe('footage', () => {
  const size = { width: 160, height: 96 };

  it.skipIf(!hasFfmpeg).each(encoders)('goes into the %s encoder as it is', async (encoder) => {
    const path = join(folder, `footage-${encoder}.mp4`);
    const options = format({ ...size, source: size, channels: 0, encoder, preset: 'best' });
    await writeFootage(await openVideoWriter(path, options), options);
    const raw = run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-']);
    const length = i420Length(size.width, size.height);
    expect(raw.length).toBe(10 * length);
    const last = footage(size.width, size.height, 9);
    const planes = [...last.y, ...last.u, ...last.v];
    const apart = planes.reduce((sum, value, at) => sum + Math.abs(value - raw[9 * length + at]!), 0);
    expect(apart / length).toBeLessThan(1.5);
  });

  it.skipIf(!hasFfmpeg)('is scaled by FFmpeg', async () => {
    const path = join(folder, 'scaled.mp4');
    const options = format({ width: 80, height: 48, source: size, channels: 0 });
    await writeFootage(await openVideoWriter(path, options), options);
    expect(probe(path)[0]).toMatchObject({ width: 80, height: 48, nb_read_frames: '10' });
  });

  it('is not scaled by the embedded encoder, which says so', async () => {
    const options = format({ width: 80, height: 48, source: size, encoder: 'embedded' });
    expect(await codeOf(openVideoWriter(join(folder, 'no.mp4'), options))).toBe('ENCODER_MISSING');
  });

  it('becomes pictures of its colours, of any size', async () => {
    const options = format({ width: 80, height: 48, source: size, container: 'png', channels: 0 });
    const pictures = await mkdtemp(join(folder, 'pictures-'));
    await writeFootage(await openVideoWriter(pictures, options), options);
    const { picture } = await readImage(join(pictures, '00005.png'));
    expect([picture.width, picture.height]).toEqual([80, 48]);
    // Luma 40 + 80 + 5 in the middle, Cb 100, Cr 150.
    const middle = [...picture.data.subarray((24 * 80 + 40) * 4, (24 * 80 + 40) * 4 + 3)];
    const grey = (125 - 16) * (255 / 219);
    expect(Math.abs(middle[0]! - (grey + 22 * 1.7927))).toBeLessThan(6);
    expect(Math.abs(middle[2]! - (grey - 28 * 2.1124))).toBeLessThan(6);
  });
});
