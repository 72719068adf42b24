import { type Framed, frameShot, SHOTS } from '../compose/framing.ts';
import type { Crop, FootageClip, FootageFace, Rect, RenderOptions, Size } from '../core/index.ts';
import { boxOf } from './footage-faces.ts';

/** Faces that are looked at to find how far a person moves through the picture. */
const PLACES = 24;
/** Room around the way of a face in a cropped picture, face heights. */
const MARGIN = 0.35;

/** What part of the footage is shown, and how large. The part stands still: a camera that follows would sway. */
export async function frameFootage(
  clip: FootageClip,
  face: FootageFace,
  { crop, size }: Pick<RenderOptions, 'crop' | 'size'>,
): Promise<Size & { readonly crop: Rect | null }> {
  const { width, height, viewport } = frameShot(
    { picture: clip, face: await wayOf(clip, face, crop) },
    crop,
    size,
  );
  if (crop === 'full') return { width, height, crop: null };
  const [x, y, columns, rows] = [viewport.x, viewport.y, viewport.width, viewport.height].map(
    (edge) => 2 * Math.floor(edge / 2),
  ) as [number, number, number, number];
  return { width, height, crop: { x, y, width: columns, height: rows } };
}

/** The place of a face as framing takes it, so large that the face stays in the picture wherever it goes. */
async function wayOf(clip: FootageClip, face: FootageFace, crop: Crop): Promise<Framed['face']> {
  const whole = { box: { x: 0, y: 0, width: clip.width, height: clip.height }, height: clip.height };
  if (crop === 'full') return whole;
  const boxes: Rect[] = [];
  for (let place = 0; place < PLACES; place += 1) {
    const seen = await face.at(Math.round((place * (clip.frameCount - 1)) / (PLACES - 1)));
    if (seen) boxes.push(boxOf(seen.landmarks));
  }
  if (boxes.length === 0) return whole;
  const usual = boxes.map(({ height }) => height).sort((a, b) => a - b)[boxes.length >> 1]!;
  const box = boxes.reduce(union);
  // A face that stays has the usual room around it; one that wanders gets more.
  const roaming = (Math.max(box.width, box.height) + 2 * MARGIN * usual) / SHOTS[crop].side;
  return { box, height: Math.max(usual, roaming) };
}

function union(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  return { x, y, width, height: Math.max(a.y + a.height, b.y + b.height) - y };
}
