import { makeBackdrop } from '../compose/backdrop.ts';
import { covers, frameShot } from '../compose/framing.ts';
import { type Avatar, LoquentError, type Picture, parseBackground } from '../core/basics.ts';
import type { Preset, ViewOptions } from '../core/index.ts';
import type { MotionEngine, MotionRenderer, View } from '../engines/engine.ts';

/** Texture pixels per output pixel at most, by preset. */
const OVERSAMPLING: Readonly<Record<Preset, number>> = { fast: 1, balanced: 1.5, best: 2 };

/**
 * Decodes a picture file as the host can: sRGB, with straight alpha if it is to be kept, else opaque.
 *
 * @param source - The file's bytes, or where it lies.
 */
export type PictureReader = (source: string | URL | Uint8Array, keepAlpha: boolean) => Promise<Picture>;

/** Makes the renderer for an avatar and the picture options, on any host. */
export async function openRenderer(
  engine: MotionEngine,
  avatar: Avatar,
  options: ViewOptions,
  readPicture: PictureReader,
): Promise<MotionRenderer> {
  const framing = frameShot(avatar, options.crop, options.size);
  const beyond = avatar.surround !== null && !covers(avatar.region, framing.viewport);
  const surround = beyond ? await readPicture(avatar.surround, true) : null;
  const view: View = { ...framing, surround, oversampling: OVERSAMPLING[options.preset] };
  const renderer = await engine.load(avatar, view);
  try {
    await setBackground(renderer, avatar, options.background, readPicture);
    return renderer;
  } catch (error) {
    renderer[Symbol.dispose]();
    throw error;
  }
}

/**
 * Changes what is seen behind the person, from the renderer's next frame on; also between two frames of a live stream.
 *
 * @param background - As in the options: `keep`, `blur:0.5`, `#ffffff`, a picture file, `transparent`...
 * @throws LoquentError `OPTION_INVALID`, `PERSON_INSEPARABLE`, and what `readPicture` throws.
 */
export async function setBackground(
  renderer: MotionRenderer,
  avatar: Avatar,
  background: string,
  readPicture: PictureReader,
): Promise<void> {
  renderer.setBackdrop(await backdropFor(renderer, avatar, background, readPicture));
}

/**
 * What `setBackground` puts behind the person: premultiplied RGBA of the renderer's size, `null` for the photo's own background.
 *
 * @throws LoquentError as {@link setBackground}.
 */
export async function backdropFor(
  renderer: MotionRenderer,
  avatar: Avatar,
  background: string,
  readPicture: PictureReader,
): Promise<Uint8Array | null> {
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
  return makeBackdrop(wanted, {
    width: renderer.width,
    height: renderer.height,
    scenery: () => renderer.scenery(),
    readPicture: (source) => readPicture(source, false),
  });
}
