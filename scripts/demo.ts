/**
 * `npm run demo`: our own portrait speaks, into `out/demo.mp4`. Runs the program as a user would.
 *
 * @module
 */
import { mkdirSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../src/cli/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const speech = readdirSync(`${root}demo/speech`).find((name) => /\.(wav|flac|mp3|ogg|opus)$/.test(name));
const output = `${root}out/demo.mp4`;

if (speech === undefined) throw new Error('There is no recording in demo/speech.');
mkdirSync(`${root}out`, { recursive: true });
const job = [
  'speak',
  '-i',
  `${root}demo/portraits/ava.png`,
  '-a',
  `${root}demo/speech/${speech}`,
  '-o',
  output,
];
process.exitCode = await runProgram([...job, '--force', ...process.argv.slice(2)]);
if (process.exitCode === 0) console.log(`Open ${output} to see it.`);
