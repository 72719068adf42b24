/**
 * Compiles `src/` to `dist/` from an empty folder, with the pages beside it, so that nothing of an earlier version is ever published.
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
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
// Pages are sent as they are.
for (const page of globSync('**/*.html', { cwd: join(root, 'src') })) {
  copyFileSync(join(root, 'src', page), join(root, 'dist', page));
}
process.exitCode = status ?? 1;
