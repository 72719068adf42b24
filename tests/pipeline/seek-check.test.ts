import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../src/platform/node/use.ts';
import type { VideoFrame } from '../../src/core/index.ts';
import { type ClipFormat, probeClip } from '../../src/media/clip-format.ts';
import { readClip } from '../../src/media/clip-reader.ts';
import { SeekCheck } from '../../src/pipeline/seek-check.ts';
import { hasFfmpeg } from '../fixtures/clips.ts';

const folder = mkdtempSync(join(tmpdir(), 'loquent-test-seek-'));
const source = { path: join(folder, 'clip.mp4') };
const FRAMES = 100;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(hasFfmpeg)('single frames of a clip', () => {
  let format: ClipFormat;
  let all: VideoFrame[];

  beforeAll(async () => {
    const picture = `testsrc2=size=128x96:rate=25:duration=${FRAMES / 25}`;
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '20', '-pix_fmt', 'yuv420p'];
    spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', picture, ...coded, source.path]);
    format = await probeClip(source);
    all = [];
    for await (const frame of readClip(source, format, { from: 0 })) all.push(owned(frame));
  });

  test('are those of the whole clip, and it is read in any order from then on', async () => {
    const check = new SeekCheck(source, format, undefined);
    expect(await passed(check, all)).toBe(FRAMES);
    const checked = check.check();
    const wanted = [90, 3, 47];
    const found = await Promise.all(wanted.map((index) => check.frame(index)));
    await checked;
    expect(found).toEqual(wanted.map((index) => all[index]));
    expect(check.format.seekable).toBe(true);
  });

  test('are read from the first frame on where an index leads elsewhere', async () => {
    const check = new SeekCheck(source, format, undefined);
    // What was seen in the first pass is two frames off from what seeking finds.
    await passed(check, [...all.slice(2), ...all.slice(0, 2)]);
    await check.check();
    expect(check.format.seekable).toBe(false);
    expect(await check.frame(60)).toEqual(all[60]);
  });

  test('are looked at only where no other frame is read nearby', async () => {
    const elsewhere = async (): Promise<SeekCheck> => {
      const check = new SeekCheck(source, format, undefined);
      await passed(check, [...all.slice(2), ...all.slice(0, 2)]);
      return check;
    };
    const near = await elsewhere();
    await near.check([Math.round(0.5 * FRAMES), Math.round(0.8 * FRAMES)]);
    expect(near.format.seekable).toBe(true);
    await near.frame(Math.round(0.8 * FRAMES));
    expect(near.format.seekable).toBe(false);
    const far = await elsewhere();
    await far.check([Math.round(0.5 * FRAMES)]);
    expect(far.format.seekable).toBe(false);
  });
});

/** Has a check watch frames. Returns how many came through. */
async function passed(check: SeekCheck, frames: readonly VideoFrame[]): Promise<number> {
  let count = 0;
  for await (const _ of check.watch(given(frames))) count++;
  return count;
}

async function* given(frames: readonly VideoFrame[]): AsyncGenerator<VideoFrame> {
  yield* frames;
}

const owned = ({ y, u, v, ...size }: VideoFrame): VideoFrame => ({
  ...size,
  y: y.slice(),
  u: u.slice(),
  v: v.slice(),
});
