/**
 * Writes what comes from the program itself: `docs/cli.md`, `docs/options.md`, and the types of the client out of the
 * description of the service. With `--check` it writes nothing and fails if a file is not current.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { clientTypes } from './client-types.ts';
import { commandReference, optionReference } from './reference-docs.ts';

const pages = {
  'docs/cli.md': commandReference(),
  'docs/options.md': optionReference(),
  'src/client/service-types.ts': await clientTypes(),
};

for (const [name, text] of Object.entries(pages)) {
  const url = new URL(`../${name}`, import.meta.url);
  if (!process.argv.includes('--check')) {
    writeFileSync(url, text);
  } else if (!existsSync(url) || readFileSync(url, 'utf8') !== text) {
    console.error(`${name} is not current: run \`npm run docs\`.`);
    process.exitCode = 1;
  }
}
