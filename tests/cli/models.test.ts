import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { likeOnnx } from '../models/file-server.ts';
import { jsonLines, loquent } from './program-runner.ts';

let home = '';
const models = (...args: string[]) =>
  loquent(['models', ...args], { env: { LOQUENT_MODELS: join(home, 'models') } });

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'loquent-models-test-'));
  writeFileSync(join(home, 'wav2lip.onnx'), likeOnnx(2000));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('loquent models', () => {
  test('shows the licence before it takes a model, and takes it when that is accepted', async () => {
    const refused = await models('import', 'wav2lip', home);
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toMatch(/MODEL_LICENCE: .*NON-COMMERCIAL.*\nhint: .*--accept/);
    const taken = await models('import', 'wav2lip', home, '--accept');
    expect(taken).toMatchObject({
      exitCode: 0,
      stdout: 'wav2lip is ready in fp32; weights LicenseRef-Wav2Lip, NON-COMMERCIAL.\n',
    });
    expect(taken.stderr).toMatch(/MODEL_UNVERIFIED: .*sha256 [0-9a-f]{64}/);
  });

  test('lists all models with licence and state', async () => {
    const { stdout } = await models('list');
    expect(stdout).toMatch(/^wav2lip: Wav2Lip\n.*\n {2}HERE \(fp32, 2.0 kB, .*NON-COMMERCIAL\n/m);
    expect(stdout).toMatch(/^sface: SFace\n.*\n {2}not here; weights Apache-2.0, commercial use allowed\n/m);
  });

  test('verifies and fails when a file has changed', async () => {
    expect(await models('verify')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('as it first came (no checksum is published)'),
    });
    writeFileSync(join(home, 'models', 'wav2lip', 'wav2lip_96.onnx'), likeOnnx(2000, 5));
    const damaged = await models('verify', 'wav2lip', '--json');
    expect(damaged.exitCode).toBe(1);
    expect(jsonLines(damaged.stdout)).toMatchObject([
      { report: { ok: false, files: [{ model: 'wav2lip', fault: 'checksum' }] } },
    ]);
  });

  test('removes', async () => {
    expect(await models('rm', 'wav2lip')).toMatchObject({ exitCode: 0, stdout: 'wav2lip is removed.\n' });
  });

  test('wants a folder to import from', async () => {
    expect(await models('import', 'wav2lip')).toMatchObject({ exitCode: 2 });
  });
});
