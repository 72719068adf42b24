/** The documentation against the program: nothing in it may go stale. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandReference, optionReference } from '../scripts/reference-docs.ts';
import { EXIT_CODES } from '../src/cli/command.ts';
import { ERRORS, type ErrorCode, type ErrorEntry } from '../src/core/index.ts';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
/** All sources except the catalogue itself. */
const sources = globSync('src/**/*.ts', { cwd: fileURLToPath(root) })
  .filter((path) => !path.endsWith('errors.ts'))
  .map((path) => read(path.replaceAll('\\', '/')))
  .join('\n');

describe('docs/errors.md', () => {
  const rows = new Map(
    [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map((match) => [
      match[1]!,
      match[2]!.split(' | '),
    ]),
  );

  test('has a row for every code of the catalogue', () => {
    expect(Object.keys(ERRORS).filter((code) => !rows.has(code))).toEqual([]);
  });

  test.each(Object.entries<ErrorEntry>(ERRORS))('says of %s what the catalogue says', (code, entry) => {
    const [meaning = '', ...rest] = rows.get(code) ?? [];
    expect(meaning).toMatch(/^.{20,}\.$/);
    const retryable = entry.retryable ? 'yes' : 'no';
    expect(rest).toEqual([entry.hint, String(entry.exitCode), String(entry.status), retryable]);
  });

  test('lists the exit codes that the help lists', () => {
    const listed = [...read('docs/errors.md').matchAll(/^\| (\d+) \| /gm)].map((match) => Number(match[1]));
    expect(listed).toEqual(EXIT_CODES.map(([code]) => code));
  });

  test('lists every warning that the sources can give, and no other', () => {
    // Besides codes, the sources name environment variables (LOQUENT_..., LIVEKIT_...) and errors of Node (ERR_...).
    const listed = [...rows.keys()].filter((code) => !(code in ERRORS));
    const given = new Set([...sources.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((match) => match[1]!));
    for (const code of Object.keys(ERRORS)) given.delete(code);
    expect(listed.toSorted()).toEqual(
      [...given].filter((name) => !/^(LOQUENT|LIVEKIT|ERR)_/.test(name)).toSorted(),
    );
  });

  test('every code of the catalogue is raised somewhere', () => {
    const raised = (code: string) => sources.includes(`'${code}'`);
    expect(Object.keys(ERRORS).filter((code) => !raised(code))).toEqual([]);
  });

  test('every hint is a sentence', () => {
    const entries = Object.entries<ErrorEntry>(ERRORS) as [ErrorCode, ErrorEntry][];
    expect(entries.filter(([, { hint }]) => !/^[A-Z].*[.]$/.test(hint)).map(([code]) => code)).toEqual([]);
  });
});

describe('generated pages', () => {
  test('docs/cli.md is what the program says now (npm run docs)', () => {
    expect(read('docs/cli.md')).toBe(commandReference());
  });

  test('docs/options.md is what the schema says now (npm run docs)', () => {
    expect(read('docs/options.md')).toBe(optionReference());
  });
});

describe('links', () => {
  const pages = [
    ...readdirSync(root),
    ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
  ].filter((name) => name.endsWith('.md'));

  test.each(pages)('every relative link in %s leads to a file', (page) => {
    const base = new URL(page, root);
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(
      (match) => match[1]!,
    );
    expect(links.filter((link) => !existsSync(new URL(link, base)))).toEqual([]);
  });

  test('every npm script that a page names exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run (?:-s )?([a-z:]+)/g)].map((match) => match[1]!),
    );
    expect(named.length).toBeGreaterThan(5);
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
