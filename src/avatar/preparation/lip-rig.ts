import {
  type AvatarColours,
  type Blendshape,
  clamp,
  type FacePicture,
  type FootageIdentity,
  type LipMouth,
  type LipPortrait,
  type LipRig,
  LoquentError,
  mix,
  type SkinReference,
  type SparseShape,
  type TrackedFace,
} from '../../core/index.ts';
import { i420Length, rgbaToI420Reference, videoFrameOf } from '../../kernels/colour/index.ts';
import { canonicalFace } from '../analysis/index.ts';
import type { CanonicalFace, Face } from '../analysis/types.ts';
import { FORMULAS, LIP_SCALED } from './blendshapes.ts';
import { measureColours } from './colours.ts';
import { settleCorners } from './corner-places.ts';
import { finestDetail } from './finest-detail.ts';
import { foldRelaxer } from './fold-relaxation.ts';
import { fitHead, type HeadFit } from './head-fit.ts';
import { CHAINS, CHIN, FOREHEAD, RIGID } from './landmark-chains.ts';
import { buildLipMesh, type LowerFace } from './lip-mesh.ts';
import { TEETH_DEPTH, TEETH_EDGE, type TeethFit } from './own-teeth.ts';
import { canonicalPlaces, evaluate, lipThickness, sparse } from './shape-deltas.ts';
import { readTeethPhoto, wearTeeth } from './teeth-photo.ts';
import { buildTopology } from './topology.ts';

/** Shapes of the lower half of the face. */
const LOWER = /^(mouth|jaw|cheek|noseSneer)/;
/** Movement that nobody sees, centimetres. */
const INVISIBLE = 0.001;
/** Landmarks on plain skin, off beard and brows. */
const SKIN: readonly number[] = [50, 280, 205, 425, 101, 330, 118, 347, 4, 5, 195];
/** Radius around them that is averaged, face heights. */
const SKIN_PATCH = 0.012;
/** Lips of the portrait whose gap is smaller than this share of the mouth's width show how dark their seam is. */
const CLOSED = 0.03;
/** How far from the seam its darkest place is looked for, face heights. */
const NEAR_SEAM = 0.006;
/** Darkness of a seam that was never seen, beside the lip. */
const DARK_LIP = 0.4;
/** Teeth that no frame of a talking person shows end higher behind the lip and in its shade: edge, and brightness. */
const UNSEEN_TEETH = { edge: 0.18, light: 0.65 } as const;
/** Teeth have less than this share of the lips' redness, and more than that of the skin's brightness. */
const LIKE_LIP = 0.55;
const LIKE_SKIN = 0.5;
/** Share of their full brightness that the brightest teeth have where lips are parted as in speech; least light on them. */
const LIT = 0.8;
const LEAST_LIGHT = 0.4;
/** How far around the mouth its picture reaches, centimetres. */
const MOUTH_REACH = 7;
/** Head centimetres as if they were a photo of one pixel per centimetre, taken from the front. */
const FRONT: HeadFit = { scale: 1, fromCanonical: [1, 0, 0, 0, -1, 0, 0, 0, -1] };

/**
 * Finds out how a person of footage speaks: the mesh of the lower face, the movements it is capable of, colours and teeth.
 * Takes some tenths of a second, and depends on nothing but its input.
 *
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`.
 */
export async function prepareLipRig(identity: FootageIdentity): Promise<LipRig> {
  const canonical = await canonicalFace();
  const { landmarks, scale } = headCentimetres(canonical, identity.rest.landmarks);
  const topology = buildTopology(canonical);
  const height = distance(landmarks, FOREHEAD, CHIN);

  const places = canonicalPlaces(topology);
  const { mesh, face } = buildLipMesh(topology, landmarks, places, height);
  settleCorners(places, topology, face.points, FRONT);
  const thickness = lipThickness(landmarks, FRONT);
  const relax = foldRelaxer(topology, face.points, height);
  const shapes: Partial<Record<Blendshape, SparseShape>> = {};
  for (const [name, formula] of Object.entries(FORMULAS)) {
    if (!LOWER.test(name)) continue;
    const deltas = evaluate(formula, places, FRONT, LIP_SCALED.has(name) ? thickness : 1);
    if (name !== 'mouthClose') relax(deltas);
    shapes[name as Blendshape] = sparse(face.follow(deltas), INVISIBLE);
  }

  const { portrait } = identity;
  const measured = measureColours(
    portrait.picture,
    portrait.face.landmarks,
    distance(portrait.face.landmarks, FOREHEAD, CHIN),
  );
  const lips = cutMouth(portrait, scale);
  const { colours, ...mouth } = fitTeeth(identity, canonical, landmarks, face, measured);
  return {
    landmarks,
    pixelsPerCm: scale,
    grain: finestDetail(lips.frame) / scale,
    rigid: Uint16Array.from(RIGID),
    mesh,
    shapes,
    mouth: { ...face.mouth, ...mouth },
    colours,
    seam: measureSeam(portrait, colours),
    skin: measureSkin(portrait),
    portrait: lips,
  };
}

