#!/usr/bin/env node
/**
 * Start of the `loquent` program. Everything else is loaded only on a Node that can run it, so this file keeps to
 * syntax that older versions can read.
 *
 * @module
 */
import process from 'node:process';

const OLDEST = [22, 13] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `Loquent needs Node ${OLDEST.join('.')} or newer, but this is Node ${process.versions.node}; install a current one from https://nodejs.org.\n`,
  );
  process.exitCode = 5;
} else {
  const { keepCompiledSources } = await import('./compile-cache.ts');
  keepCompiledSources();
  const { threadAhead } = await import('./thread-ahead.ts');
  const start = threadAhead(process.argv.slice(2));
  // On a second core the thread is ready when there is something to do for it.
  if (start) (await import('../ahead.ts'))[start]();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
  // Workers and child processes have ended by now; whatever a library still holds open must not keep the user waiting.
  process.exit();
}
