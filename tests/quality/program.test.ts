/** The instrument as a program. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { MEASURE_NAMES } from '../../eval/quality/measures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'loquent-eval-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A machine without media and with a cache of its own. */
const env = { ...process.env, LOQUENT_CACHE: join(scratch, 'cache'), LOQUENT_TEST_MEDIA: '' };

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['eval/quality.ts', ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe('eval', { timeout: 400_000 }, () => {
  test('helps, with examples', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}npm run/);
  });

  test('refuses what it does not know, with the exit code for usage', async () => {
    const { code, stdout, stderr } = await run('--fast');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--fast');
  });

  test('measures a portrait, prints JSON alone, writes the page, and names what fails', async () => {
    const out = join(scratch, 'report');
    const photo = 'demo/portraits/sam.png';
    const { code, stdout } = await run('--quick', '--json', '--out', out, photo, 'nobody.png');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.failed).toEqual([expect.stringContaining('nobody')]);
    expect(report.clips).toHaveLength(1);
    const { figures } = report.clips[0];
    expect(Object.keys(figures)).toEqual(MEASURE_NAMES);
    expect(figures.identity).toBeGreaterThan(0.9);
    expect(figures.closureRecallDrawn).toBeGreaterThan(0.9);
    expect(figures.jitter).toBeGreaterThan(0);
    expect(figures.faceLost).toBe(0);
    expect(Math.abs(figures.duration)).toBeLessThanOrEqual(0.5);
    expect(report.pool.identity.median).toBe(figures.identity);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/data:image\/jpeg/g)).toHaveLength(3);
    expect(page).not.toMatch(/(src|href)="https?:/);
    const kept = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(kept.clips[0].courses.aperture.length).toBeGreaterThan(100);
  });

  test('ends at once when it is interrupted', async () => {
    const child = spawn(process.execPath, ['eval/quality.ts', '--quick'], { cwd: root, env });
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
  });
});
