import { beforeAll, describe, expect, it } from 'vitest';
import { frameShot } from '../../src/compose/framing.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  type MotionFrame,
  neutralMotion,
  prepareAvatar,
  seconds,
  viewSchema,
} from '../../src/index.ts';
import { RenderCrew, usefulThreads } from '../../src/pipeline/render-crew.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { StageClock } from '../../src/pipeline/trace.ts';

const view = viewSchema.parse({ size: 96 });
let avatar: Avatar;

beforeAll(async () => {
  avatar = await prepareAvatar(new URL('../../demo/portraits/ava.png', import.meta.url));
}, 60_000);

/** A mouth that opens frame by frame. */
function movement(index: number): MotionFrame {
  const motion = neutralMotion(seconds(index / 25));
  motion.weights[BLENDSHAPE_INDEX.jawOpen] = index / 20;
  return motion;
}

/** Movements in groups of different sizes, as the motion stage hands them over. */
async function* movements(...groups: readonly number[]): AsyncGenerator<MotionFrame[]> {
  let index = 0;
  for (const size of groups) yield Array.from({ length: size }, () => movement(index++));
}

function draw(
  crew: RenderCrew,
  moves: AsyncIterable<MotionFrame[]>,
  signal?: AbortSignal,
  face = avatar,
  threads = 1,
) {
  const clock = new StageClock();
  const frames = crew.draw(face, moves, view, frameShot(face, view.crop, view.size), {
    clock,
    signal,
    threads,
  });
  return { clock, frames };
}

async function exhaust(frames: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of frames);
}

describe('a thread that draws', { timeout: 60_000 }, () => {
  it('draws the same once more, with the renderer that it has and with a new one', async () => {
    await using crew = new RenderCrew();
    const drawn = async (face: Avatar) => {
      const { clock, frames } = draw(crew, movements(3, 2), undefined, face);
      const pictures: Buffer[] = [];
      for await (const { data } of frames) pictures.push(Buffer.from(data));
      return { pictures, spent: clock.report().render };
    };
    const first = await drawn(avatar);
    const again = await drawn(avatar);
    const other = await drawn({ ...avatar });
    expect(again.pictures).toEqual(first.pictures);
    expect(other.pictures).toEqual(first.pictures);
  });

  it('draws what the renderer draws, every frame once and in order, and says how long it took', async () => {
    await using crew = new RenderCrew();
    using renderer = await loadRenderer(meshEngine, avatar, view);
    const { clock, frames } = draw(crew, movements(1, 0, 7, 1));
    let count = 0;
    for await (const frame of frames) {
      const { data, ...expected } = renderer.render(movement(count), count);
      expect(frame).toMatchObject(expected);
      expect(Buffer.compare(frame.data, data), `frame ${count}`).toBe(0);
      count += 1;
    }
    expect(count).toBe(9);
    expect(clock.report().render).toBeGreaterThan(0);
  });

  it('draws the same pictures with one thread and with several, in the same order', async () => {
    await using crew = new RenderCrew();
    const drawn = async (threads: number) => {
      const pictures: Buffer[] = [];
      const indices: number[] = [];
      for await (const { data, index } of draw(crew, movements(2, 30, 1, 30), undefined, avatar, threads)
        .frames) {
        pictures.push(Buffer.from(data));
        indices.push(index);
      }
      return { pictures, indices };
    };
    const alone = await drawn(1);
    expect(alone.pictures).toHaveLength(63);
    // The first time the others join in the middle, the second time they are there from the beginning.
    expect(await drawn(3)).toEqual(alone);
    expect(await drawn(3)).toEqual(alone);
    expect(await drawn(2)).toEqual(alone);
  });

  it('ends without a frame when nothing moves', async () => {
    await using crew = new RenderCrew();
    for await (const _ of draw(crew, movements()).frames) expect.unreachable();
  });

  it('hands on the failure of the renderer', async () => {
    await using crew = new RenderCrew();
    const empty = { ...avatar, mesh: { ...avatar.mesh, vertexCount: 0 } };
    const { frames } = draw(crew, movements(3), undefined, empty);
    await expect(frames.next()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('96 x 96'),
    });
  });

  it('hands on the failure of a movement after the frames before it were made', async () => {
    await using crew = new RenderCrew();
    async function* broken(): AsyncGenerator<MotionFrame[]> {
      yield* movements(4);
      throw new Error('the sound broke off');
    }
    await expect(exhaust(draw(crew, broken()).frames)).rejects.toThrow('the sound broke off');
  });

  it('stops between two frames when it is cancelled', async () => {
    await using crew = new RenderCrew();
    const cancel = new AbortController();
    const { frames } = draw(crew, movements(50), cancel.signal);
    await frames.next();
    cancel.abort();
    await expect(frames.next()).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('fails, and does not wait for ever, when the thread is gone', async () => {
    const crew = new RenderCrew();
    const { frames } = draw(crew, movements(50));
    await frames.next();
    await crew[Symbol.asyncDispose]();
    await expect(exhaust(frames)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('the number of threads', () => {
  it('leaves a core to the rest of the job, and one thread draws what is short', () => {
    expect([1, 2, 3, 4, 64].map((cores) => usefulThreads(1000, cores))).toEqual([1, 1, 2, 3, 3]);
    expect([1, 70, 80, 160, null].map((frames) => usefulThreads(frames, 8))).toEqual([1, 1, 2, 3, 3]);
  });
});
