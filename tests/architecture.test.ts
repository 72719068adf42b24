/** The layer rules of ARCHITECTURE.md as data, and the house rules that a machine can check. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The vocabulary and the host: what every stage may know. */
const GROUND = ['core', 'kernels', 'platform'];
/** Stages are sisters: none knows another. */
const STAGES = [
  'media',
  'speech',
  'avatar',
  'audio',
  'motion',
  'engines',
  'editing',
  'compose',
  'quality',
  'encode',
  'sinks',
];
/** Layer (first folder below `src/`, or `entry` for the files in it) -> layers it may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernels: ['core'],
  platform: ['core'],
  ...Object.fromEntries(STAGES.map((stage) => [stage, GROUND])),
  pipeline: [...GROUND, ...STAGES, 'models'],
  models: ['core', 'platform'],
  jobs: ['core', 'platform'],
  server: ['core', 'platform', 'media', 'pipeline', 'jobs'],
  client: [],
  cli: ['core', 'entry', 'platform'],
  entry: ['core', 'platform', 'pipeline', 'models', 'jobs', 'server', 'client', ...STAGES],
};
/** Packages that a layer may import at all. Elsewhere third-party code is welcome, layer by layer. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  core: ['zod'],
  kernels: [],
  motion: [],
  compose: [],
  client: [],
};
/** Where Node's own modules may be imported. */
const NODE_ALLOWED = [/^src\/platform\/node\//, /^src\/(?:sinks|models|jobs|server|cli)\//];
/** Entry files: nothing but re-exports, and the choice of the host. */
const ENTRY_FILES = [
  'src/index.ts',
  'src/ahead.ts',
  'src/browser.ts',
  'src/client.ts',
  'src/neural.ts',
  'src/server.ts',
  'src/testing.ts',
];
const LONGEST_FILE = 500;

/** Files that belong to the repository: tracked, or new and not ignored. */
function repositoryFiles(): string[] {
  const listing = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listing.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
}

const files = repositoryFiles();
const sources = files.filter((file) => /^src\/.*\.ts$/.test(file) && !file.endsWith('.assembly.ts'));
const code = files.filter((file) => /^(src|apps|tests|scripts|bench|eval|examples)\/.*\.ts$/.test(file));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Module names in static imports, re-exports, dynamic imports and type imports. */
function importsOf(text: string): string[] {
  const statement = /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm;
  const expression = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(statement), ...text.matchAll(expression)].map((match) => match[1]!);
}

function layerOf(file: string): string {
  const parts = file.split('/');
  return parts.length === 2 ? 'entry' : parts[1]!;
}

/** Folders of `src/engines` that hold what several engines draw: every engine may know them, they know none. */
const ENGINE_PARTS = ['mouth', 'painting', 'latents', 'portrait'];

/** `mesh` for `src/engines/mesh/index.ts`; null for the engines' common files. */
function engineOf(file: string): string | null {
  const parts = file.split('/');
  const inside = parts[1] === 'engines' && parts.length > 3;
  return inside && !ENGINE_PARTS.includes(parts[2]!) ? parts[2]! : null;
}

/** One sentence for every import of `file` that breaks a rule. */
function brokenRules(file: string, text: string): string[] {
  const layer = layerOf(file);
  const broken: string[] = [];
  for (const name of importsOf(text)) {
    if (name.startsWith('node:')) {
      if (!NODE_ALLOWED.some((rule) => rule.test(file))) {
        broken.push(`${file} imports ${name}: the host is reached through src/platform only`);
      }
      continue;
    }
    if (!name.startsWith('.')) {
      const allowed = PACKAGES[layer];
      if (allowed && !allowed.includes(name))
        broken.push(`${file} imports ${name}: ${layer} has no such dependency`);
      continue;
    }
    const target = posix.join(posix.dirname(file), name);
    const targetLayer = layerOf(target);
    if (targetLayer !== layer && !MAY_IMPORT[layer]?.includes(targetLayer)) {
      broken.push(`${file} imports ${target}: ${layer} must not know ${targetLayer}`);
    }
    const engine = engineOf(file);
    const targetEngine = engineOf(target);
    if (
      layer === 'engines' &&
      targetEngine !== null &&
      targetEngine !== engine &&
      basename(file) !== 'registry.ts'
    ) {
      broken.push(`${file} imports ${target}: engines never import other engines`);
    }
  }
  return broken;
}

