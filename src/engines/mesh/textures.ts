import { type Avatar, outset, type Picture, type Rect } from '../../core/basics.ts';
import { type Resample, unsharp } from '../../kernels/resample/index.ts';
import type { View } from '../engine.ts';
import type { Placement } from './placement.ts';
import { sharpeningFor } from './sharpening.ts';

/** The person as a texture: the part of the foreground that can come into view, at the density that looks best. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  /** Premultiplied RGBA. */
  readonly data: Uint8Array;
  /** Texel coordinates of a region point: `(region - origin) * scale`. */
  readonly originX: number;
  readonly originY: number;
  readonly scaleX: number;
  readonly scaleY: number;
  /** How much it was sharpened, see {@link unsharp}: what lies beside it on the screen takes as much. */
  readonly sharpening: number;
}

/** Largest side of a texture, from the raster's fixed-point range. */
const MAX_SIDE = 8192;
/** How much of the view's surroundings a moving head can bring in, face heights. */
const MARGIN = 0.35;

/**
 * Cuts and scales the foreground.
 *
 * The density is `view.oversampling` texels per output pixel; a photo with fewer pixels than the output holds so little
 * detail that {@link ENLARGED} texels keep all of it, in half the memory.
 */
export function makeTexture(avatar: Avatar, view: View, placement: Placement, resample: Resample): Texture {
  const { region, layers } = avatar;
  const margin = MARGIN * avatar.rig.faceHeight;
  const visible: Rect = {
    x: placement.originX - margin,
    y: placement.originY - margin,
    width: view.viewport.width + 2 * margin,
    height: view.viewport.height + 2 * margin,
  };
  const cut = outset(visible, region.width, region.height);
  const source = { width: region.width, height: region.height, data: layers.foreground };
  const texture = scaleTexture(source, cut, view, placement, resample);
  const amount = sharpeningFor(texture, ...faceAsShown(avatar, source, texture, placement, resample));
  unsharp(texture, amount);
  return { ...texture, sharpening: amount };
}

/** The middle of the face, with eyes and mouth: where it lies in the texture, and as a picture of the output's scale. */
function faceAsShown(
  { face, region }: Avatar,
  source: Picture,
  texture: Omit<Texture, 'sharpening'>,
  { scale }: Placement,
  resample: Resample,
): [area: Rect, shown: Picture] {
  const { box } = face;
  // whole pixels, so that a picture that is shown as large as it is stays as it is
  const middle = {
    x: Math.round(box.x - region.x + 0.15 * box.width),
    y: Math.round(box.y - region.y + 0.2 * box.height),
    width: Math.round(0.7 * box.width),
    height: Math.round(0.65 * box.height),
  };
  const width = Math.max(8, Math.round(middle.width * scale));
  const height = Math.max(8, Math.round(middle.height * scale));
  const area = {
    x: (middle.x - texture.originX) * texture.scaleX,
    y: (middle.y - texture.originY) * texture.scaleY,
    width: middle.width * texture.scaleX,
    height: middle.height * texture.scaleY,
  };
  const detail = scale > 1 ? undefined : 1 / scale;
  const data = resample(source, middle, width, height, 'premultiplied', detail);
  return [area, { width, height, data }];
}

/**
 * A small part of the person in another state, as a texture of the same density.
 *
 * @param rect - Its place in the region, integer edges.
 * @param data - RGBA, premultiplied.
 * @param sharpening - That of the person's texture.
 */
export function makePatchTexture(
  { x, y, width, height }: Rect,
  data: Uint8Array,
  view: View,
  placement: Placement,
  resample: Resample,
  sharpening: number,
): Texture {
  const whole = { x: 0, y: 0, width, height };
  const texture = scaleTexture({ width, height, data }, whole, view, placement, resample);
  unsharp(texture, sharpening);
  return { ...texture, originX: x, originY: y, sharpening };
}

function scaleTexture(
  source: Picture,
  cut: Rect,
  view: View,
  placement: Placement,
  resample: Resample,
): Omit<Texture, 'sharpening'> {
  const native = 1 / placement.scale;
  const density = native < COARSE ? Math.min(view.oversampling, ENLARGED) : view.oversampling;
  const zoom = Math.min(density * placement.scale, MAX_SIDE / Math.max(cut.width, cut.height));
  const width = Math.max(2, Math.round(cut.width * zoom));
  const height = Math.max(2, Math.round(cut.height * zoom));
  // No finer than the output can show, or it would sparkle when the head moves by parts of a pixel.
  const detail = native < COARSE ? undefined : Math.max(1, native);
  const data = resample(source, cut, width, height, 'premultiplied', detail);
  return {
    width,
    height,
    data,
    originX: cut.x,
    originY: cut.y,
    scaleX: width / cut.width,
    scaleY: height / cut.height,
  };
}

/** Photos with fewer pixels per output pixel are coarse; their textures have at most {@link ENLARGED} texels for it. */
const COARSE = 0.95;
const ENLARGED = 1.5;
