import { basename, extname } from 'node:path';
import { Option } from 'commander';
import {
  type EngineOptions,
  engineSchema,
  LoquentError,
  type RenderOptions,
  renderSchema,
} from '../../core/index.ts';
import type { AnotherVoice, RenderJob, RenderReport } from '../../index.ts';
import { alsoOption } from '../also-option.ts';
import type { CommandSpec } from '../command.ts';
import { bytesText, lengthText } from '../figures.ts';
import { optionsFor, pick } from '../flags.ts';
import { listenToOption } from '../listen-to-option.ts';
import { phonesOption } from '../phones-option.ts';
import { readPosition, resumeOption, writePosition } from '../resume-option.ts';
import { openStdin, readStdin } from '../standard-input.ts';
import { keepHeapSteady } from '../steady-heap.ts';
import { teethOption } from '../teeth-option.ts';
import { timelineOption } from '../timeline-option.ts';

type Typed = Partial<RenderOptions & EngineOptions> & {
  image: string;
  audio?: string;
  driving?: string;
  text?: string;
  voice: string;
  teeth?: string;
  phones?: string;
  timeline?: string;
  listenTo?: string;
  also?: readonly AnotherVoice[];
  resume?: string;
  output?: string;
  captions?: string;
  trace?: string;
};

/** `loquent speak`: photo and recording or text in, video out. */
export const speakCommand: CommandSpec<Typed> = {
  name: 'speak',
  summary: 'make a video of a portrait that speaks',
  options: [
    new Option(
      '-i, --image <file>',
      'photo (JPEG, PNG, WebP), video of a person (MP4, MOV, WebM, MKV) or prepared .avatar file; - for stdin',
    ).makeOptionMandatory(),
    new Option('-a, --audio <file>', 'speech (wav, mp3, m4a, ogg, flac, webm...); - for stdin'),
    new Option('-t, --text <text>', 'what is to be said, in place of --audio; - for stdin'),
    new Option(
      '--voice <name>',
      'who says the text: espeak, espeak:de (espeak-ng, with a language or voice of its own), or the URL of an OpenAI-compatible speech service',
    ).default('espeak'),
    new Option(
      '--driving <file>',
      'for the engine liveportrait: video of somebody whose head moves the photo; without --audio and --text the lips and the sound are theirs too',
    ),
    teethOption(),
    phonesOption(),
    timelineOption(),
    listenToOption(),
    alsoOption(),
    resumeOption(),
    new Option(
      '-o, --output <file>',
      'video to write: .mp4, .webm, .mov, or PNG pictures as frames/%05d.png; - for stdout (default: named after the photo, in this folder)',
    ),
    new Option(
      '--captions <file>',
      'captions that are drawn into the pictures: .srt or .vtt; needs FFmpeg with libass',
    ),
    new Option(
      '--trace <file>',
      'also write what every thread did when, as JSON for ui.perfetto.dev (replaced if it exists)',
    ),
    ...optionsFor(renderSchema),
    ...optionsFor(engineSchema),
  ],
  examples: [
    ['loquent speak -i photo.jpg -a speech.wav', 'photo.mp4 in this folder'],
    [
      'loquent speak -i photo.jpg -a speech.mp3 -o talk.mp4 --crop head --size 720',
      'the head alone, 720 pixels',
    ],
    ['loquent speak -i photo.jpg -t "Good morning!"', 'a text, spoken by espeak-ng'],
    [
      'loquent speak -i photo.jpg -t - --voice "https://:KEY@api.openai.com?voice=nova" < script.txt',
      'a script, spoken by a speech service',
    ],
    ['loquent speak -i photo.jpg -a speech.wav --still --blink 0.5', 'a calm speaker'],
    ['loquent speak -i photo.jpg -a speech.wav --background office.jpg', 'in front of another picture'],
    [
      'loquent speak -i photo.jpg -a speech.wav --background transparent -o talk.webm',
      'without a background',
    ],
    [
      'loquent speak -i photo.jpg -a speech.wav --emotion happy:0.5 --gaze 10,-5',
      'smiling, and looking past the viewer',
    ],
    ['loquent speak -i photo.jpg -a speech.wav --timeline scene.json', 'with changes on the way'],
    [
      'loquent speak -i ann.jpg -a ann.wav --listen-to bob.wav --manner lively',
      'one side of a conversation, listening while the other speaks',
    ],
    [
      'loquent speak -i photo.jpg -a speech.wav --phones speech.TextGrid',
      'lips after the phones of an aligner',
    ],
    ['loquent speak -i photo.jpg -a speech.wav --teeth smile.jpg', "with the person's own teeth"],
    [
      'loquent speak -i person.mp4 -a speech.wav -o dubbed.mp4',
      'a video in which the person says something else',
    ],
    [
      'loquent speak -i talk.mp4 -a ann.wav --face 0.3,0.5 --also 0.7,0.5:bob.wav -o both.mp4',
      'two people of a video, each with a voice of their own',
    ],
    [
      'loquent speak -i me.avatar -a answer.wav -o 2.mp4 --resume talk.json',
      'going on where the last answer left the footage',
    ],
    [
      'loquent speak -i person.mp4 -a speech.wav --engine wav2lip',
      'the mouth painted by Wav2Lip, whose weights you have (`loquent engines list`)',
    ],
    [
      'loquent speak -i photo.jpg --driving talk.mp4 --engine liveportrait',
      'the photo does and says what somebody in a video does and says',
    ],
    [
      'curl -s https://example.com/talk.mp3 | loquent speak -i photo.jpg -a - -o - | ffplay -',
      'from pipe to pipe',
    ],
  ],

  stdoutTaken: ({ output }) => output === '-',

  async run(typed, _argument, { reporter, signal }) {
    const { image, audio, text } = typed;
    const given = [audio, text].filter((value) => value !== undefined).length;
    if (given > 1 || (given === 0 && typed.driving === undefined)) {
      const hint = 'See `loquent speak --help`.';
      throw new LoquentError('OPTION_INVALID', 'Either --audio or --text says what is to be spoken.', {
        hint,
      });
    }
    if ([image, audio, text].filter((value) => value === '-').length > 1) {
      throw new LoquentError(
        'OPTION_INVALID',
        'Only one of --image, --audio and --text can come from stdin.',
      );
    }
    const { renderFile } = await import('../../index.ts');
    const report = await renderFile({
      ...pick(renderSchema, typed),
      ...pick(engineSchema, typed),
      image: image === '-' ? await readStdin(signal) : image,
      ...(await speechOf(typed, signal)),
      driving: typed.driving,
      teeth: typed.teeth,
      phones: typed.phones,
      controls: typed.timeline,
      listenTo: typed.listenTo,
      also: typed.also,
      resume: typed.resume === undefined ? undefined : await readPosition(typed.resume),
      output: typed.output ?? videoName(image, typed.background),
      captions: typed.captions,
      trace: typed.trace,
      signal,
      onProgress: (progress) => {
        keepHeapSteady();
        reporter.progress(progress);
      },
      onWarning: (warning) => reporter.warning(warning),
    });
    if (typed.resume !== undefined && report.footage)
      await writePosition(typed.resume, report.footage.position);
    reporter.report(report, summary(report));
    return undefined;
  },
};

/** A recording or a text, if either is given. */
async function speechOf(
  { audio, text, voice }: Typed,
  signal: AbortSignal,
): Promise<Pick<RenderJob, 'audio'>> {
  if (text !== undefined) return { audio: await spoken(text, voice, signal) };
  if (audio === undefined) return {};
  return { audio: audio === '-' ? openStdin(signal) : audio };
}

async function spoken(text: string, voice: string, signal: AbortSignal) {
  const { speakText } = await import('../../index.ts');
  const words = text === '-' ? new TextDecoder().decode(await readStdin(signal)) : text;
  return speakText(words, voice, signal);
}

function videoName(image: string, background: string | undefined): string {
  const name = image === '-' ? 'portrait' : basename(image, extname(image));
  return `${name}.${background === 'transparent' ? 'webm' : 'mp4'}`;
}

function summary(report: RenderReport): string {
  const { output, bytes, width, height, fps, duration, elapsed, realtime } = report;
  const name = output === '-' ? 'stdout' : output;
  const speed = `made in ${lengthText(elapsed)} (${realtime.toFixed(1)}x real time)`;
  return `${name}: ${lengthText(duration)}, ${width}x${height} at ${fps} fps, ${bytesText(bytes)}, ${speed}`;
}
