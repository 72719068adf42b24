/**
 * Compiles every `src/kernels/<name>/<name>.assembly.ts` (AssemblyScript) to `assets/kernels/<name>.wasm`, and writes
 * the checksums that `loquent doctor` compares. Does nothing for a kernel whose source has not changed.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One kernel in `assets/kernels/manifest.json`. */
interface KernelEntry {
  name: string;
  bytes: number;
  sha256: string;
  /** Checksum of everything that decides the result. */
  source: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${root}node_modules/assemblyscript/bin/asc.js`;
const folder = `${root}assets/kernels/`;
const manifest = `${folder}manifest.json`;
const settings = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

const sha256 = (...parts: (Buffer | string)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const read = (path: string): Buffer => readFileSync(root + path);

function earlierEntries(): KernelEntry[] {
  if (!existsSync(manifest)) return [];
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { files: KernelEntry[] }).files;
}

mkdirSync(folder, { recursive: true });
const known = earlierEntries();
const files: KernelEntry[] = [];
for (const kernel of readdirSync(`${root}src/kernels`).sort()) {
  const code = `src/kernels/${kernel}/${kernel}.assembly.ts`;
  if (!existsSync(root + code)) continue;
  const name = `${kernel}.wasm`;
  const source = sha256(
    read(code),
    read('scripts/build-kernels.ts'),
    read('node_modules/assemblyscript/package.json'),
  );
  const before = known.find((entry) => entry.name === name && entry.source === source);
  if (before && existsSync(folder + name) && sha256(readFileSync(folder + name)) === before.sha256) {
    files.push(before);
    continue;
  }
  execFileSync(process.execPath, [compiler, code, '-o', `assets/kernels/${name}`, ...settings], {
    cwd: root,
    stdio: 'inherit',
  });
  const bytes = readFileSync(folder + name);
  files.push({ name, bytes: bytes.length, sha256: sha256(bytes), source });
}
writeFileSync(manifest, `${JSON.stringify({ files }, null, 2)}\n`);
