/**
 * The command line of the instrument.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { LoquentError } from '../../src/core/index.ts';

/** What the user asked for. */
export interface QualityOptions {
  readonly help: boolean;
  readonly json: boolean;
  /** Folder for the page. */
  readonly out: string | null;
  readonly quick: boolean;
  /** Whether `eval/baseline.json` is written anew from what is measured. */
  readonly accept: boolean;
  /** Videos that are measured instead of our own clips. */
  readonly video: readonly string[];
  /** Photos that are measured instead of the usual set. */
  readonly photos: readonly string[];
}

/** Text of `--help`. */
export const HELP = `Measures whole results: likeness, sharpness, steadiness, lips, eyes and head.

Usage: npm run -s eval -- [options] [photo ...]

Every portrait of demo/portraits speaks a recording with known phones and the demonstration's. If LOQUENT_TEST_MEDIA
names a folder, its portraits, recordings and videos (portraits/, speech/, videos/) are taken as well. The videos are
drawn, written, decoded and looked at with face analysis; docs/quality.md explains the measures.

  --json           print the whole report as JSON, nothing else, to standard output
  --out <folder>   also write a page with plots and sheets (report.html) and report.json into the folder
  --quick          the shipped portraits with one sentence: about a minute
  --video <file>   measure this video of a person instead, whoever made it (repeat for more)
  --accept         make this result the one that later ones are compared with (eval/baseline.json)
  --help           this text

Examples:
  npm run -s eval -- --out eval-report                  everything, and a page to look at
  npm run -s eval -- --quick                            did that change break something?
  npm run -s eval -- photo.jpg --out eval-report        what happens to this photo?
  npm run -s eval -- --video clip.mp4                   how steady is this video?
  npm run -s eval -- --json > report.json               for programs
`;

/**
 * Reads the command line.
 *
 * @throws LoquentError `OPTION_INVALID`.
 */
export function readOptions(args: readonly string[]): QualityOptions {
  const { values, positionals } = parse(args);
  if (values.accept && (values.quick || positionals.length > 0 || values.video.length > 0)) {
    throw invalid('Only a result over the whole usual set can be accepted.');
  }
  return { ...values, out: values.out ?? null, photos: positionals };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        out: { type: 'string' },
        quick: { type: 'boolean', default: false },
        accept: { type: 'boolean', default: false },
        video: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function invalid(message: string): LoquentError {
  return new LoquentError('OPTION_INVALID', message, { hint: 'See `npm run -s eval -- --help`.' });
}
