/**
 * `npm run -s eval:lips -- [options] [speech.wav ...]`: measures lip sync on held-out voices with known phones, on music,
 * songs and noises, and on videos of people who talk, with other systems beside ours. `docs/lip-sync-evaluation.md` says
 * what the figures mean; `--help` lists the options.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import '../src/platform/node/use.ts';
import { Interrupt } from '../src/cli/interrupt.ts';
import { asLoquentError } from '../src/core/index.ts';
import { changesText } from './lips/changes.ts';
import { measure } from './lips/measure.ts';
import { HELP, readOptions } from './lips/options.ts';
import { toPage } from './lips/page.ts';
import { toJson, toText } from './lips/report.ts';
import { ProgressNote } from './progress-note.ts';

using interrupt = new Interrupt();
const progress = new ProgressNote();

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
  } else {
    // Read before the minutes that measuring takes.
    const earlier = options.since === null ? null : JSON.parse(readFileSync(options.since, 'utf8'));
    const report = await measure(options, {
      signal: interrupt.signal,
      note: (what) => progress.show(what),
    });
    progress.clear();
    const json = toJson(report);
    if (options.out !== null) {
      mkdirSync(options.out, { recursive: true });
      writeFileSync(join(options.out, 'report.json'), `${json}\n`);
      writeFileSync(join(options.out, 'index.html'), toPage(report));
    }
    process.stdout.write(options.json ? `${json}\n` : toText(report));
    if (earlier !== null && !options.json)
      process.stdout.write(`\n${changesText(earlier, JSON.parse(json))}`);
    if (options.out !== null && !options.json) {
      process.stdout.write(`\nThe page is ${join(options.out, 'index.html')}\n`);
    }
    if (report.failed.length > 0) process.exitCode = 1;
  }
} catch (thrown) {
  progress.clear();
  const error = asLoquentError(interrupt.signal.aborted ? interrupt.signal.reason : thrown);
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = error.exitCode;
}
