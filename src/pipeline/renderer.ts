import { covers, frameShot } from '../compose/framing.ts';
import type { Avatar, Preset, ViewOptions } from '../core/index.ts';
import type { MotionEngine, MotionRenderer, View } from '../engines/engine.ts';
import { readImage } from '../media/image.ts';
import { changeBackground } from './change-background.ts';

/** Texture pixels per output pixel at most, by preset. */
const OVERSAMPLING: Readonly<Record<Preset, number>> = { fast: 1, balanced: 1.5, best: 2 };

/** Makes the renderer for an avatar and the picture options. */
export async function loadRenderer(
  engine: MotionEngine,
  avatar: Avatar,
  options: ViewOptions,
): Promise<MotionRenderer> {
  const framing = frameShot(avatar, options.crop, options.size);
  const beyond = avatar.surround !== null && !covers(avatar.region, framing.viewport);
  const surround = beyond ? (await readImage(avatar.surround, { keepAlpha: true })).picture : null;
  const view: View = { ...framing, surround, oversampling: OVERSAMPLING[options.preset] };
  const renderer = await engine.load(avatar, view);
  try {
    await changeBackground(renderer, avatar, options.background);
    return renderer;
  } catch (error) {
    renderer[Symbol.dispose]();
    throw error;
  }
}
