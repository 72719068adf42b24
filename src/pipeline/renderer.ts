import type { Avatar, ViewOptions } from '../core/index.ts';
import type { MotionEngine, MotionRenderer } from '../engines/engine.ts';
import { readImage } from '../media/image.ts';
import { openRenderer, type PictureReader, setBackground } from './open-renderer.ts';

const readPicture: PictureReader = async (source, keepAlpha) =>
  (await readImage(source, { keepAlpha })).picture;

/** Makes the renderer for an avatar and the picture options. */
export function loadRenderer(
  engine: MotionEngine,
  avatar: Avatar,
  options: ViewOptions,
): Promise<MotionRenderer> {
  return openRenderer(engine, avatar, options, readPicture);
}

/**
 * Changes what is seen behind the person, from the renderer's next frame on; also between two frames of a live stream.
 *
 * @param background - As in the options: `keep`, `blur:0.5`, `#ffffff`, a picture file, `transparent`...
 * @throws LoquentError `OPTION_INVALID`, `PERSON_INSEPARABLE`, and `INPUT_*` or `IMAGE_*` of the picture file.
 */
export function changeBackground(
  renderer: MotionRenderer,
  avatar: Avatar,
  background: string,
): Promise<void> {
  return setBackground(renderer, avatar, background, readPicture);
}
