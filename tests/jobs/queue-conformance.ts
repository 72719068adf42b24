import { describe, expect, test } from 'vitest';
import { LoquentError } from '../../src/core/index.ts';
import type { Claim, Job, JobKind, NewJob } from '../../src/jobs/job.ts';
import type { JobQueue } from '../../src/jobs/job-queue.ts';

/** Limits that the tests count on. */
export const LIMITS = { lease: 10_000, mostPerOwner: 20, most: 30 } as const;

/** A driver under test: a fresh, empty queue on a clock that the test sets, with waits at their middle. */
export interface QueueUnderTest extends AsyncDisposable {
  readonly queue: JobQueue;
  /** Moves the clock on, milliseconds. */
  wait(time: number): void;
}

const broken = new LoquentError('INTERNAL', 'It broke.');
const badInput = new LoquentError('FACE_NOT_FOUND', 'No face.');

let count = 0;
const job = (owner = 'ann', more: Partial<NewJob> = {}): NewJob => {
  count += 1;
  return { id: `vid_${count}`, kind: 'video', owner, input: { count }, ...more };
};

/** Runs every promise of {@link JobQueue} against a driver. */
export function describeQueue(name: string, open: () => Promise<QueueUnderTest>): void {
  const accept = async (queue: JobQueue, ...jobs: NewJob[]): Promise<readonly Job[]> =>
    (await queue.add(jobs)).jobs;
  const claim = async (queue: JobQueue, kinds: readonly JobKind[] = ['video']): Promise<Claim> => {
    const claimed = await queue.claim(kinds);
    if (!claimed) throw new Error('There was nothing to claim.');
    return claimed;
  };
  const stateOf = async (queue: JobQueue, id: string) => (await queue.get(id))?.state;

  describe(`${name} as a queue`, () => {
    test('keeps a job as it was given, and hands it out once', async () => {
      await using it = await open();
      const given = job('ann', { batch: 'bat_1', requestId: 'request-1', priority: 3 });
      const [made] = await accept(it.queue, given);
      expect(made).toMatchObject({
        ...given,
        state: 'waiting',
        attempt: 0,
        progress: null,
        result: null,
        error: null,
      });
      expect(await it.queue.get(given.id)).toEqual(made);
      const { job: running } = await claim(it.queue);
      expect(running).toMatchObject({ id: given.id, state: 'running', attempt: 1 });
      expect(await it.queue.claim(['video'])).toBeNull();
      expect(await it.queue.get('vid_none')).toBeNull();
    });

    test('a job cannot end with a file that was forgotten; its attempt can fail then', async () => {
      await using it = await open();
      const file = `file_${'0'.repeat(20)}`;
      const asset = { id: file, owner: 'ann', mediaType: 'video/mp4', bytes: 1, sha256: 'aa' };
      const [{ id } = job()] = await accept(it.queue, job());
      await it.queue.complete(await claim(it.queue), { file }, [asset]);
      const [second = job()] = await accept(it.queue, job());
      const held = await claim(it.queue);
      expect(await it.queue.forget(id)).toEqual([file]);
      await expect(it.queue.complete(held, { file })).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await stateOf(it.queue, second.id)).toBe('running');
      expect(await it.queue.fail(held, broken)).toBe(true);
      expect(await stateOf(it.queue, second.id)).toBe('waiting');
    });

    test('finds the newest job of an owner that was made of the same', async () => {
      await using it = await open();
      const made = async (owner: string, content: string | null, result: string) => {
        const [{ id } = job()] = await accept(it.queue, job(owner, { content }));
        expect(await it.queue.made(owner, 'the same')).not.toMatchObject({ id });
        await it.queue.complete(await claim(it.queue), result);
        return id;
      };
      expect(await it.queue.made('ann', 'the same')).toBeNull();
      await made('ann', 'the same', 'first');
      const newest = await made('ann', 'the same', 'second');
      await made('ann', 'another', 'third');
      await made('ann', null, 'fourth');
      await made('bob', 'the same', 'fifth');
      expect(await it.queue.made('ann', 'the same')).toMatchObject({ id: newest, result: 'second' });
      await accept(it.queue, job('ann', { content: 'bad' }));
      await it.queue.fail(await claim(it.queue), badInput);
      expect(await it.queue.made('ann', 'bad')).toBeNull();
    });

    test('hands out only the kinds that are asked for', async () => {
      await using it = await open();
      await accept(it.queue, job('ann', { kind: 'avatar' }));
      expect(await it.queue.claim(['video', 'webhook'])).toBeNull();
      expect((await claim(it.queue, ['video', 'avatar'])).job.kind).toBe('avatar');
    });

    test('ends a job once: whoever lost the claim changes nothing', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      const first = await claim(it.queue);
      it.wait(LIMITS.lease + 1);
      expect(await it.queue.reap()).toBe(1);
      expect(await it.queue.complete(first, { from: 'first' })).toBe(false);
      expect(await it.queue.fail(first, broken)).toBe(false);
      expect(await it.queue.release(first)).toBe(false);
      expect(await it.queue.renew(first)).toBe('lost');
      it.wait(60_000);
      const second = await claim(it.queue);
      expect(await it.queue.complete(second, { from: 'second' })).toBe(true);
      expect(await it.queue.complete(second, { from: 'third' })).toBe(false);
      expect(await it.queue.get(id)).toMatchObject({ state: 'done', attempt: 2, result: { from: 'second' } });
    });

    test('a claim that is renewed holds, with the progress that was told', async () => {
      await using it = await open();
      await accept(it.queue, job());
      const held = await claim(it.queue);
      for (let step = 1; step <= 3; step++) {
        it.wait(LIMITS.lease - 1);
        expect(await it.queue.renew(held, { stage: 'render', done: step / 4, eta: null })).toBe('go on');
        expect(await it.queue.reap()).toBe(0);
      }
      expect(await it.queue.get(held.job.id)).toMatchObject({ state: 'running', progress: { done: 0.75 } });
    });

    test('tries again after failures that are not the client’s, later each time, three times in all', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      expect(await it.queue.fail(await claim(it.queue), broken)).toBe(true);
      expect(await it.queue.get(id)).toMatchObject({ state: 'waiting', error: { code: 'INTERNAL' } });
      expect(await it.queue.claim(['video'])).toBeNull();
      it.wait(1_000);
      await it.queue.fail(await claim(it.queue), broken);
      it.wait(1_000);
      expect(await it.queue.claim(['video'])).toBeNull();
      it.wait(3_000);
      await it.queue.fail(await claim(it.queue), broken);
      expect(await it.queue.get(id)).toMatchObject({
        state: 'failed',
        attempt: 3,
        error: { message: 'It broke.' },
      });
    });

    test('never tries bad input again', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      await it.queue.fail(await claim(it.queue), badInput);
      expect(await it.queue.get(id)).toMatchObject({
        state: 'failed',
        attempt: 1,
        error: { code: 'FACE_NOT_FOUND' },
      });
    });

    test('a job whose workers die every time ends as failed', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      for (let attempt = 0; attempt < 3; attempt++) {
        await claim(it.queue);
        it.wait(LIMITS.lease + 1);
        await it.queue.reap();
        it.wait(60_000);
      }
      expect(await it.queue.get(id)).toMatchObject({
        state: 'failed',
        attempt: 3,
        error: { code: 'WORKER_LOST' },
      });
    });

    test('a job that was given back was not tried', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      expect(await it.queue.release(await claim(it.queue))).toBe(true);
      expect(await it.queue.get(id)).toMatchObject({ state: 'waiting', attempt: 0 });
      expect((await claim(it.queue)).job).toMatchObject({ id, attempt: 1 });
    });

    test('after a crash every running job can be taken back at once', async () => {
      await using it = await open();
      await accept(it.queue, job(), job());
      await claim(it.queue);
      await claim(it.queue);
      expect(await it.queue.reap()).toBe(0);
      expect(await it.queue.reap(true)).toBe(2);
    });

    test('a service that ends again and again costs a job no attempt, but not for ever', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      for (let crash = 0; crash < 10; crash++) {
        expect((await claim(it.queue)).job.attempt).toBe(1);
        await it.queue.reap(true);
        expect(await it.queue.get(id)).toMatchObject({ state: 'waiting', attempt: 0, error: null });
      }
      for (let crash = 0; crash < 3; crash++) {
        await claim(it.queue);
        await it.queue.reap(true);
        it.wait(60_000);
      }
      expect(await it.queue.get(id)).toMatchObject({ state: 'failed', error: { code: 'WORKER_LOST' } });
    });

    test('what somebody has to install is not waited for, a full disk longer than a moment', async () => {
      await using it = await open();
      const [{ id: missing } = job()] = await accept(it.queue, job());
      await it.queue.fail(await claim(it.queue), new LoquentError('VOICE_MISSING', 'No voice.'));
      expect(await it.queue.get(missing)).toMatchObject({ state: 'failed', attempt: 1 });
      await accept(it.queue, job());
      await it.queue.fail(await claim(it.queue), new LoquentError('DISK_FULL', 'No room.'));
      it.wait(10_000);
      expect(await it.queue.claim(['video'])).toBeNull();
      it.wait(20_000);
      expect((await claim(it.queue)).job.attempt).toBe(2);
    });

    test('higher priority goes first, then the order of acceptance', async () => {
      await using it = await open();
      const [low, high, second] = await accept(it.queue, job(), job('ann', { priority: 5 }), job());
      const order = [await claim(it.queue), await claim(it.queue), await claim(it.queue)].map(
        (one) => one.job.id,
      );
      expect(order).toEqual([high!.id, low!.id, second!.id]);
    });

    test('an owner with many jobs does not keep the others waiting', async () => {
      await using it = await open();
      await accept(it.queue, ...Array.from({ length: 6 }, () => job('ann')));
      await accept(it.queue, ...Array.from({ length: 2 }, () => job('bob')));
      await accept(it.queue, job('cem'));
      const together = [await claim(it.queue), await claim(it.queue), await claim(it.queue)];
      expect(together.map((one) => one.job.owner).toSorted()).toEqual(['ann', 'bob', 'cem']);
      for (const one of together) await it.queue.complete(one, null);
      // One at a time now, so that nobody has a running job when the next is chosen: turns, as long as there are two.
      const turns: string[] = [];
      for (let turn = 0; turn < 4; turn++) {
        const one = await claim(it.queue);
        turns.push(one.job.owner);
        await it.queue.complete(one, null);
      }
      expect(turns.slice(0, 2).toSorted()).toEqual(['ann', 'bob']);
      expect(turns.slice(2)).toEqual(['ann', 'ann']);
    });

    test('a waiting job is cancelled at once, a running one when its worker hears of it', async () => {
      await using it = await open();
      const [waiting, running] = await accept(it.queue, job('ann', { priority: -1 }), job());
      const held = await claim(it.queue);
      expect(held.job.id).toBe(running!.id);
      expect(await it.queue.cancel(waiting!.id)).toMatchObject({ state: 'cancelled' });
      expect(await it.queue.cancel(running!.id)).toMatchObject({ state: 'running', cancelWanted: true });
      expect(await it.queue.renew(held)).toBe('cancel');
      await it.queue.fail(held, broken);
      expect(await stateOf(it.queue, running!.id)).toBe('cancelled');
      expect(await it.queue.cancel('vid_none')).toBeNull();
    });

    test('a job that was to be cancelled is not begun again after a crash', async () => {
      await using it = await open();
      const [{ id } = job()] = await accept(it.queue, job());
      await claim(it.queue);
      await it.queue.cancel(id);
      await it.queue.reap(true);
      expect(await stateOf(it.queue, id)).toBe('cancelled');
    });

    test('a job that has ended cannot be cancelled', async () => {
      await using it = await open();
      await accept(it.queue, job());
      const held = await claim(it.queue);
      await it.queue.complete(held, { fine: true });
      expect(await it.queue.cancel(held.job.id)).toMatchObject({ state: 'done', cancelWanted: false });
    });

    test('what a job says about itself can change at any time, and nothing else does', async () => {
      await using it = await open();
      const [waiting] = await accept(it.queue, job('ann', { input: { image: 'x', name: 'Before' } }));
      const named = await it.queue.amend(waiting!.id, { name: 'After', consent: { by: 'Ann' } });
      expect(named).toMatchObject({
        state: 'waiting',
        input: { image: 'x', name: 'After', consent: { by: 'Ann' } },
      });
      const held = await claim(it.queue);
      await it.queue.amend(waiting!.id, { name: 'Meanwhile' });
      expect(await it.queue.complete(held, { fine: true })).toBe(true);
      const done = await it.queue.amend(waiting!.id, { name: 'At last' });
      expect(done).toMatchObject({
        state: 'done',
        result: { fine: true },
        input: { image: 'x', name: 'At last' },
      });
      expect(await it.queue.get(waiting!.id)).toEqual(done);
      expect(await it.queue.amend('vid_none', { name: 'Nobody' })).toBeNull();
    });

    test('the same request gets the same jobs; the same key with another request is refused', async () => {
      await using it = await open();
      const replay = { key: 'order-1', fingerprint: 'aaa' };
      const first = await it.queue.add([job()], [], replay);
      const again = await it.queue.add([job()], [], replay);
      expect(again.replayed).toBe(true);
      expect(again.jobs).toEqual(first.jobs);
      await expect(it.queue.add([job()], [], { ...replay, fingerprint: 'bbb' })).rejects.toMatchObject({
        code: 'REPLAY_MISMATCH',
      });
      expect((await it.queue.add([job('bob')], [], replay)).replayed).toBe(false);
      it.wait(25 * 3_600_000);
      expect((await it.queue.add([job()], [], replay)).replayed).toBe(false);
    });

    test('takes all jobs of a request or none, and only so many', async () => {
      await using it = await open();
      const many = (owner: string, jobs: number) => Array.from({ length: jobs }, () => job(owner));
      await it.queue.add(many('ann', 18));
      await expect(it.queue.add(many('ann', 3))).rejects.toMatchObject({ code: 'QUEUE_FULL', status: 503 });
      expect(await it.queue.list({ owner: 'ann', limit: 100 })).toHaveLength(18);
      await it.queue.add(many('bob', 12));
      await expect(it.queue.add(many('cem', 1))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      await it.queue.complete(await claim(it.queue), null);
      await it.queue.add(many('cem', 1));
    });

    test('lists one owner’s jobs, the newest first, page by page', async () => {
      await using it = await open();
      const made = await accept(
        it.queue,
        job(),
        job(),
        job('ann', { kind: 'avatar' }),
        job('ann', { batch: 'bat_9' }),
      );
      await accept(it.queue, job('bob'));
      const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id);
      const all = await it.queue.list({ owner: 'ann', limit: 10 });
      expect(ids(all)).toEqual(ids(made).toReversed());
      const page = await it.queue.list({ owner: 'ann', before: all[1]!.id, limit: 1 });
      expect(ids(page)).toEqual([all[2]!.id]);
      expect(ids(await it.queue.list({ owner: 'ann', kind: 'avatar', limit: 9 }))).toEqual([made[2]!.id]);
      expect(ids(await it.queue.list({ owner: 'ann', batch: 'bat_9', limit: 9 }))).toEqual([made[3]!.id]);
      expect(await it.queue.list({ owner: 'ann', state: 'done', limit: 9 })).toEqual([]);
    });

    test('counts by kind and state', async () => {
      await using it = await open();
      await accept(it.queue, job(), job(), job('bob', { kind: 'avatar' }));
      await claim(it.queue);
      it.wait(2_500);
      expect(await it.queue.oldestWait()).toBe(2.5);
      expect(await it.queue.counts()).toEqual({ video: { waiting: 1, running: 1 }, avatar: { waiting: 1 } });
    });

    test.each(['done', 'failed', 'cancelled'] as const)(
      'sends one message about a job that is %s',
      async (end) => {
        await using it = await open();
        const [{ id } = job()] = await accept(it.queue, job('ann', { webhook: 'https://example.org/hook' }));
        if (end === 'cancelled') await it.queue.cancel(id);
        else {
          const held = await claim(it.queue);
          if (end === 'done') await it.queue.complete(held, null);
          else await it.queue.fail(held, badInput);
        }
        await it.queue.cancel(id);
        const { job: message } = await claim(it.queue, ['webhook']);
        expect(message).toMatchObject({ owner: 'ann', input: { url: 'https://example.org/hook', job: id } });
        expect(await it.queue.claim(['webhook'])).toBeNull();
      },
    );

    test('forgets what has ended, with the files that nobody else needs', async () => {
      await using it = await open();
      const file = (name: string) => `file_${name.padEnd(20, '0')}`;
      const asset = (id: string) => ({ id, owner: 'ann', mediaType: 'image/png', bytes: 1, sha256: id });
      const [photo, face, speech, video] = [file('1'), file('2'), file('3'), file('4')] as const;
      const avatar = job('ann', { input: { image: photo } });
      await it.queue.add([avatar], [asset(photo)], { key: 'k', fingerprint: 'f' });
      expect(await it.queue.forget(avatar.id)).toBeNull();
      await it.queue.complete(await claim(it.queue), { file: face }, [asset(face)]);
      const [first, second] = [1, 2].map(() => job('ann', { input: { image: face, audio: speech } }));
      await it.queue.add([first!], [asset(speech)]);
      await it.queue.complete(await claim(it.queue), { file: video }, [asset(video)]);
      // What is still to be made keeps what it is made of.
      await accept(it.queue, second!);
      expect((await it.queue.forget(avatar.id))?.toSorted()).toEqual([photo]);
      expect(await it.queue.get(avatar.id)).toBeNull();
      expect(await it.queue.forget(avatar.id)).toBeNull();
      await it.queue.cancel(second!.id);
      expect((await it.queue.forget(second!.id))?.toSorted()).toEqual([face, speech]);
      expect((await it.queue.forget(first!.id))?.toSorted()).toEqual([video]);
      // A request that made a job which is gone makes a new one.
      const again = await it.queue.add([job()], [], { key: 'k', fingerprint: 'f' });
      expect(again.replayed).toBe(false);
    });

    test('tells about every change, in order', async () => {
      await using it = await open();
      const heard: string[] = [];
      const subscription = it.queue.subscribe(({ state, version }) => heard.push(`${state} ${version}`));
      await accept(it.queue, job());
      const held = await claim(it.queue);
      await it.queue.renew(held, { stage: 'render', done: 0.5, eta: 1 });
      await it.queue.complete(held, null);
      await it.queue.cancel(held.job.id);
      subscription[Symbol.dispose]();
      await accept(it.queue, job());
      expect(heard).toEqual(['waiting 1', 'running 2', 'running 3', 'done 4']);
    });

    test('many who claim at once get different jobs', async () => {
      await using it = await open();
      await accept(it.queue, ...Array.from({ length: 20 }, () => job()));
      const claims = await Promise.all(Array.from({ length: 30 }, () => it.queue.claim(['video'])));
      const ids = claims.flatMap((one) => (one ? [one.job.id] : []));
      expect(ids).toHaveLength(20);
      expect(new Set(ids).size).toBe(20);
    });
  });
}