/** The part of a picture around its mouth, as a video frame. */
function cutMouth({ picture, face }: FacePicture, pixelsPerCm: number): LipPortrait {
  const { landmarks, seam } = face;
  const [x, y] = [0, 1].map(
    (k) => (landmarks[CHAINS.innerUpper[0] * 3 + k] + landmarks[CHAINS.innerUpper.at(-1)! * 3 + k]) / 2,
  );
  const reach = MOUTH_REACH * pixelsPerCm;
  const span = (middle: number, length: number): [from: number, count: number] => {
    const from = Math.max(0, Math.floor(middle - reach));
    return [from, Math.max(2, Math.min(length, Math.ceil(middle + reach)) - from) & ~1];
  };
  const [left, width] = span(x, picture.width);
  const [top, height] = span(y, picture.height);
  const rgba = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row += 1) {
    const at = ((top + row) * picture.width + left) * 4;
    rgba.set(picture.data.subarray(at, at + width * 4), row * width * 4);
  }
  const planes = new Uint8Array(i420Length(width, height));
  rgbaToI420Reference(rgba, width, height, planes);
  return {
    frame: videoFrameOf(planes, width, height),
    face: {
      ...face,
      landmarks: landmarks.map((value, i) => value - (i % 3 === 0 ? left : i % 3 === 1 ? top : 0)),
      seam: seam.map((value, i) => value - (i % 2 === 0 ? left : top)),
    },
  };
}

/** Turns landmarks of a picture into head centimetres. */
function headCentimetres(
  canonical: CanonicalFace,
  picture: Float32Array,
): { landmarks: Float32Array; scale: number } {
  const { scale, fromCanonical: m } = fitHead(canonical.vertices, picture);
  const from = [0, 0, 0];
  const to = [0, 0, 0];
  for (const index of RIGID) {
    for (let k = 0; k < 3; k += 1) {
      from[k] += ((k === 0 ? 1 : -1) * canonical.vertices[index * 3 + k]) / RIGID.length;
      to[k] += picture[index * 3 + k] / RIGID.length;
    }
  }
  const landmarks = new Float32Array(picture.length);
  for (let at = 0; at < picture.length; at += 3) {
    for (let k = 0; k < 3; k += 1) {
      // the columns of a similarity are orthogonal: its inverse is its transpose over the squared scale
      let sum = 0;
      for (let row = 0; row < 3; row += 1) sum += m[row * 3 + k] * (picture[at + row] - to[row]);
      landmarks[at + k] = from[k] + ((k === 0 ? 1 : -1) * sum) / scale ** 2;
    }
  }
  return { landmarks, scale };
}

/** Teeth of the best frame, put where they belong behind the lips at rest; the usual ones if no frame shows any. */
function fitTeeth(
  { teeth: shown, mouthLight }: FootageIdentity,
  canonical: CanonicalFace,
  landmarks: Float32Array,
  face: LowerFace,
  colours: AvatarColours,
): Pick<LipMouth, 'teethOrigin' | 'teethEdge' | 'teeth' | 'teethLight'> & { colours: AvatarColours } {
  const [x, y, z] = face.middle;
  const enamel = shown && teethColour(shown, colours);
  const none: TeethFit = {
    origin: [x, y, z + TEETH_DEPTH],
    edge: enamel ? TEETH_EDGE.usual : UNSEEN_TEETH.edge,
    own: null,
    colour: enamel ?? dimmed(colours.teeth, UNSEEN_TEETH.light),
  };
  const fit = shown && enamel ? wearShown(shown, canonical, landmarks, none, colours) : none;
  return {
    teethOrigin: fit.origin,
    teethEdge: fit.edge,
    teeth: fit.own,
    teethLight: fit.own ? lightOn(fit.colour ?? colours.teeth, colours.skin, mouthLight) : 1,
    colours: { ...colours, teeth: fit.colour ?? colours.teeth },
  };
}

/** Lips part the widest where teeth are seen best, and let in more light than in speech. */
function lightOn(
  teeth: AvatarColours['teeth'],
  skin: AvatarColours['skin'],
  mouthLight: number | null,
): number {
  if (mouthLight === null) return 1;
  return clamp((mouthLight * brightness(skin)) / (LIT * brightness(teeth)), LEAST_LIGHT, 1);
}

const dimmed = ([r, g, b]: AvatarColours['teeth'], light: number): [number, number, number] => [
  r * light,
  g * light,
  b * light,
];

