import { type Avatar, outset } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';
import type { View } from '../engine.ts';

/** How the avatar's region lies in the output frame. */
export interface Placement {
  /** Output pixels per region pixel (region pixels are picture pixels). */
  readonly scale: number;
  /** Region coordinates of the frame's top left corner: output = (region - origin) * scale. */
  readonly originX: number;
  readonly originY: number;
  /** The region's rectangle in the frame: everything that can change from frame to frame. */
  readonly clip: ClipRect;
}

/** Works out where the region lies in a view. */
export function placeRegion(avatar: Avatar, view: Pick<View, 'width' | 'height' | 'viewport'>): Placement {
  const { region } = avatar;
  const scale = view.width / view.viewport.width;
  const originX = view.viewport.x - region.x;
  const originY = view.viewport.y - region.y;
  const inFrame = {
    x: -originX * scale,
    y: -originY * scale,
    width: region.width * scale,
    height: region.height * scale,
  };
  const rect = outset(inFrame, view.width, view.height);
  const clip = { left: rect.x, top: rect.y, right: rect.x + rect.width, bottom: rect.y + rect.height };
  return { scale, originX, originY, clip };
}
