import { makeBackdrop } from '../compose/backdrop.ts';
import { type Avatar, LoquentError, parseBackground } from '../core/index.ts';
import type { MotionRenderer } from '../engines/engine.ts';
import { readImage } from '../media/image.ts';

/**
 * Changes what is seen behind the person, from the renderer's next frame on; also between two frames of a live stream.
 *
 * @param background - As in the options: `keep`, `blur:0.5`, `#ffffff`, a picture file, `transparent`...
 * @throws LoquentError `OPTION_INVALID`, `PERSON_INSEPARABLE`, and `INPUT_*` or `IMAGE_*` of the picture file.
 */
export async function changeBackground(
  renderer: MotionRenderer,
  avatar: Avatar,
  background: string,
): Promise<void> {
  const wanted = parseBackground(background);
  if (wanted === null) {
    throw new LoquentError('OPTION_INVALID', `"${background}" is no background.`);
  }
  if (wanted.kind !== 'keep' && !avatar.layers.matted) {
    throw new LoquentError(
      'PERSON_INSEPARABLE',
      'The person could not be told from the background of this photo.',
    );
  }
  const backdrop = await makeBackdrop(wanted, {
    width: renderer.width,
    height: renderer.height,
    scenery: () => renderer.scenery(),
    readPicture: async (source) => (await readImage(source)).picture,
  });
  renderer.setBackdrop(backdrop);
}
