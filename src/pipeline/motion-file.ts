import { LoquentError, seconds } from '../core/index.ts';
import {
  cuesToJson,
  cuesToTsv,
  toArkitCsv,
  toArkitJson,
  toMouthCues,
  toTalkingHead,
  toVisemesJson,
} from '../motion/index.ts';
import { platform } from '../platform/index.ts';
import { openFileSink } from '../sinks/file.ts';
import type { MotionTrack } from './track-motion.ts';

/**
 * How a motion track is written: `json` every frame with 52 weights and poses; `csv` the same as Live Link Face records
 * it; `tsv` and `cues` mouth shapes for 2D animation, as Rhubarb Lip Sync writes them in text and JSON; `visemes` the
 * weights of the fifteen Oculus visemes; `talkinghead` a timeline of visemes for TalkingHead.
 */
export const MOTION_FORMATS = ['json', 'csv', 'tsv', 'cues', 'visemes', 'talkinghead'] as const;
/** How a motion track is written. */
export type MotionFormat = (typeof MOTION_FORMATS)[number];

/** File name endings of each format; the first is the usual one. */
const ENDINGS: Readonly<Record<MotionFormat, readonly string[]>> = {
  json: ['.json'],
  csv: ['.csv'],
  tsv: ['.tsv', '.txt'],
  cues: ['.json'],
  visemes: ['.json'],
  talkinghead: ['.json'],
};

/** Options of {@link saveMotion}. */
export interface SaveMotionOptions {
  /** Default: by the ending of the path. */
  readonly format?: MotionFormat | undefined;
  /** Replace the file if it exists. */
  readonly force?: boolean | undefined;
  /** Name of the recording, noted in the format `cues`. */
  readonly soundFile?: string | undefined;
}

/**
 * Writes a motion track into a file; nothing is left behind on failure.
 *
 * @param path - Where the track goes; `-` is stdout.
 * @throws LoquentError `OUTPUT_EXISTS` unless `force`, `OUTPUT_UNSUPPORTED`, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function saveMotion(
  track: MotionTrack,
  path: string,
  options: SaveMotionOptions = {},
): Promise<void> {
  const format = options.format ?? motionFormatOf(path);
  const sinkOptions = { force: options.force ?? false, endings: ENDINGS[format] };
  await using sink = await openFileSink(path, sinkOptions);
  const text = motionText(track, format, options.soundFile ?? '');
  await platform().files.write(sink.temporaryPath, new TextEncoder().encode(text));
  await sink.commit();
}

/**
 * The format that the ending of a path asks for; `json` for stdout.
 *
 * @throws LoquentError `OUTPUT_UNSUPPORTED`.
 */
export function motionFormatOf(path: string): MotionFormat {
  if (path === '-') return 'json';
  for (const format of ['json', 'csv', 'tsv'] as const) {
    if (ENDINGS[format].some((ending) => path.toLowerCase().endsWith(ending))) return format;
  }
  const endings = [...new Set(Object.values(ENDINGS).flat())].join(', ');
  throw new LoquentError('OUTPUT_UNSUPPORTED', `The output "${path}" says no known format by its ending.`, {
    hint: `Choose a file name that ends in one of ${endings}.`,
  });
}

function motionText({ frames, speech, fps }: MotionTrack, format: MotionFormat, soundFile: string): string {
  if (format === 'json') return toArkitJson(frames, fps);
  if (format === 'csv') return toArkitCsv(frames, fps);
  if (format === 'visemes') return toVisemesJson(speech);
  const end = seconds(frames.length / fps);
  if (format === 'talkinghead') return toTalkingHead(speech, end);
  const cues = toMouthCues(speech, end);
  return format === 'tsv' ? cuesToTsv(cues) : cuesToJson(cues, soundFile);
}
