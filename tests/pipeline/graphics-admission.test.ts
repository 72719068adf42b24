/** How full a graphics card is, as a program in the place of `nvidia-smi` tells. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectGraphicsMemory } from '../../src/pipeline/neural/graphics-admission.ts';

let folder = '';
const path = process.env['PATH'];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphics-test-'));
});
afterEach(() => {
  process.env['PATH'] = path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program on the path that prints so, whichever card it is asked for, and its arguments to a file. */
function driver(prints: string, code = 0): void {
  const program = join(folder, 'nvidia-smi');
  writeFileSync(program, `#!/bin/sh\necho "$@" > "${folder}/asked"\nprintf '${prints}'\nexit ${code}\n`);
  chmodSync(program, 0o755);
  process.env['PATH'] = `${folder}:${path}`;
}

describe.skipIf(process.platform === 'win32')('a graphics card', () => {
  test('that is fuller than 80 % takes no more networks', async () => {
    driver('13200, 16384\\n');
    await expect(expectGraphicsMemory({ kind: 'cuda', index: 1 })).rejects.toMatchObject({
      code: 'DEVICE_FULL',
      message: expect.stringContaining('81 %'),
      details: { device: 'cuda:1', used: 13_200 * 2 ** 20, total: 16_384 * 2 ** 20, retryAfter: 30 },
    });
    await expect(expectGraphicsMemory({ kind: 'tensorrt', index: 0 })).rejects.toMatchObject({
      code: 'DEVICE_FULL',
    });
  });

  test('with room is taken, and so is the processor', async () => {
    driver('13107, 16384\\n');
    await expectGraphicsMemory({ kind: 'cuda', index: 0 });
    driver('16384, 16384\\n');
    await expectGraphicsMemory({ kind: 'cpu', index: 0 });
  });

  test('whose driver does not tell is not refused', async () => {
    for (const [prints, code] of [
      ['[N/A], [N/A]\\n', 0],
      ['No devices were found\\n', 6],
      ['', 0],
    ] as const) {
      driver(prints, code);
      await expectGraphicsMemory({ kind: 'cuda', index: 0 });
    }
    process.env['PATH'] = join(folder, 'nowhere');
    await expectGraphicsMemory({ kind: 'cuda', index: 0 });
  });
});
