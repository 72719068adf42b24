import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../src/core/index.ts';

/** The portraits that the repository shows its work on. */
export const PORTRAITS = ['ava', 'mira', 'sam'] as const;

/** Reads one of {@link PORTRAITS}, or any picture by its path. */
export async function readPortrait(name: string): Promise<Picture> {
  const path = (PORTRAITS as readonly string[]).includes(name)
    ? fileURLToPath(new URL(`../../demo/portraits/${name}.png`, import.meta.url))
    : name;
  return toPicture(sharp(path).rotate());
}

/** Changes a picture with sharp: `edit(picture, (image) => image.rotate(20))`. */
export async function edit(picture: Picture, change: (image: Sharp) => Sharp): Promise<Picture> {
  const { width, height, data } = picture;
  return toPicture(change(sharp(data, { raw: { width, height, channels: 4 } })));
}

/** A picture of one colour. */
export function plainPicture(
  width: number,
  height: number,
  colour: readonly [number, number, number],
): Picture {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([...colour, 255], i);
  return { width, height, data };
}

async function toPicture(image: Sharp): Promise<Picture> {
  const { data, info } = await image
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
