import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSound } from '../../src/media/sound.ts';
import {
  codeOf,
  difference,
  ffmpeg,
  hasFfmpeg,
  hear,
  hideFfmpeg,
  type SampleFormat,
  sweep,
  wav,
} from './support/sounds.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sound-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const temporaryFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('loquent-')).length;

describe('a recording', () => {
  it('comes in blocks of 40 ms with the same span for the video and for analysis', async () => {
    const { blocks, master, speech, channels, duration } = await hear(wav(sweep(48_000, 2, 1.01), 48_000, 2));
    expect(channels).toBe(2);
    expect(duration).toBeCloseTo(1.01, 6);
    expect(master.length).toBe(48_480 * 2);
    expect(speech.length).toBe(16_160);
    for (const [index, block] of blocks.slice(0, -1).entries()) {
      expect(block.master.length).toBe(1920 * 2);
      expect(block.speech.samples.length).toBe(640);
      expect(block.speech.time).toBeCloseTo(index * 0.04, 9);
    }
    expect(difference(master, sweep(48_000, 2, 1.01))).toBeLessThan(2e-4);
  });

  it('gives analysis the mean of both channels, in place', async () => {
    const mono = sweep(48_000, 1, 0.5);
    const stereo = Float32Array.from(
      { length: mono.length * 2 },
      (_, n) => mono[n >> 1]! * (n % 2 ? 0.5 : 1),
    );
    const { speech } = await hear(wav(stereo, 48_000, 2, { format: 'f32' }));
    const expected = sweep(16_000, 1, 0.5).map((value) => value * 0.75);
    expect(difference(speech, expected, 100, 7900)).toBeLessThan(2e-3);
  });

  it('keeps the promised sample counts for any length, down to one sample', async () => {
    for (const length of [1, 2, 3, 1919, 1920, 1921, 1922, 1923, 3840, 5000]) {
      const { master, speech, blocks } = await hear(wav(new Float32Array(length).fill(0.1), 48_000, 1));
      expect(master.length).toBe(length);
      expect(speech.length).toBe(Math.max(1, Math.round(length / 3)));
      for (const block of blocks) expect(block.speech.samples.length).toBeGreaterThan(0);
    }
  });

  it('is read from a path, a URL, bytes and a stream alike, and leaves no temporary file', async () => {
    const before = temporaryFolders();
    const bytes = wav(sweep(16_000, 1, 0.3), 16_000, 1);
    const path = join(folder, 'a name.mp3');
    await writeFile(path, bytes);
    const expected = (await hear(path)).master;
    async function* stream() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    }
    for (const input of [new URL(`file://${path.replace(' ', '%20')}`), bytes, stream()]) {
      expect(difference((await hear(input)).master, expected)).toBe(0);
    }
    async function* failing() {
      yield bytes.subarray(0, 100);
      throw new Error('the connection broke');
    }
    await expect(hear(failing())).rejects.toThrow('the connection broke');
    expect(temporaryFolders()).toBe(before);
  });

  it('reads every kind of plain WAV', async () => {
    const samples = sweep(48_000, 2, 0.2);
    const tolerance: Record<SampleFormat, number> = {
      u8: 0.01,
      s16: 1e-4,
      s24: 1e-6,
      s32: 1e-6,
      f32: 0,
      f64: 1e-7,
    };
    for (const format of Object.keys(tolerance) as SampleFormat[]) {
      for (const mask of [undefined, 3]) {
        const { master, decoder } = await hear(
          wav(samples, 48_000, 2, { format, ...(mask ? { mask } : {}) }),
        );
        expect(decoder).toBe('wav');
        expect(difference(master, samples), format).toBeLessThanOrEqual(tolerance[format]);
      }
    }
    // G.711: code 0xd5 (A-law) and 0xff (mu-law) are the quietest positive steps; 0xaa and 0x80 the loudest.
    for (const [kind, quiet, loud, peak] of [
      [6, 0xd5, 0xaa, 32_256],
      [7, 0xff, 0x80, 32_124],
    ] as const) {
      const raw = Uint8Array.of(quiet, loud, quiet, loud);
      const { master } = await hear(wav(new Float32Array(0), 48_000, 1, { kind, raw }));
      expect([...master].map((value) => Math.round(value * 32_768))).toEqual([
        kind === 6 ? 8 : 0,
        peak,
        kind === 6 ? 8 : 0,
        peak,
      ]);
    }
  });

  it('resamples every rate and mixes more than two channels down', async () => {
    for (const rate of [8_000, 11_025, 44_100, 96_000, 192_000]) {
      const { master, speech } = await hear(wav(sweep(rate, 1, 0.5), rate, 1, { format: 'f32' }));
      expect(master.length).toBe(Math.round((Math.round(rate / 2) * 48_000) / rate));
      expect(speech.length).toBe(Math.round(master.length / 3));
      expect(difference(master, sweep(48_000, 1, 0.5), 1000, 23_000)).toBeLessThan(2e-3);
    }
    // 5.1 with a voice in the centre only: equal on both sides; full level everywhere must not clip.
    const centre = Float32Array.from({ length: 600 }, (_, n) => (n % 6 === 2 ? 0.5 : 0));
    const mixed = await hear(wav(centre, 48_000, 6, { format: 'f32', mask: 0x3f }));
    expect(mixed.channels).toBe(2);
    expect(mixed.master[100]).toBeCloseTo(mixed.master[101]!, 6);
    expect(mixed.master[100]).toBeGreaterThan(0.1);
    const loud = await hear(wav(new Float32Array(600).fill(1), 48_000, 6, { format: 'f32', mask: 0x3f }));
    expect(Math.max(...loud.master)).toBeLessThanOrEqual(1);
    expect(Math.max(...loud.master)).toBeGreaterThan(0.99);
  });

  it('uses what is there when a header lies, with a warning', async () => {
    const samples = sweep(48_000, 1, 0.2);
    const whole = wav(samples, 48_000, 1);
    const cut = await hear(whole.subarray(0, whole.length - 4_801));
    expect([cut.master.length, cut.warnings]).toEqual([7199, ['AUDIO_TRUNCATED']]);
    for (const declared of [0xffff_ffff, 0]) {
      const streamed = await hear(wav(samples, 48_000, 1, { declared }));
      expect([streamed.master.length, streamed.warnings], String(declared)).toEqual([9600, []]);
    }
    const short = await hear(wav(samples, 48_000, 1, { declared: 2000 }));
    expect(short.master.length).toBe(1000);
    const broken = samples.slice();
    broken[5] = Number.NaN;
    expect((await hear(wav(broken, 48_000, 1, { format: 'f32' }))).master[5]).toBe(0);
  });

  it('says when a recording is silent', async () => {
    expect((await hear(wav(new Float32Array(4800), 48_000, 1))).warnings).toEqual(['AUDIO_SILENT']);
    expect((await hear(wav(sweep(48_000, 1, 0.1), 48_000, 1))).warnings).toEqual([]);
  });

  it('refuses what is no recording, by content', async () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, n) => (n * n * 31 + n * 17) & 255);
    const cases: [string, Uint8Array, string][] = [
      ['playlist.wav', Buffer.from('#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n'), 'AUDIO_UNSUPPORTED'],
      ['concat.mp3', Buffer.from("ffconcat version 1.0\nfile '/etc/passwd'\n"), 'AUDIO_UNSUPPORTED'],
      [
        'picture.wav',
        Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
        'AUDIO_UNSUPPORTED',
      ],
      ['noise.mp3', noise, 'AUDIO_CORRUPT'],
      ['no-samples.wav', wav(new Float32Array(0), 48_000, 1), 'AUDIO_EMPTY'],
      ['no-data.wav', wav(new Float32Array(9), 48_000, 1).subarray(0, 36), 'AUDIO_CORRUPT'],
      ['half-header.wav', wav(new Float32Array(9), 48_000, 1).subarray(0, 30), 'AUDIO_CORRUPT'],
      ['no-channels.wav', wav(new Float32Array(9), 48_000, 0), 'AUDIO_CORRUPT'],
      ['flac.flac', Buffer.concat([Buffer.from('fLaC'), noise]), 'AUDIO_CORRUPT'],
      ['ogg.ogg', Buffer.concat([Buffer.from('OggS'), noise]), 'AUDIO_CORRUPT'],
      [
        'mp4.m4a',
        Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.from('M4A \0\0\0\0M4A mp42'), noise]),
        'AUDIO_CORRUPT',
      ],
      ['mp3.mp3', Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), noise]), 'AUDIO_CORRUPT'],
      ['empty.wav', new Uint8Array(0), 'INPUT_EMPTY'],
    ];
    for (const decoder of hasFfmpeg ? (['auto', 'embedded'] as const) : (['embedded'] as const)) {
      for (const [name, bytes, expected] of cases) {
        const path = join(folder, name);
        await writeFile(path, bytes);
        expect(await codeOf(hear(path, { decoder })), `${name} (${decoder})`).toBe(expected);
      }
    }
    expect(await codeOf(hear(join(folder, 'nowhere.wav')))).toBe('INPUT_NOT_FOUND');
    expect(await codeOf(hear(folder))).toBe('INPUT_UNREADABLE');
  });

  it('stops at the limit of length and at a cancellation', async () => {
    const long = wav(sweep(48_000, 1, 3), 48_000, 1);
    expect(await codeOf(hear(long, { maxDuration: 2 }))).toBe('AUDIO_TOO_LONG');
    expect(await codeOf(hear(long, { maxDuration: 3 }))).toBe('nothing was thrown');
    expect(await codeOf(hear(long, { signal: AbortSignal.abort() }))).toBe('CANCELLED');
    const controller = new AbortController();
    const run = async () => {
      await using sound = await openSound(long, { maxDuration: 9, signal: controller.signal });
      for await (const _ of sound.blocks()) controller.abort();
    };
    expect(await codeOf(run())).toBe('CANCELLED');
  });

  it('needs no more memory for a long recording than for a short one', async () => {
    const minutes = 15;
    async function* stream() {
      yield wav(new Float32Array(0), 8_000, 1, { declared: minutes * 60 * 16_000 });
      for (let minute = 0; minute < minutes; minute += 1) yield new Uint8Array(60 * 16_000);
    }
    await using sound = await openSound(stream(), { maxDuration: 4000 });
    const memory: number[] = [];
    let samples = 0;
    for await (const block of sound.blocks()) {
      samples += block.master.length;
      if (samples % (30 * 48_000) < block.master.length) memory.push(process.memoryUsage().rss / 1e6);
    }
    expect(samples).toBe(minutes * 60 * 48_000);
    expect(Math.max(...memory) - memory[0]!, `${memory.map(Math.round)} MB`).toBeLessThan(100);
  });
});

