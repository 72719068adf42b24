import { LoquentError } from '../../core/index.ts';
import type { PictureReader } from '../open-renderer.ts';

/** Decodes a picture with the browser's own decoders: whatever formats it knows. */
export const readPicture: PictureReader = async (source) => {
  const blob = source instanceof Uint8Array ? new Blob([source as BlobPart]) : await fetchPicture(source);
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: 'none' }).catch((cause: unknown) => {
    throw new LoquentError('IMAGE_CORRUPT', 'The picture cannot be decoded by this browser.', { cause });
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { colorSpace: 'srgb' })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data: new Uint8Array(data.buffer) };
};

async function fetchPicture(source: string | URL): Promise<Blob> {
  const answer = await fetch(source).catch((cause: unknown) => {
    throw new LoquentError('INPUT_UNREADABLE', `"${source}" cannot be fetched.`, { cause });
  });
  if (!answer.ok) throw new LoquentError('INPUT_NOT_FOUND', `There is no picture at "${source}".`);
  return answer.blob();
}
