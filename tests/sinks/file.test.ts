import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileSink } from '../../src/sinks/file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sink-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: { code?: string }) => error.code,
  );
const source = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);

describe('a file sink', () => {
  it('shows the file under its name only after the commit, and leaves nothing else', async () => {
    const target = join(folder, 'result.mp4');
    const sink = await openFileSink(target, { force: false });
    await writeFile(sink.temporaryPath, 'film');
    expect(existsSync(target)).toBe(false);
    expect(await sink.commit()).toEqual({ bytes: 4 });
    await sink[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual(['result.mp4']);
    expect(await readFile(target, 'utf8')).toBe('film');
  });

  it('removes everything when it is discarded or only disposed of', async () => {
    await (await openFileSink(join(folder, 'a.mp4'), { force: false })).discard();
    {
      await using sink = await openFileSink(join(folder, 'b.mp4'), { force: false });
      await writeFile(sink.temporaryPath, 'half a film');
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses before any work is done', async () => {
    await writeFile(join(folder, 'there.mp4'), 'old');
    await mkdir(join(folder, 'folder.mp4'));
    const open = (name: string, force = false) => code(openFileSink(join(folder, name), { force }));
    expect(await open('there.mp4')).toBe('OUTPUT_EXISTS');
    expect(await open('there.mp4', true)).toBe('nothing was thrown');
    expect(await open('folder.mp4', true)).toBe('OUTPUT_NOT_WRITABLE');
    expect(await open('missing/result.mp4')).toBe('OUTPUT_NOT_WRITABLE');
    expect(await open('there.mp4/result.mp4')).toBe('OUTPUT_NOT_WRITABLE');
    expect(await open('result.avi')).toBe('OUTPUT_UNSUPPORTED');
    expect(await open('result')).toBe('OUTPUT_UNSUPPORTED');
    expect(await code(openFileSink(join(folder, 'x.avatar'), { force: false, endings: ['.avatar'] }))).toBe(
      'nothing was thrown',
    );
    expect(await readFile(join(folder, 'there.mp4'), 'utf8')).toBe('old');
    await chmod(folder, 0o500);
    // The super-user may write anywhere.
    const expected = process.getuid?.() === 0 ? 'nothing was thrown' : 'OUTPUT_NOT_WRITABLE';
    expect(await open('locked.mp4')).toBe(expected);
    await chmod(folder, 0o700);
  });

  it('replaces an existing file only when forced, even one that appeared meanwhile', async () => {
    const target = join(folder, 'result.mp4');
    const late = await openFileSink(target, { force: false });
    await writeFile(late.temporaryPath, 'new');
    await writeFile(target, 'old');
    expect(await code(late.commit())).toBe('OUTPUT_EXISTS');
    expect(await readFile(target, 'utf8')).toBe('old');
    const forced = await openFileSink(target, { force: true });
    await writeFile(forced.temporaryPath, 'new');
    await forced.commit();
    expect(await readFile(target, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['result.mp4']);
  });

  it('writes through a symbolic link instead of replacing it', async () => {
    await writeFile(join(folder, 'real.mp4'), 'old');
    await symlink('real.mp4', join(folder, 'link.mp4'));
    const sink = await openFileSink(join(folder, 'link.mp4'), { force: true });
    await writeFile(sink.temporaryPath, 'new');
    await sink.commit();
    expect(await readFile(join(folder, 'real.mp4'), 'utf8')).toBe('new');
  });

  it('leaves nothing behind when the process exits or is ended by a signal', async () => {
    for (const ending of [
      'process.exit(3)',
      "process.kill(process.pid, 'SIGTERM')",
      'throw new Error("x")',
    ]) {
      const script = `
        const { openFileSink } = await import(${source('src/sinks/file.ts')});
        await openFileSink(${JSON.stringify(join(folder, 'result.mp4'))}, { force: false });
        ${ending};
        await new Promise((resolve) => setTimeout(resolve, 5000));`;
      const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
      if (ending.includes('kill')) expect(result.signal).toBe('SIGTERM');
      expect(await readdir(folder), result.stderr).toEqual([]);
    }
  });

  it('streams the result to standard output for "-"', () => {
    const script = `
      import { writeFile } from 'node:fs/promises';
      import { existsSync } from 'node:fs';
      const { openFileSink } = await import(${source('src/sinks/file.ts')});
      const sink = await openFileSink('-', { force: false });
      await writeFile(sink.temporaryPath, 'x'.repeat(300000));
      const { bytes } = await sink.commit();
      console.error(bytes, existsSync(sink.temporaryPath));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { maxBuffer: 1e6 });
    expect(output.length).toBe(300_000);
  });
});
