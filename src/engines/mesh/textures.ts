import { type Avatar, outset, type Picture, type Rect } from '../../core/index.ts';
import { type Resample, unsharp } from '../../kernels/resample/index.ts';
import type { View } from '../engine.ts';
import type { Placement } from './placement.ts';

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
  return scaleTexture(source, cut, view, placement, resample);
}

/**
 * A small part of the person in another state, as a texture of the same density.
 *
 * @param rect - Its place in the region, integer edges.
 * @param data - RGBA, premultiplied.
 */
export function makePatchTexture(
  { x, y, width, height }: Rect,
  data: Uint8Array,
  view: View,
  placement: Placement,
  resample: Resample,
): Texture {
  const whole = { x: 0, y: 0, width, height };
  const texture = scaleTexture({ width, height, data }, whole, view, placement, resample);
  return { ...texture, originX: x, originY: y };
}

function scaleTexture(
  source: Picture,
  cut: Rect,
  view: View,
  placement: Placement,
  resample: Resample,
): Texture {
  const native = 1 / placement.scale;
  const density = native < COARSE ? Math.min(view.oversampling, ENLARGED) : view.oversampling;
  const zoom = Math.min(density * placement.scale, MAX_SIDE / Math.max(cut.width, cut.height));
  const width = Math.max(2, Math.round(cut.width * zoom));
  const height = Math.max(2, Math.round(cut.height * zoom));
  // No finer than the output can show, or it would sparkle when the head moves by parts of a pixel.
  const detail = native < COARSE ? undefined : Math.max(1, native);
  const data = resample(source, cut, width, height, 'premultiplied', detail);
  unsharp({ width, height, data }, sharpening(Math.min(1, native) / (2 * density)));
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

/**
 * Where {@link sharpening} gives back exactly what bilinear reads lose, as a share of the finest frequency. A little
 * beyond it: the low pass that made the texture has begun to fall there too.
 */
const RESTORED = 1.3;

/**
 * How much to sharpen so that bilinear reads at any phase keep the photo's detail. Averaged over the phase they pass
 * 2/3 + 1/3 cos(2 pi f) of the energy at `f` cycles per texel; the 3 x 3 binomial mask adds sin(pi f)^2 times the
 * amount.
 *
 * @param finest - Highest frequency in the texture, cycles per texel, at most 0.5.
 */
function sharpening(finest: number): number {
  const f = RESTORED * finest;
  const passed = 2 / 3 + Math.cos(2 * Math.PI * f) / 3;
  return (1 / Math.sqrt(passed) - 1) / Math.sin(Math.PI * f) ** 2;
}
