import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { nodePlatform } from '../../src/platform/node/index.ts';

const node = (script: string, inputs = 0, signal?: AbortSignal) =>
  nodePlatform.spawn({ command: process.execPath, args: ['-e', script], inputs, signal });

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('a child process', () => {
  it('takes bytes through several pipes and gives its output back', async () => {
    const child = node(
      `const read = (fd) => { let n = 0; const s = require('fs').createReadStream('', { fd }); s.on('data', (c) => { n += c.length; });
       return new Promise((done) => s.on('end', () => done(n))); };
       Promise.all([read(0), read(3)]).then((sizes) => console.log(sizes.join(' ')));`,
      2,
    );
    for (let n = 0; n < 20; n += 1) {
      await child.write(new Uint8Array(100_000), 0);
      await child.write(new Uint8Array(1_000), 1);
    }
    await Promise.all([child.end(0), child.end(1)]);
    expect((await text(child.stdout)).trim()).toBe('2000000 20000');
    expect(await child.exited).toBe(0);
  });

  it('keeps output for a reader that comes after the exit', async () => {
    const child = node(`process.stdout.write('late')`);
    expect(await child.exited).toBe(0);
    expect(await text(child.stdout)).toBe('late');
  });

  it.each(['a socket', 'a pipe'])(
    'prints into memory through %s, and waits while there is no room',
    async (way) => {
      const folder = await mkdtemp(join(tmpdir(), 'loquent-test-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      onTestFinished(() => void vi.unstubAllEnvs());
      // No socket can have so long a path.
      const far = join(folder, 'long'.repeat(40));
      await mkdir(far);
      vi.stubEnv('TMPDIR', way === 'a pipe' ? far : folder);
      const target = new Uint8Array(3_000_001);
      let at = 0;
      let open = 700_000;
      let full = () => {};
      const taker = {
        room: () => target.subarray(at, Math.max(open, at + 1)),
        take(length: number) {
          at += length;
          if (at === open) full();
          return at < open;
        },
      };
      const script = `process.stdout.write(Uint8Array.from({ length: ${target.length - 1} }, (_, i) => i % 251))`;
      const child = await nodePlatform.spawnInto(taker, { command: process.execPath, args: ['-e', script] });
      for (; open < target.length; open = Math.min(target.length, open + 700_000), child.resume()) {
        await new Promise<void>((resolve) => {
          full = resolve;
        });
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(at).toBe(open);
      }
      await child.printed;
      expect(await child.exited).toBe(0);
      expect(at).toBe(target.length - 1);
      expect(target.every((value, i) => i === at || value === i % 251)).toBe(true);
      expect((await readdir(folder, { recursive: true })).length).toBe(1);
    },
  );

  it('that prints into memory ends at a signal, at disposal, and when it cannot be started', async () => {
    const taker = { room: () => new Uint8Array(100), take: () => true };
    const controller = new AbortController();
    const endless = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] };
    const waiting = await nodePlatform.spawnInto(taker, { ...endless, signal: controller.signal });
    controller.abort();
    await waiting.printed;
    expect(await waiting.exited).toBe(-1);
    const disposed = await nodePlatform.spawnInto(taker, endless);
    await disposed[Symbol.asyncDispose]();
    expect(await disposed.exited).toBe(-1);
    const missing = await nodePlatform.spawnInto(taker, { command: '/nonexistent/program', args: [] });
    await missing.printed;
    expect(await missing.exited).toBe(-1);
  });

  it('rejects writes once the process has closed its input, and nothing else happens', async () => {
    const child = node('process.exit(4)', 2);
    const write = async () => {
      for (;;) await child.write(new Uint8Array(1 << 20), 1);
    };
    await expect(write()).rejects.toMatchObject({
      code: expect.stringMatching(/EPIPE|ECONNRESET|ECANCELED/),
    });
    expect(await child.exited).toBe(4);
    await expect(child.write(new Uint8Array(1), 0)).rejects.toThrow();
    await child.end(0);
  });

  it('keeps the end of what it says on stderr', async () => {
    const child = node(`process.stderr.write('x'.repeat(50000) + 'the end')`);
    await child.exited;
    expect(child.stderr.length).toBe(16 * 1024);
    expect(child.stderr.endsWith('the end')).toBe(true);
  });

  it.skipIf(process.platform === 'win32')(
    'has no more than its limits, and its arguments as they are',
    async () => {
      const limits = { processorTime: 7, memory: 2 ** 30, file: 1024 };
      const args = ['-c', 'ulimit -t; ulimit -d; ulimit -f; echo "$@"', 'x', 'a; b', '$(c)', '"d"'];
      const child = nodePlatform.spawn({ command: '/bin/sh', args, limits });
      const [time, , file, given] = (await text(child.stdout)).split('\n');
      expect([time, file, given]).toEqual(['7', '2', 'a; b $(c) "d"']);
      const busy = nodePlatform.spawn({
        command: process.execPath,
        args: ['-e', 'for (;;);'],
        limits: { ...limits, processorTime: 1, memory: 2 ** 40 },
      });
      expect(await busy.exited).toBe(-1);
    },
  );

  it.skipIf(process.platform === 'win32')('cannot write a file that is too large', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'loquent-test-'));
    const command = '/bin/sh';
    const args = ['-c', 'head -c 100000 /dev/zero > "$0"; wc -c < "$0"', join(folder, 'file')];
    const child = nodePlatform.spawn({
      ...{ command, args },
      limits: { processorTime: 10, memory: 2 ** 30, file: 4096 },
    });
    expect(Number(await text(child.stdout))).toBeLessThanOrEqual(4096);
    await rm(folder, { recursive: true });
  });

  it('ends at a signal, at disposal, and when it cannot be started', async () => {
    const controller = new AbortController();
    const waiting = node('setInterval(() => {}, 1000)', 1, controller.signal);
    controller.abort();
    expect(await waiting.exited).toBe(-1);
    expect(() => node('', 0, AbortSignal.abort())).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    const disposed = node('setInterval(() => {}, 1000)');
    await disposed[Symbol.asyncDispose]();
    expect(await disposed.exited).toBe(-1);
    const missing = nodePlatform.spawn({ command: '/nonexistent/program', args: [], inputs: 1 });
    await expect(missing.write(new Uint8Array(1))).rejects.toThrow();
    expect(await missing.exited).toBe(-1);
    expect(missing.stderr).toMatch(/ENOENT/);
  });
});

describe('finding a program', () => {
  const searchPath = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = searchPath;
  });

  it('looks for executable files in the absolute folders of PATH only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'which-test-'));
    await writeFile(join(folder, 'program'), '');
    process.env['PATH'] = ['', '.', folder].join(delimiter);
    expect(await nodePlatform.which('program')).toBeNull();
    await chmod(join(folder, 'program'), 0o755);
    expect(await nodePlatform.which('program')).toBe(join(folder, 'program'));
    process.env['PATH'] = ['.', ''].join(delimiter);
    expect(await nodePlatform.which('program')).toBeNull();
    await rm(folder, { recursive: true });
  });
});

describe('shipped files', () => {
  it('are found from the package root and nowhere else', async () => {
    expect(Buffer.from(await nodePlatform.readAsset('package.json')).toString()).toContain('"loquent"');
    await expect(nodePlatform.readAsset('assets/nothing.bin')).rejects.toMatchObject({
      code: 'ASSET_MISSING',
    });
    expect(() => nodePlatform.assetUrl('../secret')).toThrow();
  });
});
