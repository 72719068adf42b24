import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareLipRig } from '../../src/avatar/preparation/index.ts';
import {
  type Footage,
  LoquentError,
  loadAnyAvatar,
  loadAvatar,
  openCache,
  openFootage,
  type Progress,
  prepareFootage,
  type TrackedFace,
} from '../../src/index.ts';
import {
  hasFfmpeg,
  makeClip,
  movingPortrait,
  PORTRAIT_SIDE,
  pattern,
  portraitWindow,
} from '../fixtures/clips.ts';

if (!hasFfmpeg) console.log('FFmpeg is not installed: no footage is prepared.');

const room = mkdtempSync(join(tmpdir(), 'footage-'));
const before = process.env['LOQUENT_CACHE'];
process.env['LOQUENT_CACHE'] = join(room, 'cache');
afterAll(() => {
  if (before === undefined) delete process.env['LOQUENT_CACHE'];
  else process.env['LOQUENT_CACHE'] = before;
  rmSync(room, { recursive: true, force: true });
});

const failure = async (work: Promise<unknown>): Promise<LoquentError> => {
  const error = await work.then(
    () => expect.fail('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LoquentError);
  return error as LoquentError;
};

/** Landmarks in the picture behind the moving window. */
const inPicture = ({ landmarks }: TrackedFace, frame: number, point: number): [number, number] => {
  const { x, y } = portraitWindow(frame);
  return [landmarks[point * 3]! + x, landmarks[point * 3 + 1]! + y];
};

describe.runIf(hasFfmpeg)('footage', () => {
  const frames = 40;
  const file = join(room, 'me.avatar');
  const progress: Progress[] = [];
  let footage: Footage;
  let clip = '';

  beforeAll(async () => {
    clip = movingPortrait('moving.mp4', frames);
    footage = await prepareFootage(clip, { output: file, onProgress: (step) => progress.push(step) });
  }, 240_000);

  test('is followed exactly as the head moves, without trembling', async () => {
    const [{ faces, frameCount, width, fps, emptyFrames, faceHeights }] = footage.clips as [
      Footage['clips'][number],
    ];
    // The edge of a lip is soft over 1.4 mm of the 185 mm from forehead to chin: what drifts by less stays on it. What lasts is
    // seen sooner; the middle of the drift is less than half of that.
    const soft = (1.4 / 185) * faceHeights[0]!;
    expect({ faces: faces.length, frameCount, width, fps, emptyFrames }).toEqual({
      faces: 1,
      frameCount: frames,
      width: PORTRAIT_SIDE,
      fps: 25,
      emptyFrames: 0,
    });
    for (const point of [1, 33, 263, 61, 291, 152]) {
      const places: [number, number][] = [];
      for (let frame = 0; frame < frames; frame++) {
        places.push(inPicture((await faces[0]!.at(frame))!, frame, point));
      }
      const mean = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis]!, 0) / frames);
      const away = places.map((place) => Math.hypot(place[0] - mean[0]!, place[1] - mean[1]!));
      // The face moves by up to 10 pixels a frame.
      expect(Math.max(...away), `landmark ${point}`).toBeLessThan(soft);
      expect(away.sort((a, b) => a - b)[frames >> 1]!, `landmark ${point}`).toBeLessThan(soft / 2);
    }
  });

  test('has a rest face with closed lips, a portrait, and a summary of every frame', async () => {
    const face = footage.clips[0]!.faces[0]!;
    const { summary } = face;
    const { rest, portrait } = await face.identity();
    expect(rest.gap).toBe(0);
    for (const axis of [0, 1])
      expect(rest.landmarks[13 * 3 + axis]).toBeCloseTo(rest.landmarks[14 * 3 + axis]!, 1);
    const { width, height, data } = portrait.picture;
    expect(data).toHaveLength(width * height * 4);
    const [x, y] = [portrait.face.landmarks[3]!, portrait.face.landmarks[4]!];
    expect(Math.hypot(x - width / 2, y - height / 2)).toBeLessThan(0.15 * width);
    expect(summary.seen.every((seen) => seen === 1)).toBe(true);
    expect([...summary.cut]).toEqual([1, ...new Array(frames - 1).fill(0)]);
    expect(summary.mouth.every((gap) => gap < 12)).toBe(true);
    expect(summary.eyes.every((opening) => opening > 40)).toBe(true);
    // The window's movement shows in the pose, and as movement beside the face.
    expect(Math.max(...summary.bodyMotion)).toBeGreaterThan(8);
  });

  test('brings what a lip engine must know of the person', async () => {
    const face = footage.clips[0]!.faces[0]!;
    expect(await face.lipRig()).toEqual(await prepareLipRig(await face.identity()));
  });

  test('is read again from its file alone, and any damage is noticed', async () => {
    await using again = await openFootage(file);
    await again.verify();
    const face = again.clips[0]!.faces[0]!;
    expect(await face.at(17)).toEqual(await footage.clips[0]!.faces[0]!.at(17));
    expect(await face.at(frames)).toBeNull();
    let count = 0;
    for await (const frame of again.clips[0]!.frames(35, 100)) {
      count++;
      expect(frame.y).toHaveLength(PORTRAIT_SIDE ** 2);
    }
    expect(count).toBe(5);
    const bytes = readFileSync(file);
    const damaged = join(room, 'damaged.avatar');
    for (const at of [60, bytes.length >> 1, bytes.length - 20]) {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 4;
      writeFileSync(damaged, copy);
      const check = async () => {
        await using opened = await openFootage(damaged);
        await opened.verify();
      };
      expect(await failure(check())).toMatchObject({ code: 'AVATAR_CORRUPT' });
    }
    writeFileSync(damaged, bytes.subarray(0, bytes.length - 100));
    expect(await failure(openFootage(damaged))).toMatchObject({ code: 'AVATAR_CORRUPT' });
  });

  test('is told from an avatar of a photo', async () => {
    expect(await failure(loadAvatar(file))).toMatchObject({ code: 'AVATAR_KIND' });
    const any = await loadAnyAvatar(file);
    expect(any?.kind).toBe('footage');
    if (any?.kind === 'footage') await any.footage[Symbol.asyncDispose]();
    expect(await loadAnyAvatar(clip)).toBeNull();
  });

  test('reports its progress', () => {
    expect(progress).toHaveLength(frames);
    expect(progress.at(-1)).toMatchObject({ stage: 'avatar', frames, totalFrames: frames, done: 1 });
  });

  test('is kept in the cache, and damage there is found', async () => {
    await using first = await prepareFootage(clip);
    const started = statSync(first.path).mtimeMs;
    const events: Progress[] = [];
    await using second = await prepareFootage(clip, { onProgress: (step) => events.push(step) });
    expect([second.path, second.id, events]).toEqual([first.path, first.id, []]);
    expect(statSync(first.path).mtimeMs).toBeGreaterThanOrEqual(started);
    const cache = await openCache();
    expect(await cache.list()).toMatchObject([{ key: first.id, size: first.bytes }]);
    expect(await cache.verify()).toEqual({ intact: 1, removed: [] });
    const bytes = readFileSync(first.path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(first.path, bytes);
    expect(await cache.verify()).toEqual({ intact: 0, removed: [first.id] });
    expect(readdirSync(cache.directory)).toEqual([]);
  }, 240_000);

  test('with a cut, a face that goes and comes, and two people', async () => {
    const single = movingPortrait('single.mp4', 24);
    const gone = ['-f', 'lavfi', '-i', `testsrc2=s=${PORTRAIT_SIDE}x${PORTRAIT_SIDE}:r=25:d=0.8`];
    const joined = makeClip('joined.mp4', [
      ...['-i', single, ...gone],
      ...['-filter_complex', '[0:v]split[a][b];[b]hflip[c];[a][1:v][c]concat=n=3:v=1:a=0,setsar=1'],
      ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-r', '25'],
    ]);
    await using cutFootage = await prepareFootage(joined, { output: join(room, 'cut.avatar') });
    const [{ faces, emptyFrames, frameCount }] = cutFootage.clips as [Footage['clips'][number]];
    expect([faces.length, frameCount, emptyFrames]).toEqual([1, 68, 20]);
    const { summary } = faces[0]!;
    expect([...summary.cut.keys()].filter((frame) => summary.cut[frame])).toEqual([0, 24, 44]);
    expect(await faces[0]!.at(30)).toBeNull();
    expect((await faces[0]!.at(44))?.visibility).toBe(1);

    const pair = makeClip('pair.mp4', [
      ...['-i', single],
      ...['-filter_complex', '[0:v]split[a][b];[b]hflip,scale=240:240,pad=240:480:0:100[c];[a][c]hstack'],
      ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p'],
    ]);
    await using two = await prepareFootage(pair, { output: join(room, 'two.avatar') });
    const heights = two.clips[0]!.faceHeights;
    expect(heights).toHaveLength(2);
    expect(heights[0]! / heights[1]!).toBeCloseTo(2, 0);
    // Each keeps to its side.
    for (let frame = 0; frame < 24; frame++) {
      expect((await two.clips[0]!.faces[0]!.at(frame))!.landmarks[3]).toBeLessThan(480);
      expect((await two.clips[0]!.faces[1]!.at(frame))!.landmarks[3]).toBeGreaterThan(480);
    }
  }, 240_000);

  test('that cannot be used is refused with the reason, and nothing is left', async () => {
    const output = join(room, 'refused.avatar');
    const refused = (path: string | string[], more: object = {}) =>
      failure(prepareFootage(path, { output, ...more }));
    const short = movingPortrait('short.mp4', 6);
    expect(await refused(short)).toMatchObject({ code: 'VIDEO_UNSUPPORTED' });
    const nobody = makeClip('nobody.mp4', [...pattern('320x240', 25, 1), '-pix_fmt', 'yuv420p']);
    expect(await refused(nobody)).toMatchObject({ code: 'FACE_NOT_FOUND' });
    expect(await refused(join(room, 'missing.mp4'))).toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(await refused([])).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await refused(clip, { output: file })).toMatchObject({ code: 'OUTPUT_EXISTS' });
    const controller = new AbortController();
    const cancelled = refused(clip, {
      signal: controller.signal,
      onProgress: ({ frames: done }: Progress) => {
        if (done === 5) controller.abort();
      },
    });
    expect(await cancelled).toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(room).filter((name) => name.includes('loquent') || name.includes('refused'))).toEqual(
      [],
    );
    copyFileSync(clip, join(room, 'kept.mp4'));
  }, 240_000);
});
