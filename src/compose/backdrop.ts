/**
 * The still picture behind the person.
 *
 * @module
 */
import type { Background, Picture, Rect } from '../core/index.ts';
import { compileResample, createResample, type Resample } from '../kernels/resample/index.ts';
import { platform } from '../platform/index.ts';
import { defocus } from './defocus.ts';

/** Where a backdrop is wanted. */
export interface BackdropPlace {
  /** Size of the frame, pixels. */
  readonly width: number;
  readonly height: number;
  /** What the photo shows behind the person, premultiplied RGBA of that size (see `MotionRenderer.scenery`). */
  readonly scenery: () => Uint8Array;
  /** Reads the picture file of an `image` background, opaque. */
  readonly readPicture: (source: string | Uint8Array) => Promise<Picture>;
}

/** Radius of the largest blur, as a share of the frame's longer side. */
const WIDEST_BLUR = 0.12;

/**
 * Makes the backdrop for a background: premultiplied RGBA of the frame's size, or `null` for the photo's own.
 *
 * @throws LoquentError what `readPicture` throws.
 */
export async function makeBackdrop(background: Background, place: BackdropPlace): Promise<Uint8Array | null> {
  const { width, height } = place;
  switch (background.kind) {
    case 'keep':
      return null;
    case 'transparent':
      return new Uint8Array(width * height * 4);
    case 'colour':
      return plain(width, height, background.colour);
    case 'blur':
      if (background.strength === 0) return null;
      return defocus(
        place.scenery(),
        width,
        height,
        background.strength * WIDEST_BLUR * Math.max(width, height),
      );
    case 'image': {
      const picture = await place.readPicture(background.source);
      const resample = await loadResample();
      return resample(picture, coverCut(picture, width, height), width, height);
    }
  }
}

function plain(width: number, height: number, colour: readonly [number, number, number]): Uint8Array {
  const out = new Uint8Array(width * height * 4);
  out.set([...colour, 255]);
  for (let done = 4; done < out.length; done *= 2) out.copyWithin(done, 0, done);
  return out;
}

/** The largest part of a picture with the shape of the frame, in its middle; picture pixels. */
export function coverCut(picture: Pick<Picture, 'width' | 'height'>, width: number, height: number): Rect {
  const scale = Math.min(picture.width / width, picture.height / height);
  const cut = { width: width * scale, height: height * scale };
  return { x: (picture.width - cut.width) / 2, y: (picture.height - cut.height) / 2, ...cut };
}

async function loadResample(): Promise<Resample> {
  return createResample(await compileResample(await platform().readAsset('assets/kernels/resample.wasm')));
}
