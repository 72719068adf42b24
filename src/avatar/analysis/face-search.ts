import {
  type Detection,
  type DetectorRange,
  type FaceDetector,
  mergeOverlapping,
  overlap,
} from './face-detector.ts';
import type { SquareSource, TurnedSquare } from './picture-sampler.ts';

/** Gives a detector, compiled when first asked for. */
export type DetectorSource = (range: DetectorRange) => Promise<FaceDetector>;

/** A detection is believed from here on. */
const BELIEVED = 0.5;
/** A detection this sure needs no second look if it is large. */
const SURE = 0.8;
/** A detection this sure survives although the second look found nothing. */
const STUBBORN = 0.75;
/** Faces that stand on their heads score less than this, upright ones hardly ever. */
const UPRIGHT = 0.87;
/** Faces narrower than this share of the picture's longer side are looked at again: their boxes are coarse. */
const SMALL = 0.25;
/** If the widest face is narrower than this, there may be more that only the full-range detector sees. */
const TINY = 0.18;

/**
 * Finds faces in a picture: a coarse look at the whole, then a second look at each small or doubtful face in a square
 * three times its size. The second look corrects boxes that are off by half a face. A face that may stand on its head
 * is looked at upside down too: the detectors find it either way, but see its eyes in the wrong place.
 *
 * @param thorough - Also looks at overlapping tiles.
 */
export async function searchFaces(
  picture: SquareSource,
  detector: DetectorSource,
  thorough: boolean,
): Promise<Detection[]> {
  const short = await detector('short');
  const candidates = thorough ? await searchTiles(picture, detector) : await searchWhole(picture, detector);
  const longer = Math.max(picture.width, picture.height);
  const faces: Detection[] = [];
  for (const candidate of candidates) {
    const sure = candidate.width >= SMALL * longer && candidate.score >= SURE;
    const face = sure ? candidate : await lookAgain(picture, short, candidate);
    if (face) faces.push(face.score < UPRIGHT ? await turnOver(picture, short, face) : face);
  }
  return mergeOverlapping(faces).filter(({ score }) => score >= BELIEVED);
}

const wholePicture = ({ width, height }: SquareSource): TurnedSquare => ({
  x: width / 2,
  y: height / 2,
  size: Math.max(width, height),
  angle: 0,
});

/** Candidates at the scale of the whole picture. */
async function searchWhole(picture: SquareSource, detector: DetectorSource): Promise<Detection[]> {
  const square = wholePicture(picture);
  const found = await (await detector('short')).detect(picture, square, 0.3);
  if (found.some(({ width, score }) => width >= TINY * square.size && score >= BELIEVED)) return found;
  for (const small of await (await detector('full')).detect(picture, square, 0.35)) {
    // Of two boxes on one face the short-range one is kept if it is sure, even where they barely overlap.
    const known = found.some(
      (face) => overlap(small, face) > 0.3 || (face.score > SURE && overlap(small, face) > 0.1),
    );
    if (!known) found.push(small);
  }
  return found;
}

/** Candidates at the scale of the whole picture, and of square tiles that overlap by two fifths. */
async function searchTiles(picture: SquareSource, detector: DetectorSource): Promise<Detection[]> {
  const found = await searchWhole(picture, detector);
  const full = await detector('full');
  const { width, height } = picture;
  const tile = Math.max(192, Math.max(width, height) / 2.5);
  const starts = (length: number): number[] => {
    const count = Math.max(1, Math.ceil((length - tile) / (0.6 * tile)) + 1);
    return Array.from({ length: count }, (_, i) => Math.min(i * 0.6 * tile, Math.max(0, length - tile)));
  };
  for (const y of starts(height)) {
    for (const x of starts(width)) {
      const square = { x: x + tile / 2, y: y + tile / 2, size: tile, angle: 0 };
      for (const small of await full.detect(picture, square, BELIEVED)) {
        if (!found.some((face) => overlap(small, face) > 0.2)) found.push(small);
      }
    }
  }
  return found;
}

/** The short-range detector's view of one candidate, or the candidate itself if it is sure enough, or nothing. */
async function lookAgain(
  picture: SquareSource,
  short: FaceDetector,
  candidate: Detection,
): Promise<Detection | undefined> {
  const again = await detectNear(picture, short, candidate, 0);
  return again ?? (candidate.score >= STUBBORN ? candidate : undefined);
}

/** The face as it is seen with the picture upside down, if it looks more like a face then. */
async function turnOver(picture: SquareSource, short: FaceDetector, face: Detection): Promise<Detection> {
  const turned = await detectNear(picture, short, face, Math.PI);
  return turned && turned.score > face.score + 0.05 ? turned : face;
}

/** The best detection that belongs to a face, in a square three times its size, turned by `angle`. */
async function detectNear(
  picture: SquareSource,
  short: FaceDetector,
  face: Detection,
  angle: number,
): Promise<Detection | undefined> {
  const x = face.x + face.width / 2;
  const y = face.y + face.height / 2;
  const size = Math.max(face.width, face.height);
  const found = await short.detect(picture, { x, y, size: 3 * size, angle }, BELIEVED);
  return found.find(
    (other) => Math.hypot(other.x + other.width / 2 - x, other.y + other.height / 2 - y) < 0.9 * size,
  );
}
