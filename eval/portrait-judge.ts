/**
 * Judges a whole result on one portrait: lips against known phones, background, sharpness.
 *
 * @module
 */
import sharp from 'sharp';
import { frameShot } from '../src/compose/framing.ts';
import { meshEngine } from '../src/engines/mesh/index.ts';
import {
  type Avatar,
  type Frame,
  type MotionFrame,
  neutralMotion,
  type Picture,
  type Rect,
  seconds,
  type ViewOptions,
} from '../src/index.ts';
import { loadRenderer } from '../src/pipeline/renderer.ts';
import { type ClosureReport, judgeClosures, type PhoneSpan } from '../src/quality/closure.ts';
import { meanAbsoluteDifference } from '../src/quality/difference.ts';
import { laplacianEnergy } from '../src/quality/sharpness.ts';

/** What {@link judgePortrait} found. */
export interface PortraitReport extends ClosureReport {
  /** Largest mean absolute difference to the still photo outside the person, grey levels 0..255. */
  readonly backgroundDifference: number;
  /** Median Laplacian energy of the moving face, as a multiple of the photo's at the same size. */
  readonly sharpness: number;
  /** Median and 95th percentile of the lip gap where the mouth is open, output pixels. */
  readonly gapP50: number;
  readonly gapP95: number;
}

/**
 * Draws a whole track on an avatar and judges the frames.
 *
 * @param motion - At 25 frames per second.
 * @param phones - What is said in the track.
 * @param onFrame - Sees every frame; its pixels are valid until it returns.
 */
export async function judgePortrait(
  avatar: Avatar,
  motion: readonly MotionFrame[],
  phones: readonly PhoneSpan[],
  view: ViewOptions,
  onFrame: (frame: Frame) => void = () => {},
): Promise<PortraitReport> {
  using renderer = await loadRenderer(meshEngine, avatar, view);
  const still = copyPicture(renderer.render(neutralMotion(seconds(0)), 0));
  const { viewport } = frameShot(avatar, view.crop, view.size);
  const face = toFrame(avatar.face.box, viewport, renderer.width);
  const outside = backgroundMask(avatar, viewport, renderer);
  const photoEnergy = laplacianEnergy(await photoInView(avatar, viewport, renderer), face);

  const gaps: number[] = [];
  const sharpness: number[] = [];
  let background = 0;
  for (const [index, moved] of motion.entries()) {
    const frame = renderer.render(moved, index);
    gaps.push(renderer.lipGap);
    onFrame(frame);
    if (index % 5 !== 0) continue;
    sharpness.push(laplacianEnergy(frame, face) / photoEnergy);
    background = Math.max(background, meanAbsoluteDifference(frame, still, outside));
  }
  const openings = gaps.filter((gap) => gap > 0);
  return {
    ...judgeClosures(gaps, 25, phones),
    backgroundDifference: Number(background.toFixed(3)),
    sharpness: Number(quantile(sharpness, 0.5).toFixed(3)),
    gapP50: Number(quantile(openings, 0.5).toFixed(2)),
    gapP95: Number(quantile(openings, 0.95).toFixed(2)),
  };
}

/** The value below which a share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

/** A picture of its own, for keeping. */
export function copyPicture({ width, height, data }: Picture): Picture {
  return { width, height, data: data.slice() };
}

/** A rectangle of the picture in pixels of a frame that is `width` pixels wide. */
export function toFrame(rect: Rect, viewport: Rect, width: number): Rect {
  const scale = width / viewport.width;
  return {
    x: (rect.x - viewport.x) * scale,
    y: (rect.y - viewport.y) * scale,
    width: rect.width * scale,
    height: rect.height * scale,
  };
}

/** Frame pixels that lie farther than 0.06 face heights from the person. */
function backgroundMask(avatar: Avatar, viewport: Rect, size: { width: number; height: number }): Uint8Array {
  const { width, height } = size;
  const scale = width / viewport.width;
  const { region, layers } = avatar;
  const reach = Math.round(avatar.face.height * 0.06);
  const mask = new Uint8Array(width * height);
  const person = (x: number, y: number) => {
    const px = Math.round(x - region.x);
    const py = Math.round(y - region.y);
    if (px < 0 || py < 0 || px >= region.width || py >= region.height) return false;
    return layers.foreground[(py * region.width + px) * 4 + 3]! > 3;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = viewport.x + (x + 0.5) / scale;
      const v = viewport.y + (y + 0.5) / scale;
      let near = false;
      for (let j = -1; j <= 1 && !near; j++)
        for (let i = -1; i <= 1 && !near; i++) near = person(u + i * reach, v + j * reach);
      mask[y * width + x] = near ? 0 : 1;
    }
  }
  return mask;
}

/** The photo itself at the video's size, from the layers. */
async function photoInView(
  avatar: Avatar,
  viewport: Rect,
  size: { width: number; height: number },
): Promise<Picture> {
  const { region, layers } = avatar;
  const photo = layers.background.slice();
  for (let i = 0; i < photo.length; i += 4) {
    const rest = 255 - layers.foreground[i + 3]!;
    for (let c = 0; c < 3; c++) photo[i + c] = layers.foreground[i + c]! + (photo[i + c]! * rest) / 255;
  }
  const left = Math.max(0, viewport.x - region.x);
  const top = Math.max(0, viewport.y - region.y);
  const { data } = await sharp(photo, { raw: { width: region.width, height: region.height, channels: 4 } })
    .extract({
      left,
      top,
      width: Math.min(region.width - left, viewport.width),
      height: Math.min(region.height - top, viewport.height),
    })
    .resize(size.width, size.height, { fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ...size, data: new Uint8Array(data) };
}
