/** Videos of people that say something else, from the file to the file. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Progress,
  prepareFootage,
  type RenderJob,
  type RenderReport,
  renderFile,
} from '../../src/index.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, makeClip, movingPortrait, PORTRAIT_SIDE } from '../fixtures/clips.ts';
import {
  environment,
  expectTidy,
  failure,
  inputFile,
  onPath,
  outputs,
  portrait,
  speech,
} from './support/room.ts';

if (!hasFfmpeg) console.log('FFmpeg is not installed: nobody in a video says anything else.');

/** Frames of the clip. */
const LENGTH = 30;

let clip = '';
beforeAll(() => {
  if (!hasFfmpeg) return;
  clip = movingPortrait('person.mp4', LENGTH, 'null', [...['-c:v', 'libx264', '-crf', '16']]);
});

const output = (name = 'video.mp4') => join(outputs, name);

function speak(change: Partial<RenderJob> = {}): Promise<RenderReport> {
  return renderFile({ image: clip, audio: speech, output: output(), preset: 'fast', ...change });
}

/** What a program prints. */
function run(command: string, args: readonly string[]): Buffer {
  return spawnSync(command, args, { maxBuffer: 1 << 28 }).stdout;
}

/** What a video holds. */
function probe(path: string): { width: number; height: number; frames: number; sound: number } {
  const facts = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path];
  const found = JSON.parse(String(run('ffprobe', facts))) as {
    streams: {
      codec_type: string;
      width: number;
      height: number;
      nb_read_frames: string;
      duration: string;
    }[];
  };
  const video = found.streams.find(({ codec_type: kind }) => kind === 'video')!;
  const audio = found.streams.find(({ codec_type: kind }) => kind === 'audio')!;
  return {
    width: video.width,
    height: video.height,
    frames: Number(video.nb_read_frames),
    sound: Number(audio.duration),
  };
}

