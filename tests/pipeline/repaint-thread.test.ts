import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { copyVideoFrame, i420Length } from '../../src/kernels/colour/index.ts';
import { type Take, takeRepaintThread } from '../../src/pipeline/repaint-thread.ts';
import { StageClock } from '../../src/pipeline/trace.ts';
import { type Film, motionOf, openFilm, SIZE } from '../engines/lip/filmed-face.ts';

let film: Film;
beforeAll(async () => {
  film = await openFilm();
}, 60_000);

const size = { width: SIZE, height: SIZE };
const mouths = [0, 0.3, 0.6, 0.9].map((jawOpen) => motionOf({ jawOpen }));

/** Repaints a face that stays as it is; gives the first `count` frames. */
async function draw(thread: ReturnType<typeof takeRepaintThread>, count: number): Promise<Uint8Array[]> {
  const { frame, face } = film.shoot(motionOf({}));
  async function* takes(): AsyncGenerator<Take> {
    for (const mouth of mouths) {
      const planes = thread.memory(i420Length(SIZE, SIZE));
      copyVideoFrame(frame, planes);
      yield { frame: { planes, faces: [face] }, over: null, motions: [mouth] };
    }
  }
  thread.load([film.rig], size, null);
  const drawn: Uint8Array[] = [];
  for await (const { y } of thread.draw(takes(), { clock: new StageClock() })) {
    drawn.push(y.slice());
    if (drawn.length === count) break;
  }
  return drawn;
}

test('a thread rests after its job and draws the next one as a new one does, also after half a job', async () => {
  const first = takeRepaintThread();
  const drawn = await draw(first, mouths.length);
  expect(drawn).toHaveLength(mouths.length);
  expect(drawn[3]).not.toEqual(drawn[0]);
  await first[Symbol.asyncDispose]();
  const second = takeRepaintThread();
  expect(second).toBe(first);
  expect(await draw(second, 1)).toEqual(drawn.slice(0, 1));
  await second[Symbol.asyncDispose]();
  await using third = takeRepaintThread();
  expect(third).toBe(first);
  expect(await draw(third, mouths.length)).toEqual(drawn);
});

test('jobs at one time have a thread each, of which one rests', async () => {
  const first = takeRepaintThread();
  const second = takeRepaintThread();
  expect(second).not.toBe(first);
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await using next = takeRepaintThread();
  expect(next).toBe(first);
  await using fresh = takeRepaintThread();
  expect(fresh).not.toBe(second);
  expect(await draw(fresh, 1)).toHaveLength(1);
});

test('a thread that rests lets the program end', () => {
  const thread = new URL('../../src/pipeline/repaint-thread.ts', import.meta.url).href;
  const host = new URL('../../src/platform/node/use.ts', import.meta.url).href;
  const program = `await import(${JSON.stringify(host)});
    const { takeRepaintThread } = await import(${JSON.stringify(thread)});
    await takeRepaintThread()[Symbol.asyncDispose]();`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 45_000,
  });
  expect(String(stderr)).toBe('');
  expect(status).toBe(0);
}, 60_000);
