/** Jobs with footage that are cancelled, or whose files and programs break. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { prepareFootage } from '../../src/index.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg } from '../fixtures/clips.ts';
import { clip, output, speak } from './support/footage.ts';
import { environment, failure, inputFile, outputs } from './support/room.ts';

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
