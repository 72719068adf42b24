import { type AvatarColours, type AvatarTeeth, clamp, LoquentError, type Picture } from '../../core/index.ts';
import type { CanonicalFace, Face } from '../analysis/types.ts';
import { measureColours } from './colours.ts';
import { fitHead, type HeadFit } from './head-fit.ts';
import { fitMouth } from './mouth-fit.ts';
import { readTeeth, relight, TEETH_EDGE, type TeethFit } from './own-teeth.ts';
import { cutRegion, movingRegion, regionLandmarks } from './region.ts';
import { buildTopology, placeFace } from './topology.ts';

/** Where the nose meets the upper lip: near the teeth, and no expression moves it much. */
const NOSE_BASE = 2;

/** Teeth of another photo of the same person, ready to be put into an avatar. */
export interface TeethPhoto {
  readonly teeth: AvatarTeeth;
  /** Lower edge of the incisors, in the coordinates of `teeth`. */
  readonly edge: number;
  /** RGB 0..255, in the light of that photo. */
  readonly colour: readonly [number, number, number];
  readonly skin: readonly [number, number, number];
  /** From the base of the nose to the origin of `teeth`, centimetres right and down. */
  readonly fromNose: readonly [number, number];
}

/**
 * Reads the teeth out of a photo in which the person smiles or laughs.
 *
 * @throws LoquentError `TEETH_NOT_FOUND`.
 */
export function readTeethPhoto(picture: Picture, face: Face, canonical: CanonicalFace): TeethPhoto {
  const region = movingRegion(picture, face);
  const photo = cutRegion(picture, region);
  const landmarks = regionLandmarks(face, region);
  const topology = buildTopology(canonical);
  const fit = fitHead(canonical.vertices, landmarks);
  const points = placeFace(topology, landmarks);
  const mouth = fitMouth(photo, topology, points, face.height);
  const colours = measureColours(photo, landmarks, face.height);
  const { own, colour, edge, origin } = readTeeth(photo, topology, points, fit, mouth, colours);
  if (own === null || colour === null) {
    const seen = mouth.closed ? 'the lips are closed' : 'no upper teeth can be made out between the lips';
    throw new LoquentError('TEETH_NOT_FOUND', `The photo given for the teeth shows none: ${seen}.`);
  }
  return { teeth: own, edge, colour, skin: colours.skin, fromNose: fromNose(origin, landmarks, fit) };
}

/**
 * Puts the teeth of another photo where they belong in this one, in its light: both photos are compared by the base of
 * the nose, and by the skin.
 *
 * @param colours - Skin, and what teeth should look like in the light of this photo, RGB 0..255.
 * @param fit - What this photo says about its own teeth.
 */
export function wearTeeth(
  fit: TeethFit,
  other: TeethPhoto,
  landmarks: ArrayLike<number>,
  head: HeadFit,
  colours: Pick<AvatarColours, 'skin' | 'teeth'>,
): TeethFit {
  const [x, y] = fromNose(fit.origin, landmarks, head);
  const edge = clamp(other.edge + other.fromNose[1] - y, TEETH_EDGE.least, TEETH_EDGE.most);
  // Two witnesses of the light: how the skin has changed, and what teeth should look like here.
  const gain = other.colour.map((value, k) =>
    Math.sqrt((colours.skin[k] / Math.max(1, other.skin[k])) * (colours.teeth[k] / Math.max(1, value))),
  );
  const placed = {
    ...other.teeth,
    left: other.teeth.left + other.fromNose[0] - x,
    top: other.teeth.top + edge - other.edge,
  };
  return { origin: fit.origin, edge, ...relight(placed, other.colour, gain) };
}

function fromNose(origin: readonly number[], landmarks: ArrayLike<number>, fit: HeadFit): [number, number] {
  const m = fit.fromCanonical;
  const [dx, dy, dz] = [0, 1, 2].map((k) => origin[k] - landmarks[NOSE_BASE * 3 + k]);
  const square = fit.scale ** 2;
  return [(m[0] * dx + m[3] * dy + m[6] * dz) / square, -(m[1] * dx + m[4] * dy + m[7] * dz) / square];
}
