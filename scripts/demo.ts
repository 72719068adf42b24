/**
 * `npm run demo`: our own portrait speaks, into `out/demo.mp4`. Runs the program as a user would; more options of
 * `loquent speak` can follow (`npm run demo -- --crop head`).
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { demoSpeech } from '../bench/demo-speech.ts';
import { runProgram } from '../src/cli/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'out', 'demo.mp4');

mkdirSync(join(root, 'out'), { recursive: true });
const job = ['speak', '-i', join(root, 'demo', 'portraits', 'ava.png'), '-a', demoSpeech(), '-o', output];
process.exitCode = await runProgram([...job, '--force', ...process.argv.slice(2)]);
if (process.exitCode === 0) console.log(`Open ${output} to see it.`);
