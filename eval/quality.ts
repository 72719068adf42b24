/**
 * `npm run -s eval -- [options] [photo ...]`: measures whole results, from photo and sound to the finished video.
 * `docs/quality.md` says what the figures mean; `--help` lists the options.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import '../src/platform/node/use.ts';
import { Interrupt } from '../src/cli/interrupt.ts';
import { asLoquentError } from '../src/core/index.ts';
import { ProgressNote } from './progress-note.ts';
import { writeBaseline } from './quality/baseline.ts';
import { HELP, readOptions } from './quality/options.ts';
import { toPage } from './quality/page.ts';
import { toJson, toText } from './quality/report.ts';
import { measureQuality } from './quality/run.ts';

using interrupt = new Interrupt();
const progress = new ProgressNote();

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
  } else {
    const { report, sheets } = await measureQuality(options, {
      signal: interrupt.signal,
      note: (what) => progress.show(what),
    });
    progress.clear();
    if (options.out !== null) {
      mkdirSync(options.out, { recursive: true });
      writeFileSync(join(options.out, 'report.json'), `${toJson(report, true)}\n`);
      writeFileSync(join(options.out, 'report.html'), toPage(report, sheets));
    }
    process.stdout.write(options.json ? `${toJson(report)}\n` : toText(report));
    if (options.accept) writeBaseline(report);
    if (options.out !== null && !options.json) {
      process.stdout.write(`\nThe page is ${join(options.out, 'report.html')}\n`);
    }
  }
} catch (thrown) {
  progress.clear();
  const error = asLoquentError(interrupt.signal.aborted ? interrupt.signal.reason : thrown);
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = error.exitCode;
}
