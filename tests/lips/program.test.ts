/** The instrument as a program. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'loquent-eval-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A machine without media and with a cache of its own. */
const env = { ...process.env, LOQUENT_CACHE: join(scratch, 'cache'), LOQUENT_TEST_MEDIA: '' };

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['eval/lips.ts', ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe('eval:lips', () => {
  test('helps, with examples', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}npm run/);
  });

  test('refuses what it does not know, with the exit code for usage', async () => {
    const { code, stdout, stderr } = await run('--only', 'mouths');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('There is no part "mouths"');
  });

  test('measures a recording with known phones, prints JSON alone and writes the page', async () => {
    const out = join(scratch, 'report');
    const recording = 'tests/fixtures/phones/english.wav';
    const { code, stdout } = await run('--json', '--quick', '--only', 'cost', '--out', out, recording);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.heldOut.over).toEqual(['english.wav']);
    expect(report.heldOut.visemeAccuracy).toBeGreaterThan(0.6);
    expect(report.heldOut.closureRecall).toBeGreaterThan(0.85);
    expect(report.heldOut.closureRecallNoisy).toBeLessThanOrEqual(1);
    expect(report.cpuMsPer20Ms).toBeGreaterThan(0);
    expect(report.lookAheadMs).toBeGreaterThan(0);
    expect(report.weightsKb).toBeGreaterThan(50);
    expect(report.music).toBeNull();
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toEqual(report);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('names a recording without phones', async () => {
    const { code, stderr } = await run('--only', 'cost', 'nothing.wav');
    expect(code).toBe(3);
    expect(stderr).toContain('There are no phones in "nothing.json"');
  });

  test('ends at once when it is interrupted', async () => {
    const child = spawn(process.execPath, ['eval/lips.ts', '--only', 'music'], {
      cwd: root,
      env,
      stdio: 'pipe',
    });
    // The first line of progress says that it works.
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
  });
});
