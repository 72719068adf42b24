import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkerThread } from '../../src/platform/index.ts';
import { startWorker } from '../../src/platform/node/worker.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loquent-worker-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a thread whose `start` function has `body`. */
async function start(name: string, body: string): Promise<WorkerThread> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, `export async function start(port) { ${body} }`);
  return startWorker(pathToFileURL(path), name);
}

const nextMessage = (thread: WorkerThread): Promise<unknown> =>
  new Promise((resolve) => thread.onMessage(resolve));

describe('worker thread', () => {
  test('answers messages in order, and moves buffers without a copy', async () => {
    await using thread = await start(
      'echo',
      'port.onMessage((data) => { data[0]++; port.post(data, [data.buffer]); });',
    );
    const bytes = new Uint8Array(1000).fill(6);
    const answer = nextMessage(thread);
    thread.post(bytes, [bytes.buffer]);
    expect(bytes.length).toBe(0);
    expect((await answer) as Uint8Array).toEqual(new Uint8Array(1000).fill(6).with(0, 7));
  });

  test('keeps messages that come before it listens', async () => {
    await using thread = await start(
      'late',
      'await new Promise((done) => setTimeout(done, 50)); port.onMessage((text) => port.post(text));',
    );
    const answer = nextMessage(thread);
    thread.post('early');
    expect(await answer).toBe('early');
  });

  test('can use the platform', async () => {
    const platform = new URL('../../src/platform/index.ts', import.meta.url).href;
    await using thread = await start(
      'platform',
      `const { platform } = await import('${platform}'); port.post(await platform().sha256('abc'));`,
    );
    expect(await nextMessage(thread)).toMatch(/^ba7816bf/);
  });

  test('reports the error that ended it', async () => {
    const failing = await start('failing', 'throw new Error("out of order");');
    await expect(failing.ended).rejects.toMatchObject({ code: 'INTERNAL', message: 'out of order' });
    const missing = startWorker(pathToFileURL(join(folder, 'missing.mjs')));
    await expect(missing.ended).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('ends at once when it is disposed of, however busy it is', async () => {
    const thread = await start('busy', 'port.post("begun"); for (;;);');
    await nextMessage(thread);
    await thread[Symbol.asyncDispose]();
    await expect(thread.ended).resolves.toBeUndefined();
    thread.post('nobody listens');
  });
});
