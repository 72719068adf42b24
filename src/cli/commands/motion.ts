import { basename, extname } from 'node:path';
import { Option } from 'commander';
import { type MotionOptions, motionSchema, renderSchema } from '../../core/index.ts';
import type { MotionFormat } from '../../index.ts';
import type { CommandSpec } from '../command.ts';
import { lengthText } from '../figures.ts';
import { optionsFor, pick } from '../flags.ts';
import { openStdin } from '../standard-input.ts';

const limits = renderSchema.pick({ maxDuration: true, force: true });

type Typed = Partial<MotionOptions> & {
  audio: string;
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
      'speech (wav, mp3, m4a, ogg, flac, webm...); - for stdin',
    ).makeOptionMandatory(),
    new Option(
      '-o, --output <file>',
      'file to write; - for stdout (default: named after the speech, in this folder)',
    ),
    new Option(
      '--format <name>',
      'json (frames), csv (Live Link Face), tsv or cues (mouth cues as text or JSON) (default: by the ending of the output)',
    ).choices(['json', 'csv', 'tsv', 'cues']),
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
  ],

  stdoutTaken: ({ output }) => output === '-',

  async run(typed, _argument, { reporter, signal }) {
    const { motionFormatOf, readSpeech, saveMotion, trackMotion } = await import('../../index.ts');
    const { audio, maxDuration, force = false } = typed;
    const output = typed.output ?? trackName(audio, typed.format ?? 'json');
    const format = typed.format ?? motionFormatOf(output);
    const speech = readSpeech(audio === '-' ? openStdin(signal) : audio, {
      ...(maxDuration === undefined ? {} : { maxDuration }),
      signal,
    });
    const track = await trackMotion(speech, { ...pick(motionSchema, typed), signal });
    await saveMotion(track, output, { format, force, soundFile: basename(audio) });
    const { fps, frames } = track;
    const duration = frames.length / fps;
    reporter.report(
      { output, format, fps, frames: frames.length, duration },
      `${output === '-' ? 'stdout' : output}: ${frames.length} frames at ${fps} fps, ${lengthText(duration)}`,
    );
    return undefined;
  },
};

function trackName(audio: string, format: MotionFormat): string {
  const name = audio === '-' ? 'speech' : basename(audio, extname(audio));
  return `${name}.${format === 'cues' ? 'json' : format}`;
}
