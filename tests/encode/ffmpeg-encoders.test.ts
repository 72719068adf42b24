import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { findFfmpegEncoder } from '../../src/encode/ffmpeg-encoders.ts';
import { platform } from '../../src/platform/index.ts';
import '../../src/platform/node/use.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasFfmpeg) console.log('FFmpeg is not installed: the search for its encoders is not tested.');

it.runIf(hasFfmpeg)(
  'a job that is cancelled while encoders are tried does not cancel its neighbour',
  async () => {
    const command = (await platform().which('ffmpeg'))!;
    const controller = new AbortController();
    const cancelled = findFfmpegEncoder(command, 'mp4', controller.signal);
    const neighbour = findFfmpegEncoder(command, 'mp4');
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await neighbour)?.name).toMatch(/264/);
  },
);
