/**
 * The command line of the instrument.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { HEARING_PROFILES, type HearingProfile, LoquentError } from '../../src/core/index.ts';

/** Parts of the measurement. */
export const PARTS = ['held-out', 'music', 'singing', 'videos', 'cost'] as const;
/** A part of the measurement. */
export type Part = (typeof PARTS)[number];

/** What the user asked for. */
export interface LipOptions {
  readonly help: boolean;
  readonly json: boolean;
  /** Folder for the page. */
  readonly out: string | null;
  readonly quick: boolean;
  /** Whether npm may install the other systems into the cache. */
  readonly peers: boolean;
  readonly only: readonly Part[];
  readonly profile: HearingProfile;
  readonly seed: number;
  /** Earlier report to compare with. */
  readonly since: string | null;
  readonly video: readonly string[];
  readonly music: readonly string[];
  readonly singing: readonly string[];
  /** Recordings with known phones. */
  readonly recordings: readonly string[];
}

/** Text of `--help`. */
export const HELP = `Measures lip sync.

Usage: npm run -s eval:lips -- [options] [speech.wav ...]

Recordings need their phones beside them: speech.json holds [[start ms, end ms, "IPA"], ...], "" for a pause.
Videos of people who talk come from the folder videos of LOQUENT_TEST_MEDIA, songs from speech/singer-*.wav of it.

  --json             print the whole report as JSON, nothing else, to standard output
  --out <folder>     also write a page with plots (index.html) and report.json into the folder
  --quick            fewer sentences and conditions, shorter music, no ceilings: a few minutes
  --peers            install the other systems into the cache with npm (147 MB) and run them as well
                     (once installed they always run)
  --only <parts>     only these, separated by commas: ${PARTS.join(', ')}
  --profile <name>   hearing profile: ${HEARING_PROFILES.join(', ')} (default standard)
  --video <file>     judge the lips of this video against its own sound (repeat for more); with phones beside it
                     (clip.json) its p, b, m are checked too. Without --only this measures nothing else.
  --music <file>     also take this instrumental piece (repeat for more)
  --singing <file>   also take this song (repeat for more)
  --since <file>     also say what changed since an earlier report.json (not with --json)
  --seed <number>    seed of everything random (default 1)
  --help             this text

Examples:
  npm run -s eval:lips -- --peers --out eval-report        everything, and a page to read
  npm run -s eval:lips -- --quick --only held-out          are the lips right? two minutes
  npm run -s eval:lips -- --video render.mp4               is this video in sync?
  npm run -s eval:lips -- --json > report.json             for programs
  npm run -s eval:lips -- --quick --since report.json      did that change help?
`;

/**
 * Reads the command line.
 *
 * @throws LoquentError `OPTION_INVALID`.
 */
export function readOptions(args: readonly string[]): LipOptions {
  const { values, positionals } = parse(args);
  const only = (values.only ?? '').split(',').filter((name) => name !== '');
  const unknown = only.filter((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw invalid(`There is no part "${unknown[0]}"; there are ${PARTS.join(', ')}.`);
  }
  const profile = values.profile as HearingProfile;
  if (!HEARING_PROFILES.includes(profile)) {
    throw invalid(`There is no profile "${profile}"; there are ${HEARING_PROFILES.join(', ')}.`);
  }
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw invalid(`The seed must be a whole number, not "${values.seed}".`);
  const judgesVideos = values.video.length > 0 && only.length === 0;
  return {
    ...values,
    out: values.out ?? null,
    since: values.since ?? null,
    profile,
    seed,
    only: only.length > 0 ? (only as Part[]) : judgesVideos ? [] : PARTS,
    recordings: positionals,
  };
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
        peers: { type: 'boolean', default: false },
        only: { type: 'string' },
        profile: { type: 'string', default: 'standard' },
        video: { type: 'string', multiple: true, default: [] },
        music: { type: 'string', multiple: true, default: [] },
        singing: { type: 'string', multiple: true, default: [] },
        seed: { type: 'string', default: '1' },
        since: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function invalid(message: string): LoquentError {
  return new LoquentError('OPTION_INVALID', message, { hint: 'See `npm run -s eval:lips -- --help`.' });
}
