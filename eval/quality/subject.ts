/**
 * A portrait as it is measured: the avatar, and the photo beside it, seen through the same frame.
 *
 * @module
 */
import { basename, extname } from 'node:path';
import sharp from 'sharp';
import type { Face, FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import { frameShot } from '../../src/compose/framing.ts';
import {
  type Avatar,
  LoquentError,
  type Picture,
  type Rect,
  type ViewOptions,
  viewSchema,
} from '../../src/core/index.ts';
import { readImage, scalePicture } from '../../src/media/image.ts';
import { prepareAvatar } from '../../src/pipeline/prepare-avatar.ts';
import { sharpEdges } from '../../src/quality/cpbd.ts';
import { faceSignals } from '../../src/quality/face-signals.ts';
import { laplacianEnergy } from '../../src/quality/sharpness.ts';
import type { IdentityNetwork } from './identity.ts';

/** Options of every picture that is measured. */
export const VIEW: ViewOptions = viewSchema.parse({ size: 512 });

/** How far from the photo's person nothing may move, face heights: the head itself moves that far. */
const MARGIN = 0.12;

/** A portrait with everything that frames are compared with. */
export interface Subject {
  readonly name: string;
  readonly avatar: Avatar;
  /** The photo in the video's frame. */
  readonly photo: Picture;
  /** The face in {@link Subject.photo}. */
  readonly face: Face;
  readonly embedding: Float32Array;
  /** Laplacian energies of the photo. */
  readonly energy: { readonly mouth: number; readonly face: number };
  /** Share of the photo's edges in the face that look sharp. */
  readonly sharpEdges: number | null;
  /** See {@link stillMask}. */
  readonly still: Uint8Array;
}

/** Prepares a portrait. @throws LoquentError what `prepareAvatar` throws. */
export async function prepareSubject(
  path: string,
  analyser: FaceAnalyser,
  network: IdentityNetwork,
  signal: AbortSignal,
): Promise<Subject> {
  const avatar = await prepareAvatar(path, { signal });
  const photo = await photoInView(path, avatar, VIEW);
  const [face] = await analyser.findFaces(photo, { signal });
  const name = basename(path, extname(path));
  if (!face)
    throw new LoquentError('FACE_NOT_FOUND', `The face of "${name}" is not found in its video frame.`);
  const areas = areasOf(face, face);
  return {
    name,
    avatar,
    photo,
    face,
    embedding: network.embed(photo, face),
    energy: { mouth: laplacianEnergy(photo, areas.mouth), face: laplacianEnergy(photo, areas.face) },
    sharpEdges: sharpEdges(photo, areas.face),
    still: stillMask(avatar, VIEW),
  };
}

/**
 * Mouth and face in a frame, as rectangles of the photo's sizes around where the frame's face has them, so that they
 * hold as many pixels of the same skin.
 *
 * @param face - In the frame.
 * @param photo - In the photo at the same scale.
 */
export function areasOf(face: Face, photo: Face): { readonly mouth: Rect; readonly face: Rect } {
  const { eyeDistance } = faceSignals(photo.landmarks);
  const middle = (points: readonly number[], axis: number) =>
    points.reduce((sum, point) => sum + face.landmarks[3 * point + axis]!, 0) / points.length;
  const around = (points: readonly number[], width: number, height: number): Rect => ({
    x: middle(points, 0) - width / 2,
    y: middle(points, 1) - height / 2,
    width,
    height,
  });
  // Corners and middle of the lips; forehead, chin and both ears.
  return {
    mouth: around([61, 291, 0, 17], 0.85 * eyeDistance, 0.55 * eyeDistance),
    face: around([10, 152, 234, 454], photo.box.width, photo.box.height),
  };
}

/** The photo itself as the video's frame shows it. */
export async function photoInView(path: string, avatar: Avatar, view: ViewOptions): Promise<Picture> {
  const { width, height, viewport } = frameShot(avatar, view.crop, view.size);
  let { picture } = await readImage(path);
  if (picture.width !== avatar.picture.width) {
    picture = await scalePicture(picture, avatar.picture.width, avatar.picture.height);
  }
  const { data } = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 4 },
  })
    .extract({ left: viewport.x, top: viewport.y, width: viewport.width, height: viewport.height })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, data: new Uint8Array(data) };
}

/** 1 for frame pixels that lie farther than {@link MARGIN} from the person, else 0. */
export function stillMask(avatar: Avatar, view: ViewOptions): Uint8Array {
  const { width, height, viewport } = frameShot(avatar, view.crop, view.size);
  const scale = width / viewport.width;
  const { region, layers } = avatar;
  const person = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const px = Math.round(viewport.x + x / scale - region.x);
      const py = Math.round(viewport.y + y / scale - region.y);
      if (px < 0 || py < 0 || px >= region.width || py >= region.height) continue;
      if (layers.foreground[(py * region.width + px) * 4 + 3]! > 3) person[y * width + x] = 1;
    }
  }
  const reach = Math.ceil(MARGIN * avatar.face.height * scale);
  const near = widened(widened(person, width, height, 1, width, reach), height, width, width, 1, reach);
  return near.map((value) => 1 - value);
}

/** A mask in which every 1 has spread by `reach` both ways along lines of `length` elements. */
function widened(
  mask: Uint8Array,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
  reach: number,
): Uint8Array {
  const wide = new Uint8Array(mask.length);
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < length; place++) {
      if (mask[line * lineStep + place * step] === 0) continue;
      const end = Math.min(length - 1, place + reach);
      for (let near = Math.max(0, place - reach); near <= end; near++)
        wide[line * lineStep + near * step] = 1;
    }
  }
  return wide;
}
