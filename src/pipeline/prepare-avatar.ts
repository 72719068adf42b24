import {
  type CanonicalFace,
  type CutJob,
  canonicalFace,
  checkFace,
  createFaceAnalyser,
  type Face,
  type FaceAnalyser,
} from '../avatar/analysis/index.ts';
import { openCache } from '../avatar/cache.ts';
import { decodeAvatar, encodeAvatar } from '../avatar/file.ts';
import type { TeethPhoto } from '../avatar/preparation/index.ts';
import { covers } from '../compose/framing.ts';
import {
  AVATAR_VERSION,
  type Avatar,
  type AvatarOptions,
  type AvatarWarning,
  avatarSchema,
  LoquentError,
  type Picture,
  parseOptions,
  throwIfAborted,
  type Warning,
} from '../core/index.ts';
import { decodeImage, encodePng, scalePicture } from '../media/image.ts';
import { describeInput, readInput } from '../media/input.ts';
import { platform } from '../platform/index.ts';

/** Options of {@link prepareAvatar}. */
export type PrepareOptions = Partial<AvatarOptions> & {
  /** Another photo of the same person, in which the teeth are seen: path, file URL or bytes. */
  readonly teeth?: string | URL | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for everything the user should know about the photo. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
};

const REBUILT = 'A damaged entry of the avatar cache was thrown away and made anew.';
/** Longest side of a prepared picture, pixels: the largest frame that H.264 players take everywhere. */
const MAX_PICTURE = 4096;
/** Longest side of the part that moves, pixels: beyond it a head has more pixels than any display shows. */
const MAX_REGION = 2048;

/** Loaded with the first photo, while the face networks load in their thread: a prepared avatar has no need of it. */
const loadPreparation = () => import('../avatar/preparation/index.ts');
type Preparation = Awaited<ReturnType<typeof loadPreparation>>;

/** A file that was read but not decoded. */
interface PhotoFile {
  readonly bytes: Uint8Array;
  /** What error messages call it. */
  readonly name: string;
}

/** What an avatar is made of. */
interface Photos {
  readonly portrait: PhotoFile;
  /** Another photo, for the teeth. */
  readonly teeth: PhotoFile | null;
}

/** An avatar out of {@link prepareCached}. */
export interface Prepared {
  readonly avatar: Avatar;
  /** Whether it was ready beforehand. */
  readonly cached: boolean;
  /** Keeps it for the next time if it is new. Not done beforehand, as nobody waits for it. */
  keep(): Promise<void>;
}

/**
 * Prepares a photo once: finds the face, cuts out the person, builds mesh and blendshapes.
 *
 * @param image - Path, file URL, or the bytes of a JPEG, PNG or WebP.
 * @throws LoquentError `IMAGE_*`, `INPUT_*`, `FACE_*`, `TEETH_NOT_FOUND`, `CANCELLED`.
 */
export async function prepareAvatar(
  image: string | URL | Uint8Array,
  options: PrepareOptions = {},
): Promise<Avatar> {
  const { signal, onWarning, teeth, ...values } = options;
  const checked = parseOptions(avatarSchema, values);
  const photos = await readPhotos(image, teeth, signal);
  const avatar = await prepareFrom(photos, await avatarKey(photos, checked), checked, signal);
  for (const warning of avatar.warnings) onWarning?.(warning);
  return avatar;
}

/** Like {@link prepareAvatar}, but looks into the cache first. */
export async function prepareCached(
  image: string | URL | Uint8Array,
  teeth: string | URL | Uint8Array | undefined,
  options: AvatarOptions,
  signal: AbortSignal | undefined,
  onWarning: (warning: Warning) => void,
): Promise<Prepared> {
  const photos = await readPhotos(image, teeth, signal);
  const key = await avatarKey(photos, options);
  const rebuilt = () => onWarning({ code: 'CACHE_CORRUPT', message: REBUILT });
  const cache = await openCache({ onCorrupt: rebuilt });
  const bytes = await cache.get(key);
  if (bytes) {
    try {
      return { avatar: await decodeAvatar(bytes), cached: true, keep: async () => {} };
    } catch {
      // Whole, but not what this version writes.
      rebuilt();
    }
  }
  const avatar = await prepareFrom(photos, key, options, signal);
  const keep = async () => {
    await cache.put(key, await encodeAvatar(avatar));
  };
  return { avatar, cached: false, keep };
}