/** Loudness (root mean square) of a part of a video's sound. */
function loudness(path: string, from: number, length: number): number {
  const pcm = spawnSync('ffmpeg', [
    ...['-v', 'error', '-ss', String(from), '-t', String(length), '-i', path],
    ...['-ac', '1', '-f', 'f32le', '-'],
  ]).stdout;
  const samples = new Float32Array(pcm.buffer, pcm.byteOffset, pcm.length >> 2);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

describe.runIf(hasFfmpeg)('a video of a person', { timeout: 240_000 }, () => {
  test.each([0.4, 3.2])('says %f seconds in as many frames, in its own size and rate', async (seconds) => {
    const report = await speak({ audio: babbleWav(seconds) });
    const facts = probe(output());
    expect(facts).toMatchObject({ width: PORTRAIT_SIDE, height: PORTRAIT_SIDE, frames: report.frames });
    expect(Math.abs(report.frames - seconds * 25)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(facts.sound - facts.frames / 25)).toBeLessThan(0.05);
    expect(report.footage).toMatchObject({ clip: 0, framesWithoutFace: 0 });
    expect(report.footage!.transitions.length > 0).toBe(seconds > 2);
    expect(report.fps).toBe(25);
    expectTidy(['video.mp4']);
  });

  test('is prepared once', async () => {
    expect((await speak({ audio: babbleWav(0.2) })).avatarCached).toBe(true);
  });

  test('can be given as bytes', async () => {
    const report = await speak({ image: new Uint8Array(readFileSync(clip)) });
    expect(report.footage).not.toBeNull();
    expectTidy(['video.mp4']);
  });

  test('is cut to the head and scaled if that is asked for', async () => {
    await speak({ crop: 'head', size: 128, fps: 20 });
    expect(probe(output())).toMatchObject({ width: 128, height: 128, frames: 10 });
  });

  test('becomes pictures as a photo does', async () => {
    const report = await speak({ output: join(outputs, 'frames/'), audio: babbleWav(0.2) });
    expect(report.frames).toBe(5);
    expectTidy(['frames']);
  });

  test('needs no encoder but the embedded one', async () => {
    const report = await speak({ encoder: 'embedded' });
    expect(report.encoder).toBe('embedded');
    expect(probe(output()).frames).toBe(report.frames);
  });

  test('goes on where the last job left it', async () => {
    const first = await speak({ audio: babbleWav(0.2) });
    const { position, start } = first.footage!;
    // As many frames on, or fewer where the end was slowed down.
    expect(position.frame).toBeGreaterThan(Math.round(start * 25));
    expect(position.frame).toBeLessThanOrEqual(Math.round(start * 25) + first.frames);
    const second = await speak({ audio: babbleWav(0.2), resume: position, force: true });
    expect(Math.round(second.footage!.start * 25)).toBe(position.frame);
    const other = await speak({
      audio: babbleWav(0.2),
      resume: { ...position, footage: 'another' },
      force: true,
    });
    expect(other.warnings.map(({ code }) => code)).toContain('POSITION_OF_OTHER_FOOTAGE');
  });

  test('tells how far it is, from following the face to the end', async () => {
    const events: Progress[] = [];
    const report = await speak({ cache: false, onProgress: (event) => void events.push(event) });
    expect(report.avatarCached).toBe(false);
    const done = events.map((event) => event.done);
    expect(done.toSorted((a, b) => a - b)).toEqual(done);
    expect(done.at(-1)).toBe(1);
    expect(new Set(events.map(({ stage }) => stage))).toEqual(
      new Set(['audio', 'avatar', 'render', 'finish']),
    );
  });

  test('keeps its own sound under the speech at the level that is asked for', async () => {
    const sounding = makeClip('sounding.mp4', [
      ...['-i', clip, '-f', 'lavfi', '-i', 'sine=frequency=300:duration=1.2', '-c:v', 'copy', '-c:a', 'aac'],
    ]);
    const quiet = babbleWav(2, 2);
    await speak({ image: sounding, audio: quiet, keepAudioBed: -6 });
    await speak({ image: sounding, audio: quiet, keepAudioBed: -26, output: output('less.mp4') });
    const [more, less] = [loudness(output(), 0.2, 1.6), loudness(output('less.mp4'), 0.2, 1.6)];
    expect(20 * Math.log10(more / less)).toBeCloseTo(20, 0);
    expect(more).toBeGreaterThan(0.03);
    const silent = await speak({ keepAudioBed: -6, force: true });
    expect(silent.warnings.map(({ code }) => code)).toContain('FOOTAGE_SILENT');
  });

  test('of two people gives each a voice of their own', async () => {
    const both = makeClip('both.mp4', [
      '-i',
      clip,
      '-i',
      clip,
      '-filter_complex',
      'hstack',
      '-c:v',
      'libx264',
    ]);
    const report = await speak({
      image: both,
      face: { x: 0.25, y: 0.5 },
      also: [{ face: { x: 0.75, y: 0.5 }, audio: babbleWav(0.8) }],
    });
    expect(report).toMatchObject({ width: 2 * PORTRAIT_SIDE, frames: 20 });
    const same = await failure(
      speak({ image: both, face: 1, also: [{ face: 1, audio: speech }], output: output('a.mp4') }),
      ['video.mp4'],
    );
    expect(same.code).toBe('FACE_INDEX');
  });
});

describe.runIf(hasFfmpeg)('what footage cannot do', { timeout: 240_000 }, () => {
  test.each<[string, Partial<RenderJob>, string]>([
    ['another background', { background: 'blur' }, 'OPTION_INVALID'],
    ['teeth of a photo', { teeth: portrait }, 'OPTION_INVALID'],
    ['a face that is not there', { face: 4 }, 'FACE_INDEX'],
    ['a size that the embedded encoder cannot make', { size: 96, encoder: 'embedded' }, 'ENCODER_MISSING'],
  ])('is refused: %s', async (_, change, code) => {
    expect((await failure(speak(change))).code).toBe(code);
  });

  test.each<[string, Partial<RenderJob>]>([
    ['several voices', { also: [{ face: 2, audio: speech }] }],
    ['a position', { resume: { footage: 'x', clip: 0, frame: 1, direction: 1 } }],
    ['an audio bed', { keepAudioBed: -10 }],
  ])('a photo is refused %s', async (_, change) => {
    expect((await failure(speak({ image: portrait, size: 64, ...change }))).code).toBe('OPTION_INVALID');
  });

  test('without FFmpeg is said', async () => {
    const error = await failure(onPath('without FFmpeg', () => speak({ cache: false })));
    expect(error.code).toBe('FFMPEG_MISSING');
  });
});

describe.runIf(hasFfmpeg)('when something breaks', { timeout: 240_000 }, () => {
  test('a cancelled job leaves nothing behind', async () => {
    for (const when of ['avatar', 'render'] as const) {
      const controller = new AbortController();
      const run = speak({
        audio: babbleWav(20),
        cache: when === 'render',
        signal: controller.signal,
        onProgress: ({ stage, done }) => stage === when && done > 0.01 && controller.abort(),
      });
      expect((await failure(run)).code).toBe('CANCELLED');
    }
  });

  test('a clip that was cut short ends with an error or with what can be read of it', async () => {
    const path = await inputFile('short.mp4', new Uint8Array(readFileSync(clip)));
    truncateSync(path, readFileSync(clip).length - 2000);
    const outcome = await speak({ image: path }).then(
      (report) => report.frames,
      (error: { code: string }) => error.code,
    );
    expect([13, 'VIDEO_UNSUPPORTED', 'DECODER_FAILED']).toContain(outcome);
  });

  test('an avatar file is as good as the clip, and damaged when it was cut short', async () => {
    const path = join(outputs, 'me.avatar');
    await (await prepareFootage(clip, { output: path }))[Symbol.asyncDispose]();
    expect((await speak({ image: path, audio: babbleWav(0.2), output: output('a.mp4') })).avatarCached).toBe(
      true,
    );
    truncateSync(path, readFileSync(path).length - 5000);
    expect((await failure(speak({ image: path }), ['a.mp4', 'me.avatar'])).code).toBe('AVATAR_CORRUPT');
  });

  test.skipIf(process.platform === 'win32')(
    'an FFmpeg that is killed while it decodes is a failure of decoding',
    async () => {
      await speak({ output: output('first.mp4') });
      const real = String(spawnSync('which', ['ffmpeg']).stdout).trim();
      const folder = join(environment.TMPDIR, '..', 'breaking');
      mkdirSync(folder, { recursive: true });
      // Decoding of pictures ends after a few frames of bytes, as if the program had been killed.
      const script = `#!/bin/sh\ncase "$*" in\n  *rawvideo*pipe:1*) ${real} "$@" | head -c 900000; kill -9 $$ ;;\n  *) exec ${real} "$@" ;;\nesac\n`;
      writeFileSync(join(folder, 'ffmpeg'), script);
      chmodSync(join(folder, 'ffmpeg'), 0o755);
      const path = process.env['PATH'];
      process.env['PATH'] = `${folder}${delimiter}${path}`;
      try {
        expect((await failure(speak(), ['first.mp4'])).code).toBe('DECODER_FAILED');
      } finally {
        process.env['PATH'] = path;
      }
    },
  );
});
