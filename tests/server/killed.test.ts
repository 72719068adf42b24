/** Service and workers are really killed, at moments that nobody chose. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { killRun } from '../../bench/service-kill.ts';
import { babbleWav } from '../fixtures/babble.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-killed-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('every job that was accepted ends exactly once, with a whole file, whoever is killed meanwhile', async () => {
  const outcome = await killRun({
    program: fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
    folder: join(home, 'data'),
    photo: readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url)),
    speech: babbleWav(0.4),
    jobs: 8,
    clients: 3,
    serverKills: 2,
    workerKills: 2,
    seed: 7,
    patience: 90,
    environment: { LOQUENT_CACHE: join(home, 'cache') },
  });
  expect(outcome).toMatchObject({
    ...{ accepted: 8, endedOnce: 8, lost: 0, twice: 0, damagedFiles: 0, integrity: 'ok' },
    serverKills: 2,
  });
}, 180_000);