/** The modules and packages that are loaded before a module runs. */
function loadedWith(file: string): string[] {
  const loaded = new Set([file]);
  for (const module of loaded) {
    if (!module.endsWith('.ts')) continue;
    for (const [, types, name] of read(module).matchAll(
      /^(?:import|export)\s(type\s)?(?:[^'"`;]*?\sfrom\s)?\s*'([^']+)'/gm,
    )) {
      if (!types) loaded.add(name!.startsWith('.') ? posix.join(posix.dirname(module), name!) : name!);
    }
  }
  return [...loaded];
}

describe('the layers', () => {
  test('every folder of src is a known layer', () => {
    expect([...new Set(sources.map(layerOf))].filter((layer) => !(layer in MAY_IMPORT))).toEqual([]);
  });

  test('every import follows the rules', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.flatMap((file) => brokenRules(file, read(file)))).toEqual([]);
  });

  test.each([
    ['src/audio/mel.ts', "import { x } from '../motion/index.ts';"],
    ['src/engines/mesh/index.ts', "import { x } from '../wav2lip/index.ts';"],
    ['src/engines/mouth/teeth.ts', "import { x } from '../mesh/index.ts';"],
    ['src/avatar/cache.ts', "import { readFile } from 'node:fs/promises';"],
    ['src/media/image.ts', "export * from '../pipeline/talk.ts';"],
    ['src/core/units.ts', "import type {\n  A,\n} from '../kernels/x.ts';"],
    ['src/core/units.ts', "import sharp from 'sharp';"],
    ['src/sinks/file.ts', "const m = await import('../encode/mp4.ts');"],
    ['src/cli/speak.ts', "import { talk } from '../pipeline/talk.ts';"],
  ])('a planted import in %s is found: %s', (file, text) => {
    expect(brokenRules(file, text)).toHaveLength(1);
  });

  test('threads of files start without the library of the checks, which takes longer to load than all the rest', () => {
    const threads = sources.filter(
      (file) => /worker\.ts$/.test(file) && !/\/(?:live|media-thread|node|server)\//.test(file),
    );
    expect(threads.length).toBeGreaterThan(3);
    expect(threads.filter((file) => loadedWith(file).includes('zod'))).toEqual([]);
    expect(loadedWith('src/core/index.ts')).toContain('zod');
  });

  test('nothing is used that the oldest Node that package.json allows does not know', () => {
    const later =
      /\b(?:Async)?DisposableStack\b|\bPromise\.try\b|\bRegExp\.escape\b|\bMath\.sumPrecise\b|\b(?:from|to)Base64\(/;
    expect(read('package.json')).toContain('"node": ">=22.13"');
    expect(sources.filter((file) => later.test(read(file)))).toEqual([]);
  });

  test('entry files only re-export', () => {
    for (const file of ENTRY_FILES.filter((name) => sources.includes(name))) {
      const rest = read(file)
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/^\s*\/\/.*$/gm, '')
        .replace(/^(?:export\s[^;]*?\sfrom\s|import\s)\s*'[^']+';$/gm, '');
      expect(rest.trim(), `${file} holds more than re-exports`).toBe('');
    }
    expect(sources.filter((file) => layerOf(file) === 'entry' && !ENTRY_FILES.includes(file))).toEqual([]);
  });
});

describe('the house rules', () => {
  test(`no file is longer than ${LONGEST_FILE} lines`, () => {
    const long = code
      .filter((file) => !/^\/\/ Generated|^\/\*\*? ?Generated/m.test(read(file).slice(0, 300)))
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > LONGEST_FILE);
    expect(long).toEqual([]);
  });

  test('files are named by their idea, in kebab-case', () => {
    const names = code.map((file) => basename(file));
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/.test(name))).toEqual([]);
    const vague = /^(utils?|helpers?|misc|common|shared|stuff|lib)\b/;
    const folders = code.flatMap((file) => dirname(file).split('/'));
    expect([...names, ...folders].filter((name) => vague.test(name))).toEqual([]);
  });

  test('there are no default exports', () => {
    const found = code.filter((file) => /^\s*export\s+default\b|\bas default\b/m.test(read(file)));
    expect(found).toEqual([]);
  });

  test('nothing is left for later', () => {
    const marker = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
    expect(code.filter((file) => marker.test(read(file)))).toEqual([]);
  });

  test('nothing names a path of somebody’s machine', () => {
    const text = files.filter(
      (file) => /\.(ts|js|mjs|py|sh|json|md|html|css|txt|ya?ml)$/.test(file) || file === '.ci/run',
    );
    const personal = /(?<![\w.])\/(?:work|home|Users|root)\/[A-Za-z]|[A-Z]:\\Users\\/;
    expect(text.filter((file) => personal.test(read(file)))).toEqual([]);
  });

  test('only the continuous-integration script knows where extra test media lie', () => {
    const outside = /\.\.\/shared\b|\/shared\/media/;
    const self = 'tests/architecture.test.ts';
    const knowing = files.filter(
      (file) => /\.(ts|py|sh|json|md)$/.test(file) && file !== self && outside.test(read(file)),
    );
    expect(knowing).toEqual([]);
  });

  test('the lockfile names no registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved":\s*"https?:/);
  });
});
