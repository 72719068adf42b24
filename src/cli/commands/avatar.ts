import { basename, extname } from 'node:path';
import { Option } from 'commander';
import { type AvatarOptions, avatarSchema } from '../../core/index.ts';
import type { CommandSpec } from '../command.ts';
import { optionsFor, pick } from '../flags.ts';
import { teethOption } from '../teeth-option.ts';

type Typed = Partial<AvatarOptions> & { output?: string; teeth?: string; force?: boolean };

/** `loquent avatar`: prepares a photo once, into a file. */
export const avatarCommand: CommandSpec<Typed> = {
  name: 'avatar',
  summary: 'prepare a photo once and keep the result in a file',
  argument: ['<photo>', 'JPEG, PNG or WebP that shows a face from the front'],
  options: [
    new Option(
      '-o, --output <file>',
      'file to write, .avatar (default: named after the photo, in this folder)',
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
  ],

  async run(typed, photo, { reporter, signal }) {
    const { prepareAvatar, saveAvatar } = await import('../../index.ts');
    const output = typed.output ?? `${basename(photo, extname(photo))}.avatar`;
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
    return undefined;
  },
};
