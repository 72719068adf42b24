import {
  type Avatar,
  type MotionFrame,
  neutralMotion,
  type Picture,
  seconds,
  type VideoFrame,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import { HeadPaste } from '../../engines/portrait/head-paste.ts';
import type { DrawingSettings, PortraitEngine } from '../../engines/portrait-engine.ts';
import { i420Length, videoFrameOf } from '../../kernels/colour/index.ts';
import { readImage } from '../../media/image.ts';
import type { DrawingContext, SpeakingPhoto } from './speaking-engine.ts';

/**
 * Lets an engine that draws heads speak with a photo: everything around the head stays as photographed.
 *
 * @param networks - Of the engine; they stay the caller's.
 */
export async function* drawPortrait(
  engine: PortraitEngine,
  networks: Readonly<Record<string, Network>>,
  { avatar, framing, drawMesh }: SpeakingPhoto,
  movements: AsyncIterable<readonly MotionFrame[]>,
  settings: DrawingSettings,
  { clock, signal }: DrawingContext,
): AsyncGenerator<VideoFrame, void, undefined> {
  const { width, height } = framing;
  const photo = await wholePhoto(avatar);
  const renderer = await clock.measureAsync('render', () =>
    engine.load(networks, { avatar, photo }, settings, signal),
  );
  let paste: HeadPaste | undefined;
  for await (const { data } of drawMesh(stillMovement()))
    paste = await HeadPaste.load(data, framing, renderer.crop);
  const planes = new Uint8Array(i420Length(width, height));
  for await (const head of renderer.draw(movements, signal)) {
    clock.measure('render', () => paste!.lay(head, planes));
    yield videoFrameOf(planes, width, height);
  }
}

/** The photo as it is, for one frame. */
async function* stillMovement(): AsyncGenerator<readonly MotionFrame[], void, undefined> {
  yield [neutralMotion(seconds(0))];
}

/** The photo that an avatar was made of; its alpha means nothing. */
export async function wholePhoto({ surround, region, layers }: Avatar): Promise<Picture> {
  if (surround) return (await readImage(surround, { keepAlpha: true })).picture;
  const data = layers.background.slice();
  const { foreground } = layers;
  for (let at = 0; at < data.length; at += 4) {
    const rest = 255 - foreground[at + 3]!;
    for (let k = at; k < at + 3; k += 1) data[k] = foreground[k]! + (data[k]! * rest) / 255 + 0.5;
  }
  return { width: region.width, height: region.height, data };
}