async function readPhotos(
  image: string | URL | Uint8Array,
  teeth: string | URL | Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<Photos> {
  const read = async (input: string | URL | Uint8Array): Promise<PhotoFile> => {
    return { bytes: await readInput(input, signal), name: describeInput(input) };
  };
  return { portrait: await read(image), teeth: teeth === undefined ? null : await read(teeth) };
}

function faceName({ face }: AvatarOptions): string {
  if (face === undefined) return 'largest';
  return typeof face === 'number' ? String(face) : `${face.x},${face.y}`;
}

/** The name of a prepared avatar: the same photos, options and version give the same one. */
async function avatarKey({ portrait, teeth }: Photos, options: AvatarOptions): Promise<string> {
  const worn = teeth ? ` teeth ${await platform().sha256(teeth.bytes)}` : '';
  return platform().sha256(
    `loquent avatar ${AVATAR_VERSION} face ${faceName(options)}${worn}\n`,
    portrait.bytes,
  );
}

async function prepareFrom(
  photos: Photos,
  id: string,
  options: AvatarOptions,
  signal: AbortSignal | undefined,
): Promise<Avatar> {
  const decode = ({ bytes, name }: PhotoFile) => decodeImage(bytes, name, { signal });
  // The networks load in their thread while the photos are decoded.
  await using analyser = await createFaceAnalyser({ signal });
  const portrait = await decode(photos.portrait);
  const worn = photos.teeth && (await decode(photos.teeth));
  const preparation = await loadPreparation();
  const { bodySquare, buildAvatar, cutBody, matteSquare, movingRegion } = preparation;
  const stage = { analyser, preparation };
  const { picture, face, warnings } = await findFace(stage, portrait.picture, options, signal);
  const region = movingRegion(picture, face);
  const whole = { x: 0, y: 0, width: picture.width, height: picture.height };
  const canonical = await canonicalFace();
  const teeth = worn && (await findTeeth(stage, worn.picture, canonical, signal));
  throwIfAborted(signal);
  const squares = [matteSquare(picture, face)];
  if (!covers(region, whole)) squares.push(bodySquare(picture, face));
  let surround: Promise<Uint8Array> | null = null;
  // In the thread of the networks, while the face is measured here.
  const cutOut = async (job: CutJob) => {
    const { layers, masks } = await analyser.cutOut(picture, squares, job, { signal });
    if (masks.length > 1) surround = encodePng(cutBody(picture, face, masks), 1);
    surround?.catch(() => undefined);
    return layers;
  };
  const avatar = await buildAvatar({
    picture,
    face,
    cutOut,
    canonical,
    surround: null,
    teeth,
    id,
    warnings: [...portrait.warnings, ...warnings],
    signal,
  });
  return { ...avatar, surround: await surround };
}

/** What photos are looked at with. */
interface Stage {
  readonly analyser: FaceAnalyser;
  readonly preparation: Preparation;
}

/** Looks for the teeth of the largest face in another photo. */
async function findTeeth(
  stage: Stage,
  source: Picture,
  canonical: CanonicalFace,
  signal: AbortSignal | undefined,
): Promise<TeethPhoto> {
  try {
    const { picture, face } = await findFace(stage, source, {}, signal);
    return stage.preparation.readTeethPhoto(picture, face, canonical);
  } catch (error) {
    if (!(error instanceof LoquentError && error.code.startsWith('FACE_'))) throw error;
    const message = `The photo given for the teeth cannot be used. ${error.message}`;
    throw new LoquentError(error.code, message, {
      cause: error,
      ...(error.details && { details: error.details }),
    });
  }
}

/** Finds the face on the picture brought down to the size that is worth preparing. */
async function findFace(
  { analyser, preparation }: Stage,
  source: Picture,
  options: AvatarOptions,
  signal: AbortSignal | undefined,
): Promise<{ picture: Picture; face: Face; warnings: AvatarWarning[] }> {
  let picture = await shrink(source, MAX_PICTURE / Math.max(source.width, source.height));
  let found = checkFace(picture, await analyser.findFaces(picture, { signal }), options);
  const region = preparation.movingRegion(picture, found.face);
  const excess = MAX_REGION / Math.max(region.width, region.height);
  if (excess < 1) {
    picture = await shrink(picture, excess);
    found = checkFace(picture, await analyser.findFaces(picture, { signal }), options);
  }
  const warnings = [...found.warnings];
  if (picture !== source) {
    const message = `The picture was scaled from ${source.width}x${source.height} to ${picture.width}x${picture.height} pixels.`;
    warnings.push({ code: 'IMAGE_SCALED', message });
  }
  return { picture, face: found.face, warnings };
}

async function shrink(picture: Picture, factor: number): Promise<Picture> {
  if (factor >= 1) return picture;
  return scalePicture(picture, Math.round(picture.width * factor), Math.round(picture.height * factor));
}