/** Colour of the teeth that a frame shows: the brightest of what lies between the lips, if it is white. */
function teethColour(
  { picture, face: { landmarks } }: FacePicture,
  { skin, lip }: AvatarColours,
): [number, number, number] | null {
  const { innerUpper, innerLower } = CHAINS;
  const found: (readonly [number, number, number])[] = [];
  for (let i = 2; i < innerUpper.length - 2; i += 1) {
    for (let t = 0.1; t < 0.95; t += 0.05) {
      const [x, y] = [0, 1].map((k) =>
        Math.floor(mix(landmarks[innerUpper[i] * 3 + k], landmarks[innerLower[i] * 3 + k], t)),
      );
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) continue;
      const at = (y * picture.width + x) * 4;
      found.push([picture.data[at], picture.data[at + 1], picture.data[at + 2]]);
    }
  }
  if (found.length < 20) return null;
  found.sort((a, b) => brightness(a) - brightness(b));
  const best = found.slice(Math.floor(0.75 * found.length), Math.ceil(0.95 * found.length));
  const mean = (k: 0 | 1 | 2) => best.reduce((sum, colour) => sum + colour[k], 0) / best.length;
  const colour: [number, number, number] = [mean(0), mean(1), mean(2)];
  const white =
    redness(colour) < LIKE_LIP * redness(lip) && brightness(colour) > LIKE_SKIN * brightness(skin);
  return white ? colour : null;
}

/** 0 for grey, about 0.2 for lips. */
const redness = ([r, g, b]: readonly [number, number, number]): number => (r - g) / (r + g + b + 30);

function wearShown(
  shown: FacePicture,
  canonical: CanonicalFace,
  landmarks: Float32Array,
  none: TeethFit,
  colours: AvatarColours,
): TeethFit {
  try {
    const photo = readTeethPhoto(shown.picture, asFace(shown.face), canonical);
    // how bright they are is seen in both frames, their hue in one
    const share = brightness(colours.teeth) / Math.max(1, brightness(photo.colour));
    const [r, g, b] = photo.colour;
    const teeth: AvatarColours['teeth'] = [r * share, g * share, b * share];
    return wearTeeth(none, photo, landmarks, FRONT, { skin: colours.skin, teeth });
  } catch (error) {
    if (error instanceof LoquentError && error.code === 'TEETH_NOT_FOUND') return none;
    throw error;
  }
}

/** A tracked face as the analysis of a photo would give it. */
function asFace({ landmarks, yaw, pitch, roll }: TrackedFace): Face {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < landmarks.length; at += 3) {
    left = Math.min(left, landmarks[at]);
    right = Math.max(right, landmarks[at]);
    top = Math.min(top, landmarks[at + 1]);
    bottom = Math.max(bottom, landmarks[at + 1]);
  }
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  const height = distance(landmarks, FOREHEAD, CHIN);
  return { landmarks, score: 1, box, height, pose: { yaw, pitch, roll } };
}

function measureSkin({ picture, face }: FacePicture): SkinReference {
  const radius = Math.max(1, Math.round(SKIN_PATCH * distance(face.landmarks, FOREHEAD, CHIN)));
  const sum = [0, 0, 0];
  let count = 0;
  for (const place of SKIN) {
    const [x, y] = [0, 1].map((k) => Math.floor(face.landmarks[place * 3 + k]));
    for (let row = y - radius; row <= y + radius; row += 1) {
      for (let column = x - radius; column <= x + radius; column += 1) {
        if (row < 0 || column < 0 || row >= picture.height || column >= picture.width) continue;
        for (let k = 0; k < 3; k += 1) sum[k] += picture.data[(row * picture.width + column) * 4 + k];
        count += 1;
      }
    }
  }
  const mean = sum.map((value) => value / Math.max(1, count));
  return { places: Uint16Array.from(SKIN), colour: [mean[0], mean[1], mean[2]] };
}

/** Colour of the dark line between closed lips: the median along its middle part. */
function measureSeam({ picture, face }: FacePicture, { lip }: AvatarColours): LipRig['seam'] {
  const unseen = [lip[0] * DARK_LIP, lip[1] * DARK_LIP, lip[2] * DARK_LIP] as const;
  const { seam, gap, landmarks } = face;
  const width = Math.hypot(seam[160] - seam[0], seam[161] - seam[1]);
  if (gap > CLOSED * width) return unseen;
  const [downX, downY] = [-(seam[161] - seam[1]) / width, (seam[160] - seam[0]) / width];
  const reach = Math.max(1, Math.round(NEAR_SEAM * distance(landmarks, FOREHEAD, CHIN)));
  const darkest: (readonly [number, number, number])[] = [];
  for (let i = 16; i <= 64; i += 1) {
    let colour: readonly [number, number, number] = [255, 255, 255];
    for (let step = -reach; step <= reach; step += 1) {
      const x = Math.floor(seam[i * 2] + step * downX);
      const y = Math.floor(seam[i * 2 + 1] + step * downY);
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) continue;
      const at = (y * picture.width + x) * 4;
      const here = [picture.data[at], picture.data[at + 1], picture.data[at + 2]] as const;
      if (brightness(here) < brightness(colour)) colour = here;
    }
    darkest.push(colour);
  }
  darkest.sort((a, b) => brightness(a) - brightness(b));
  const middle = darkest[darkest.length >> 1];
  return brightness(middle) < brightness(lip) ? middle : unseen;
}

const brightness = (colour: readonly number[]): number => colour[0] + 2 * colour[1] + colour[2];

function distance(points: ArrayLike<number>, a: number, b: number): number {
  return Math.hypot(
    points[a * 3] - points[b * 3],
    points[a * 3 + 1] - points[b * 3 + 1],
    points[a * 3 + 2] - points[b * 3 + 2],
  );
}
