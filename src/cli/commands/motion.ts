import { basename, extname } from 'node:path';
import { Option } from 'commander';
import { LoquentError, type MotionOptions, motionSchema, renderSchema } from '../../core/index.ts';
import type { MotionFormat, MotionTrack } from '../../index.ts';
import type { CommandSpec } from '../command.ts';
import { lengthText } from '../figures.ts';
import { optionsFor, pick } from '../flags.ts';
import { listenToOption } from '../listen-to-option.ts';
import { phonesOption } from '../phones-option.ts';
import { openStdin } from '../standard-input.ts';
import { timelineOption } from '../timeline-option.ts';

const limits = renderSchema.pick({ maxDuration: true, force: true });

type Typed = Partial<MotionOptions> & {
  audio?: string;
  phones?: string;
  timeline?: string;
  listenTo?: string;
  output?: string;
  format?: MotionFormat;
  force?: boolean;
  maxDuration?: number;
};

/** `loquent motion`: the movement alone, for game engines and animation tools. */
export const motionCommand: CommandSpec<Typed> = {
  name: 'motion',
  summary: 'write the movement alone: 52 ARKit blendshapes, head pose, or mouth cues',
  options: [
    new Option(
      '-a, --audio <file>',
      'speech (wav, mp3, m4a, ogg, flac, webm...); - for stdin; not needed with --phones',
    ),
    phonesOption(),
    timelineOption(),
    listenToOption(),
    new Option(
      '-o, --output <file>',
      'file to write; - for stdout (default: named after the speech, in this folder)',
    ),
    new Option(
      '--format <name>',
      'json (frames), csv (Live Link Face), tsv or cues (mouth cues as text or JSON), visemes (Oculus weights), talkinghead (timeline) (default: by the ending of the output)',
    ).choices(['json', 'csv', 'tsv', 'cues', 'visemes', 'talkinghead']),
    ...optionsFor(motionSchema),
    ...optionsFor(limits),
  ],
  examples: [
    ['loquent motion -a speech.wav -o track.json', 'every frame with 52 weights and the head pose'],
    [
      'loquent motion -a speech.wav -o track.csv --fps 60',
      'one line per frame, for Unreal Engine or Blender',
    ],
    ['loquent motion -a speech.wav -o mouth.tsv', 'mouth cues for 2D animation'],
    [
      'loquent motion --phones speech.TextGrid -o track.json',
      'from the phones of an aligner alone; add -a for loudness and stress',
    ],
  ],

  stdoutTaken: ({ output }) => output === '-',

  async run(typed, _argument, { reporter, signal }) {
    const { audio, force = false } = typed;
    const source = audio ?? typed.phones;
    if (source === undefined) {
      throw new LoquentError(
        'OPTION_INVALID',
        'Give speech with --audio, its phones with --phones, or both.',
      );
    }
    const { motionFormatOf, saveMotion } = await import('../../index.ts');
    const output = typed.output ?? trackName(source, typed.format ?? 'json');
    const format = typed.format ?? motionFormatOf(output);
    const track = await trackOf(typed, signal);
    await saveMotion(track, output, { format, force, soundFile: audio === undefined ? '' : basename(audio) });
    const { fps, frames } = track;
    const duration = frames.length / fps;
    reporter.report(
      { output, format, fps, frames: frames.length, duration },
      `${output === '-' ? 'stdout' : output}: ${frames.length} frames at ${fps} fps, ${lengthText(duration)}`,
    );
    return undefined;
  },
};

async function trackOf(typed: Typed, signal: AbortSignal): Promise<MotionTrack> {
  const { readPhones, readSpeech, readTimeline, trackMotion, trackPhones } = await import('../../index.ts');
  const options = pick(motionSchema, typed);
  const phones = typed.phones === undefined ? undefined : await readPhones(typed.phones);
  const controls = typed.timeline === undefined ? undefined : await readTimeline(typed.timeline);
  const { audio, maxDuration } = typed;
  if (audio === undefined) return trackPhones(phones!, { ...options, controls });
  const speech = readSpeech(audio === '-' ? openStdin(signal) : audio, {
    ...(maxDuration === undefined ? {} : { maxDuration }),
    signal,
  });
  const listenTo = typed.listenTo === undefined ? undefined : readSpeech(typed.listenTo, { signal });
  return trackMotion(speech, { ...options, phones, controls, listenTo, signal });
}

function trackName(audio: string, format: MotionFormat): string {
  const name = audio === '-' ? 'speech' : basename(audio, extname(audio));
  return `${name}.${format === 'csv' || format === 'tsv' ? format : 'json'}`;
}
