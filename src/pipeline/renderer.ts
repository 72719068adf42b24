import type { Avatar, ViewOptions } from '../core/index.ts';
import type { MotionEngine, MotionRenderer } from '../engines/engine.ts';
import { readImage } from '../media/image.ts';
import { backdropFor, openRenderer, type PictureReader } from './open-renderer.ts';

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
 * What can be put behind the person, by `setBackdrop`: premultiplied RGBA of the renderer's size, `null` for the photo's own background.
 *
 * @param background - As in the options: `keep`, `blur:0.5`, `#ffffff`, a picture file, `transparent`...
 * @throws LoquentError `OPTION_INVALID`, `PERSON_INSEPARABLE`, and `INPUT_*` or `IMAGE_*` of the picture.
 */
export function makeBackground(
  renderer: MotionRenderer,
  avatar: Avatar,
  background: string,
): Promise<Uint8Array | null> {
  return backdropFor(renderer, avatar, background, readPicture);
}
