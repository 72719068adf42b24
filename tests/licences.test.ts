/** `docs/licences.md` against what npm really installs and what the package really ships. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly license?: string;
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** Licences that may be in the production tree at all: permissive, weak copyleft in files of their own. */
const ACCEPTED = [
  'MIT',
  'Apache-2.0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'MPL-2.0',
  'LGPL-3.0-or-later',
  'Unlicense',
];

/** Name and licence of everything that `npm install --omit=dev` may install. */
function productionTree(): { name: string; licence: string }[] {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional)
    .map(([path, entry]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      licence: entry.license ?? 'none declared',
    }));
}

/** First two cells of the rows between a heading and the next one. */
function rowsBelow(heading: string): { name: string; second: string }[] {
  const section = read('docs/licences.md')
    .split(/^## /m)
    .find((part) => part.startsWith(heading))!;
  return [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map((match) => ({
    name: match[1]!,
    second: match[2]!.trim(),
  }));
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

describe('docs/licences.md', () => {
  const rows = rowsBelow('Packages that npm installs');

  test('lists every package of the production tree with the licence that it declares', () => {
    const wrong = productionTree().flatMap(({ name, licence }) => {
      // Rows go from the particular to the general; the first that matches counts.
      const row = rows.find((candidate) => matches(candidate.name, name));
      return row?.second === licence
        ? []
        : [`${name} is ${licence}, the page says ${row?.second ?? 'nothing'}`];
    });
    expect(wrong).toEqual([]);
  });

  test('lists nothing that is not installed any more', () => {
    const installed = productionTree();
    const idle = rows.filter((row) => !installed.some(({ name }) => matches(row.name, name)));
    expect(idle).toEqual([]);
  });

  test('every licence in the tree is an accepted one', () => {
    const parts = productionTree().flatMap(({ name, licence }) =>
      licence.split(/ AND | OR /).map((part) => ({ name, part })),
    );
    expect(parts.filter(({ part }) => !ACCEPTED.includes(part))).toEqual([]);
  });

  test('lists every third-party file that the package ships', () => {
    const { files } = JSON.parse(read('assets/manifest.json')) as { files: { name: string }[] };
    const shipped = files.map(({ name }) => `assets/${name}`).filter((name) => !name.endsWith('.txt'));
    const listed = rowsBelow('Files of others that the package ships');
    expect(shipped.filter((name) => !listed.some((row) => matches(row.name, name)))).toEqual([]);
    expect(listed.filter((row) => !shipped.some((name) => matches(row.name, name)))).toEqual([]);
  });
});
