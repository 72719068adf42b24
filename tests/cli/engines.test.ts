import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ONNX_RUNTIME_VERSION } from '../../src/engines/onnx/runtime.ts';
import { jsonLines, loquent } from './program-runner.ts';

let home = '';
const engines = (...args: string[]) => loquent(['engines', ...args], { env: { LOQUENT_DATA: home } });

/** A package of a name and version, as `npm pack` makes it: nothing in it is the ONNX Runtime. */
function packed(version: string): string {
  const folder = join(home, `package-${version}`);
  mkdirSync(join(folder, 'bin/napi-v6/darwin/arm64'), { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'onnxruntime-node', version, main: 'index.js' }),
  );
  writeFileSync(join(folder, 'index.js'), '');
  writeFileSync(join(folder, 'bin/napi-v6/darwin/arm64/binding.node'), 'code of another system');
  const [file] = JSON.parse(
    execFileSync('npm', ['pack', '--json', folder], { cwd: home, encoding: 'utf8' }),
  ) as {
    filename: string;
  }[];
  return join(home, file!.filename);
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'loquent-engines-test-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('loquent engines', () => {
  test('lists those that need nothing as ready', async () => {
    const { exitCode, stdout } = await engines('list', '--json');
    expect(exitCode).toBe(0);
    const [{ report }] = jsonLines(stdout) as [{ report: { engines: { name: string; ready: boolean }[] } }];
    for (const name of ['mesh', 'lip']) {
      expect(report.engines.find((engine) => engine.name === name)).toMatchObject({
        ready: true,
        commercial: 'yes',
      });
    }
  });

  test('installs the runtime from a file, without what other systems need', async () => {
    const { exitCode, stdout } = await engines('install', 'onnx', '--from', packed(ONNX_RUNTIME_VERSION));
    expect(stdout).toBe(`onnxruntime-node is installed in ${join(home, 'engines', 'onnx')}.\n`);
    expect(exitCode).toBe(0);
    expect(readdirSync(join(home, 'engines'))).toEqual(['onnx']);
    const binaries = join(home, 'engines/onnx/node_modules/onnxruntime-node/bin/napi-v6/darwin');
    expect(readdirSync(binaries)).toEqual(process.platform === 'darwin' ? ['arm64'] : []);
    expect((await engines('list')).stdout).toContain(
      `ONNX Runtime: onnxruntime-node ${ONNX_RUNTIME_VERSION}, file:`,
    );
  });

  test('refuses a runtime of another version', async () => {
    const { exitCode, stderr } = await engines('install', 'onnx', '--from', packed('1.2.3'));
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`holds onnxruntime-node 1.2.3, not onnxruntime-node ${ONNX_RUNTIME_VERSION}`);
  });

  test('says what npm says when it cannot install', async () => {
    const { exitCode, stderr } = await engines('install', 'onnx', '--from', join(home, 'nowhere.tgz'));
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/ENGINE_MISSING: npm could not install .*nowhere\.tgz/);
  });

  test('knows nothing else to install', async () => {
    expect(await engines('install', 'cuda')).toMatchObject({ exitCode: 2 });
  });
});
