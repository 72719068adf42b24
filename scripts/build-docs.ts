/**
 * Writes the parts of the documentation that come from the program itself: `docs/cli.md` and `docs/options.md`.
 * With `--check` it writes nothing and fails if a file is not current.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { commandReference, optionReference } from './reference-docs.ts';

const pages = { 'cli.md': commandReference(), 'options.md': optionReference() };

for (const [name, text] of Object.entries(pages)) {
  const url = new URL(`../docs/${name}`, import.meta.url);
  if (!process.argv.includes('--check')) {
    writeFileSync(url, text);
  } else if (readFileSync(url, 'utf8') !== text) {
    console.error(`docs/${name} is not current: run \`npm run docs\`.`);
    process.exitCode = 1;
  }
}
