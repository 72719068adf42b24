import { basename, extname } from 'node:path';
import { Option } from 'commander';
import { type AvatarOptions, avatarSchema, LoquentError } from '../../core/index.ts';
import type { CommandContext, CommandSpec } from '../command.ts';
import { bytesText, lengthText } from '../figures.ts';
import { optionsFor, pick } from '../flags.ts';
import { teethOption } from '../teeth-option.ts';

type Typed = Partial<AvatarOptions> & { output?: string; teeth?: string; force?: boolean };

/** `loquent avatar`: prepares a photo, or clips of a person, once, into a file. */
export const avatarCommand: CommandSpec<Typed> = {
  name: 'avatar',
  summary: 'prepare a photo, or clips of a person, once and keep the result in a file',
  argument: [
    '<inputs...>',
    'JPEG, PNG or WebP that shows a face from the front; or one or several videos (mp4, mov, webm, mkv) of one person',
  ],
  options: [
    new Option(
      '-o, --output <file>',
      'file to write, .avatar (default: named after the photo or the first clip, in this folder)',
    ),
    teethOption(),
    ...optionsFor(avatarSchema),
    new Option('--force', 'replace the file if it exists'),
  ],
  examples: [
    ['loquent avatar photo.jpg -o me.avatar', 'prepare once'],
    ['loquent speak -i me.avatar -a speech.wav', 'and use it again and again'],
    ['loquent avatar group.jpg --face 2', 'the second largest face'],
    ['loquent avatar photo.jpg --teeth smile.jpg', "with the person's own teeth, out of another photo"],
    ['loquent avatar a.mp4 b.mp4 -o me.avatar', 'clips of a person, all faces followed through them'],
  ],

  async run(typed, first, context) {
    const { isVideo } = await import('../../index.ts');
    const { inputs } = context;
    const videos = await Promise.all(inputs.map((input) => isVideo(input)));
    const output = typed.output ?? `${basename(first, extname(first))}.avatar`;
    if (videos.every(Boolean)) return prepareClips(typed, output, context);
    if (inputs.length === 1) return preparePhoto(typed, first, output, context);
    const photo = inputs[videos.indexOf(false)];
    throw new LoquentError(
      'OPTION_INVALID',
      `An avatar is made of one photo or of videos; "${photo}" is no video.`,
    );
  },
};

async function preparePhoto(
  typed: Typed,
  photo: string,
  output: string,
  { reporter, signal }: CommandContext,
): Promise<undefined> {
  const { prepareAvatar, saveAvatar } = await import('../../index.ts');
  const avatar = await prepareAvatar(photo, {
    ...pick(avatarSchema, typed),
    teeth: typed.teeth,
    signal,
    onWarning: (warning) => reporter.warning(warning),
  });
  await saveAvatar(avatar, output, { force: typed.force ?? false });
  const { id, picture, region, face } = avatar;
  reporter.report(
    { output, id, picture, region, face },
    `${output}: face of ${Math.round(face.height)} pixels in a picture of ${picture.width}x${picture.height}`,
  );
}

async function prepareClips(
  typed: Typed,
  output: string,
  { inputs, reporter, signal }: CommandContext,
): Promise<undefined> {
  const { prepareFootage } = await import('../../index.ts');
  for (const name of ['face', 'teeth'] as const) {
    if (typed[name] !== undefined) {
      throw new LoquentError('OPTION_INVALID', `--${name} is for photos; of videos every face is prepared.`);
    }
  }
  const begun = performance.now();
  await using footage = await prepareFootage(inputs, {
    output,
    force: typed.force,
    signal,
    onWarning: (warning) => reporter.warning(warning),
    onProgress: (progress) => reporter.progress(progress),
  });
  const elapsed = (performance.now() - begun) / 1000;
  const clips = footage.clips.map(
    ({ name, width, height, fps, frameCount, emptyFrames, faceHeights, warnings }) => ({
      name,
      width,
      height,
      fps,
      frames: frameCount,
      framesWithoutFace: emptyFrames,
      faces: faceHeights.map((faceHeight) => ({ height: faceHeight })),
      warnings,
    }),
  );
  const frames = clips.reduce((sum, clip) => sum + clip.frames, 0);
  const trackingFps = frames / elapsed;
  const lines = clips.map((clip) => {
    const faces = clip.faces.map(({ height }) => Math.round(height)).join(', ');
    const missing = clip.framesWithoutFace > 0 ? `, ${clip.framesWithoutFace} frames without a face` : '';
    return `${clip.name}: ${lengthText(clip.frames / clip.fps)}, ${clip.width}x${clip.height}, faces of ${faces} pixels${missing}`;
  });
  const size = bytesText(footage.bytes);
  lines.push(
    `${output}: ${size}, made in ${lengthText(elapsed)} (${trackingFps.toFixed(0)} frames per second)`,
  );
  reporter.report(
    { output, id: footage.id, bytes: footage.bytes, elapsed, trackingFps, clips },
    lines.join('\n'),
  );
}
