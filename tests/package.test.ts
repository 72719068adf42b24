/** The package as a user gets it: packed, installed into an empty folder without development dependencies, and used. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { babbleWav } from './fixtures/babble.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const home = mkdtempSync(join(tmpdir(), 'loquent-package-'));
const modules = join(home, 'node_modules');
/** Largest size of what `npm install loquent` puts on the disk, bytes: everything that it depends on, and itself. */
const LARGEST = { dependencies: 90e6, itself: 20e6 } as const;
let files: string[] = [];

/** The environment of somebody who has Node and nothing of this repository on PATH. */
function environment(path = process.env['PATH'] ?? ''): NodeJS.ProcessEnv {
  const foreign = path.split(delimiter).filter((folder) => !folder.startsWith(root));
  // Settings of the machine (proxies, certificates) stay; what npm and vitest say about this repository goes.
  const own =
    /^npm_(?:lifecycle|package|execpath|command|config_(?:local_)?prefix)|^INIT_CWD$|^LOQUENT_|^VITEST|^NODE_ENV$/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  const node = dirname(process.execPath);
  return {
    ...Object.fromEntries(kept),
    PATH: [node, ...foreign].join(delimiter),
    LOQUENT_CACHE: join(home, 'cache'),
  };
}

function run(command: string, args: readonly string[], cwd = home): string {
  return execFileSync(command, args, {
    cwd,
    env: environment(),
    encoding: 'utf8',
    timeout: 180_000,
    shell: process.platform === 'win32',
  });
}

/** Runs the installed program. */
function loquent(...args: string[]): string {
  return run(process.execPath, [join(modules, 'loquent/dist/cli/main.js'), ...args]);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

beforeAll(() => {
  const packed = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', home], root).replace(/^[^[{]*/, ''),
  ) as
    | { filename: string; files: { path: string }[] }[]
    | Record<string, { filename: string; files: { path: string }[] }>;
  const [tarball] = Object.values(packed);
  files = tarball!.files.map(({ path }) => path);
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
  run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--silent', join(home, tarball!.filename)]);
  copyFileSync(`${root}demo/portraits/ava.png`, join(home, 'photo.png'));
  writeFileSync(join(home, 'speech.wav'), babbleWav(1.2));
  mkdirSync(join(home, 'out'));
  cpSync(`${root}examples`, join(home, 'examples'), { recursive: true });
}, 300_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the tarball', () => {
  test('holds the program, its assets, its licences, and nothing else of the repository', () => {
    const outside = files.filter(
      (path) =>
        !/^(dist|assets|models)\//.test(path) &&
        !['package.json', 'README.md', 'LICENSE', 'NOTICE', 'docs/licences.md'].includes(path),
    );
    expect(outside).toEqual([]);
    expect(
      files.filter((path) => /\.map$|(^|\/)tests?\/|\.test\.|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(path)),
    ).toEqual([]);
    for (const name of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'assets/manifest.json',
      'assets/NOTICE.txt',
    ]) {
      expect(files).toContain(name);
    }
  });

  test('refers to no source map that it does not have', () => {
    const scripts = files.filter((path) => /^(dist|assets)\/.*\.js$/.test(path));
    expect(
      scripts.filter((path) =>
        readFileSync(join(modules, 'loquent', path), 'utf8').includes('sourceMappingURL='),
      ),
    ).toEqual([]);
  });

  test('starts on an old Node only to say that a newer one is needed', () => {
    const bootstrap = readFileSync(join(modules, 'loquent/dist/cli/main.js'), 'utf8');
    const imports = [...bootstrap.matchAll(/^import .* from ['"](.+)['"];$/gm)].map((match) => match[1]);
    expect(imports).toEqual(['node:process']);
    expect(bootstrap).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(bootstrap).not.toMatch(/\busing\b|\?\?=|#\w+;/);
  });
});

describe('an installation', () => {
  test('takes at most 20 MB, and all its dependencies 90 MB', () => {
    const itself = sizeOf(join(modules, 'loquent'));
    expect(itself).toBeLessThanOrEqual(LARGEST.itself);
    expect(sizeOf(modules) - itself).toBeLessThanOrEqual(LARGEST.dependencies);
  });

  test('has the program, which knows its version', () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    expect(run('npx', ['--no-install', 'loquent', '--version']).trim()).toBe(version);
  });

  test('makes a video', () => {
    const lines = loquent(
      'speak',
      '-i',
      'photo.png',
      '-a',
      'speech.wav',
      '-o',
      'talk.mp4',
      '--size',
      '128',
      '--json',
    )
      .trim()
      .split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      report: { output: 'talk.mp4', frames: 30, width: 128 },
    });
    expect(readFileSync(join(home, 'talk.mp4')).subarray(4, 8).toString()).toBe('ftyp');
  });

  test('finds all its files intact', () => {
    expect(JSON.parse(loquent('doctor', '--json'))).toMatchObject({ report: { ok: true } });
  });
});

describe('the examples run on the installed package:', () => {
  const example = (name: string, ...args: string[]): string =>
    run(process.execPath, [`examples/${name}.ts`, ...args]);

  test('make-a-video', () => {
    expect(example('make-a-video', 'photo.png', 'speech.wav', 'out/example.mp4')).toMatch(
      /^out\/example\.mp4: 1\.2 s of video/,
    );
  });

  test('frames-as-a-stream', () => {
    expect(example('frames-as-a-stream', 'photo.png', 'speech.wav', 'out')).toBe(
      'out/frame-0.png at 0.00 s\nout/frame-25.png at 1.00 s\n',
    );
    expect(statSync(join(home, 'out/frame-25.png')).size).toBeGreaterThan(1000);
  });

  test('prepare-once', () => {
    const text = example('prepare-once', 'photo.png', 'out', 'speech.wav', 'speech.wav');
    expect(text).toMatch(/^out\/part-1\.mp4 in .* s\nout\/part-2\.mp4 in .* s\n$/);
  });

  test.skipIf(!hasFfmpeg)('speak-in-footage', { timeout: 120_000 }, () => {
    example('make-a-video', 'photo.png', 'speech.wav', 'out/filmed.mp4');
    expect(example('speak-in-footage', 'out/filmed.mp4', 'out', 'speech.wav', 'speech.wav')).toMatch(
      /^30 frames\nout\/answer-1\.mp4: 1\.2 s.*\nout\/answer-2\.mp4: 1\.2 s.*\n$/,
    );
  });

  test('controls', () => {
    expect(example('controls', 'photo.png', 'speech.wav', 'out/scene.mp4')).toBe('out/scene.mp4: 1.2 s\n');
  });

  test('motion-track', () => {
    expect(example('motion-track', 'speech.wav')).toMatch(
      /^36 frames; the jaw opens widest at \d\.\d\d s\.\n\{"time":/,
    );
  });

  test('progress-and-cancel', () => {
    const text = example('progress-and-cancel', 'photo.png', 'speech.wav', 'out/cancelled.mp4', '5');
    expect(text).toMatch(/CANCELLED: .*\n$/);
    expect(
      readdirSync(join(home, 'out')).filter((name) => name.includes('cancelled') || name.startsWith('.')),
    ).toEqual([]);
  });
});
