import type { ClipRect, DrawCall, Raster, Surface } from '../../kernels/raster/index.ts';
import type { LocalFrame } from '../mouth/local-frame.ts';
import type { Texture } from './textures.ts';

/** How a layer lies on the eye: a place (X, Y) of the eye's frame shows what the layer has at (X - x) / width, (Y - y) / height. */
export interface LayerPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A layer that lies as in the photo. */
export const AT_REST: LayerPlace = { x: 0, y: 0, width: 1, height: 1 };

/** A rectangle of output pixels that changes from frame to frame. */
type Bounds = { -readonly [K in keyof ClipRect]: ClipRect[K] };

/** A small picture of an eye in output pixels, whose layers are drawn by the raster. */
export class EyePicture {
  /** Row-major from the top left of the bounds; RGBA. */
  readonly surface: Surface;
  readonly #raster: Raster;
  /** The bounds as seen from their own corner. */
  readonly #clip: Bounds = { left: 0, top: 0, right: 0, bottom: 0 };

  /** @param side - Largest width and height of the bounds, pixels. */
  constructor(raster: Raster, side: number) {
    this.#raster = raster;
    this.surface = { width: side, height: side, data: raster.bytes(side * side * 4) };
  }

  /** Makes a layer of this picture. */
  layer(
    texture: Texture,
    texels: Surface,
    middle: readonly [number, number, number],
    axis: readonly [number, number, number],
    alpha: boolean,
  ): EyeLayer {
    const triangles = this.#raster.indices(6);
    triangles.set([0, 1, 2, 1, 3, 2]);
    const mesh = { triangles, screen: this.#raster.floats(8), uv: this.#raster.floats(8) };
    const call = { mesh, first: 0, count: 2, texture: texels, target: this.surface, clip: this.#clip };
    return new EyeLayer(this.#raster, texture, middle, axis, { ...call, alpha, cull: false });
  }

  /** Chooses what of the output the picture shows. */
  show({ left, top, right, bottom }: ClipRect): void {
    this.#clip.right = right - left;
    this.#clip.bottom = bottom - top;
  }
}

/** A texture of an eye in its frame. */
export class EyeLayer {
  readonly #raster: Raster;
  readonly #call: DrawCall;
  /** Texel coordinates of a place in the eye's frame: u = u0 + uX X + uY Y, and so for v. */
  readonly #map: readonly [number, number, number, number, number, number];

  constructor(
    raster: Raster,
    texture: Texture,
    middle: readonly [number, number, number],
    axis: readonly [number, number, number],
    call: DrawCall,
  ) {
    this.#raster = raster;
    this.#call = call;
    this.#map = [
      (middle[0] - texture.originX) * texture.scaleX,
      axis[0] * texture.scaleX,
      -axis[1] * texture.scaleX,
      (middle[1] - texture.originY) * texture.scaleY,
      axis[1] * texture.scaleY,
      axis[0] * texture.scaleY,
    ];
  }

  /**
   * Draws the layer over what the picture shows so far.
   *
   * @param bounds - What the picture shows.
   */
  draw(frame: LocalFrame, { left, top, right, bottom }: ClipRect, place: LayerPlace): void {
    const { screen, uv } = this.#call.mesh;
    const [u0, uX, uY, v0, vX, vY] = this.#map;
    for (let corner = 0; corner < 4; corner++) {
      const x = corner & 1 ? right : left;
      const y = corner & 2 ? bottom : top;
      const [dx, dy] = [x - frame.x, y - frame.y];
      const X = (frame.xx * dx + frame.xy * dy - place.x) / place.width;
      const Y = (frame.yx * dx + frame.yy * dy - place.y) / place.height;
      screen[corner * 2] = x - left;
      screen[corner * 2 + 1] = y - top;
      uv[corner * 2] = u0 + uX * X + uY * Y;
      uv[corner * 2 + 1] = v0 + vX * X + vY * Y;
    }
    this.#raster.draw(this.#call);
  }
}