describe('compressed recordings without FFmpeg', () => {
  it('says that FFmpeg is needed for what no embedded decoder reads', async () => {
    hideFfmpeg();
    const adpcm = wav(new Float32Array(0), 48_000, 1, { kind: 2, raw: new Uint8Array(64) });
    expect(await codeOf(hear(adpcm))).toBe('AUDIO_NEEDS_FFMPEG');
    expect(await codeOf(hear(adpcm, { decoder: 'ffmpeg' }))).toBe('DECODER_FAILED');
  });
});

describe.skipIf(!hasFfmpeg)('embedded decoders compared with FFmpeg', () => {
  const source = (rate: number, channels: number) =>
    wav(sweep(rate, channels, 1.5), rate, channels, { format: 's24' });
  const encode = async (name: string, rate: number, channels: number, args: readonly string[]) => {
    const path = join(folder, name);
    ffmpeg(['-f', 'wav', '-i', 'pipe:0', ...args, path], source(rate, channels));
    return path;
  };

  it('decodes FLAC bit for bit', async () => {
    const cases: [number, number, string[]][] = [
      [48_000, 1, ['-sample_fmt', 's16']],
      [48_000, 2, ['-sample_fmt', 's16', '-compression_level', '12']],
      [48_000, 2, ['-sample_fmt', 's32', '-compression_level', '12']],
      [48_000, 1, ['-sample_fmt', 's16', '-lpc_type', 'fixed', '-compression_level', '0']],
    ];
    for (const [rate, channels, args] of cases) {
      const path = await encode('exact.flac', rate, channels, args);
      const own = await hear(path, { decoder: 'embedded' });
      const other = await hear(path, { decoder: 'ffmpeg' });
      expect(own.decoder).toBe('flac');
      expect(own.master.length).toBe(72_000 * channels);
      expect(difference(own.master, other.master), args.join(' ')).toBe(0);
    }
    const noise = wav(
      Float32Array.from({ length: 9999 }, (_, n) => Math.sin(n * n * 12.9898) * 0.9),
      48_000,
      1,
    );
    const path = join(folder, 'noise.flac');
    ffmpeg(['-f', 'wav', '-i', 'pipe:0', path], noise);
    expect(difference((await hear(path, { decoder: 'embedded' })).master, (await hear(noise)).master)).toBe(
      0,
    );
  });

  it('decodes MP3 of every generation like FFmpeg does', async () => {
    const cases: [number, number, string[]][] = [
      [48_000, 1, ['-b:a', '96k']],
      [48_000, 2, ['-b:a', '64k', '-joint_stereo', '1']],
      [48_000, 2, ['-q:a', '0', '-joint_stereo', '0']],
      [44_100, 2, ['-b:a', '128k']],
      [32_000, 1, ['-b:a', '320k']],
      [24_000, 1, ['-b:a', '48k']],
      [22_050, 2, ['-b:a', '32k']],
      [16_000, 1, ['-b:a', '24k']],
      [11_025, 1, ['-b:a', '24k']],
      [8_000, 1, ['-b:a', '16k']],
    ];
    for (const [rate, channels, args] of cases) {
      const path = await encode('like.mp3', rate, channels, ['-c:a', 'libmp3lame', ...args]);
      const own = await hear(path, { decoder: 'embedded' });
      const other = await hear(path, { decoder: 'ffmpeg' });
      const name = `${rate} Hz ${channels} ${args.join(' ')}`;
      expect(own.decoder).toBe('mp3');
      expect(own.master.length, name).toBe(Math.round((Math.round(rate * 1.5) * 48_000) / rate) * channels);
      // At 48 kHz nothing but the decoders differs; elsewhere the two resamplers do, near the ends most.
      const edge = rate === 48_000 ? 0 : 4000;
      const to = own.master.length - edge;
      expect(difference(own.master, other.master, edge, to), name).toBeLessThan(
        rate === 48_000 ? 1e-5 : 0.01,
      );
      expect(own.warnings, name).toEqual([]);
    }
  });

  it('decodes Opus and Vorbis in Ogg and WebM, and FLAC in MP4', async () => {
    for (const [name, args, decoder] of [
      ['a.opus', ['-c:a', 'libopus', '-b:a', '64k'], 'opus'],
      ['a.webm', ['-c:a', 'libopus', '-b:a', '64k'], 'opus'],
      ['a.ogg', ['-c:a', 'libvorbis', '-q:a', '5'], 'vorbis'],
      ['v.webm', ['-c:a', 'libvorbis', '-q:a', '1'], 'vorbis'],
      ['a.mp4', ['-c:a', 'flac', '-strict', '-2'], 'flac'],
    ] as const) {
      for (const channels of [1, 2]) {
        const path = await encode(name, 48_000, channels, args);
        const own = await hear(path, { decoder: 'embedded' });
        const other = await hear(path, { decoder: 'ffmpeg' });
        expect([own.decoder, own.channels]).toEqual([decoder, channels]);
        expect(Math.abs(own.master.length - 72_000 * channels), name).toBeLessThan(1000 * channels);
        expect(difference(own.master, other.master, 0, 70_000 * channels), name).toBeLessThan(
          decoder === 'vorbis' ? 1e-5 : 2e-3,
        );
      }
    }
  });

  it('decodes AAC-LC in MP4 like FFmpeg does', async () => {
    const cases: [number, number, string[]][] = [
      [48_000, 1, ['-b:a', '64k', '-aac_pns', '0']],
      [48_000, 2, ['-b:a', '96k', '-aac_pns', '0', '-aac_is', '1']],
      [48_000, 6, ['-b:a', '256k', '-aac_pns', '0']],
      [24_000, 1, ['-b:a', '32k', '-aac_pns', '0']],
      [44_100, 2, ['-b:a', '128k', '-aac_pns', '0']],
    ];
    for (const [rate, channels, args] of cases) {
      // Clicks in the sweep make the encoder use short windows and noise shaping; at other rates they would mainly
      // compare the two resamplers.
      const clicks = rate === 48_000;
      const samples = sweep(rate, channels, 1.5).map((value, n) =>
        clicks && n % 9001 < 40 ? -value : value * 0.8,
      );
      const path = join(folder, 'like.m4a');
      ffmpeg(
        ['-f', 'wav', '-i', 'pipe:0', '-c:a', 'aac', ...args, path],
        wav(samples, rate, channels, { format: 's24' }),
      );
      const own = await hear(path, { decoder: 'embedded' });
      const other = await hear(path, { decoder: 'ffmpeg' });
      const name = `${rate} Hz ${channels}`;
      expect([own.decoder, own.channels], name).toEqual(['aac', Math.min(2, channels)]);
      expect(Math.abs(own.master.length / own.channels - 72_000), name).toBeLessThan(48);
      expect(own.warnings, name).toEqual([]);
      const end = own.master.length - 4000;
      expect(difference(own.master, other.master, 4000, end), name).toBeLessThan(
        rate === 48_000 ? 1e-4 : 0.02,
      );
    }
    // Noise that stands in for noise differs from decoder to decoder; its level must not.
    const hiss = Float32Array.from(
      { length: 72_000 },
      (_, n) => ((Math.imul(n + 1, 2_654_435_761) >>> 8) % 2000) / 4000 - 0.25,
    );
    const path = join(folder, 'hiss.m4a');
    ffmpeg(
      ['-f', 'wav', '-i', 'pipe:0', '-c:a', 'aac', '-b:a', '24k', '-aac_pns', '1', path],
      wav(hiss, 48_000, 1),
    );
    const power = (samples: Float32Array) =>
      samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    const own = power((await hear(path, { decoder: 'embedded' })).master);
    const other = power((await hear(path, { decoder: 'ffmpeg' })).master);
    expect(Math.abs(10 * Math.log10(own / other))).toBeLessThan(0.5);
  });

  it('takes both paths for each format, and names the ones that need FFmpeg', async () => {
    const files = [
      await encode('b.aac', 48_000, 1, ['-c:a', 'aac']),
      await encode('b.m4a', 48_000, 1, ['-c:a', 'aac']),
      await encode('b.ogg', 48_000, 2, ['-c:a', 'libvorbis']),
      await encode('b.mp3', 48_000, 1, []),
      await encode('b.flac', 48_000, 1, []),
    ];
    for (const path of files) {
      const { decoder, master, channels } = await hear(path);
      expect(decoder, path).toBe('ffmpeg');
      expect(Math.abs(master.length / channels - 72_000), path).toBeLessThan(2500);
    }
    hideFfmpeg();
    const results: (string | undefined)[] = [];
    for (const path of files) results.push(await codeOf(hear(path)));
    expect(results).toEqual(['AUDIO_NEEDS_FFMPEG', ...Array(4).fill('nothing was thrown')]);
  });

  it('keeps the level of stereo when it becomes speech', async () => {
    const tone = sweep(48_000, 1, 1.5);
    const both = Float32Array.from({ length: tone.length * 2 }, (_, n) => tone[n >> 1]!);
    const path = join(folder, 'level.flac');
    ffmpeg(['-f', 'wav', '-i', 'pipe:0', path], wav(both, 48_000, 2));
    const { speech } = await hear(path, { decoder: 'ffmpeg' });
    expect(difference(speech, sweep(16_000, 1, 1.5), 200, 23_000)).toBeLessThan(2e-3);
  });

  it('uses what is left of truncated files, with a warning', async () => {
    for (const [name, args, decoders] of [
      ['cut.mp3', ['-b:a', '64k'], ['ffmpeg', 'embedded']],
      ['cut.flac', [], ['ffmpeg', 'embedded']],
    ] as const) {
      const path = await encode(name, 48_000, 1, args);
      const whole = await import('node:fs/promises').then((fs) => fs.readFile(path));
      const half = whole.subarray(0, Math.floor(whole.length / 2));
      for (const decoder of decoders) {
        const { master, warnings } = await hear(half, { decoder });
        expect(Math.abs(master.length - 36_000), `${name} ${decoder}`).toBeLessThan(12_000);
        expect(warnings, `${name} ${decoder}`).toEqual(['AUDIO_TRUNCATED']);
      }
    }
    const m4a = await import('node:fs/promises').then(async (fs) =>
      fs.readFile(await encode('cut.m4a', 48_000, 1, [])),
    );
    expect(await codeOf(hear(m4a.subarray(0, m4a.length / 2), { decoder: 'ffmpeg' }))).toBe('AUDIO_CORRUPT');
  });

  it('reports a video without sound as empty', async () => {
    const path = join(folder, 'mute.mp4');
    ffmpeg(
      ['-f', 'rawvideo', '-pix_fmt', 'gray', '-video_size', '64x64', '-i', 'pipe:0', path],
      new Uint8Array(64 * 64 * 3),
    );
    expect(await codeOf(hear(path, { decoder: 'ffmpeg' }))).toBe('AUDIO_EMPTY');
    expect(await codeOf(hear(path, { decoder: 'embedded' }))).toBe('AUDIO_EMPTY');
  });
});
