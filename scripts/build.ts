/**
 * Compiles `src/` to `dist/` from an empty folder and `apps/studio` to `dist/studio`, with the pages beside them, so that nothing of an earlier version is ever published.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);

rmSync(join(root, 'dist'), { recursive: true, force: true });
// The studio is checked against the declarations of the client, so it comes after.
for (const project of ['tsconfig.build.json', 'apps/studio/tsconfig.json']) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
// Pages are sent as they are.
copyPages('src', 'dist');
copyPages('apps/studio', 'dist/studio');

function copyPages(from: string, to: string): void {
  for (const page of globSync('**/*.{html,css,svg}', { cwd: join(root, from) })) {
    copyFileSync(join(root, from, page), join(root, to, page));
  }
}
