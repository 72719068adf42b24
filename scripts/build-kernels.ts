/**
 * Compiles every `src/kernels/<name>/<name>.assembly.ts` (AssemblyScript) to `assets/kernels/<name>.wasm`.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = fileURLToPath(new URL('../node_modules/assemblyscript/bin/asc.js', import.meta.url));
mkdirSync(`${root}assets/kernels`, { recursive: true });

for (const name of readdirSync(`${root}src/kernels`)) {
  const source = `src/kernels/${name}/${name}.assembly.ts`;
  if (!existsSync(root + source)) continue;
  const options = ['-o', `assets/kernels/${name}.wasm`, '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
  execFileSync(process.execPath, [compiler, source, ...options], { cwd: root, stdio: 'inherit' });
}
