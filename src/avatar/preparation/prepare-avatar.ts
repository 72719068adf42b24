import {
  AVATAR_VERSION,
  type Avatar,
  type AvatarLayers,
  type AvatarMesh,
  type AvatarMouth,
  type AvatarWarning,
  type Picture,
  throwIfAborted,
} from '../../core/index.ts';
import type { CanonicalFace, CutJob, Face, Mask } from '../analysis/types.ts';
import { measureColours } from './colours.ts';
import { convexHull } from './convex-hull.ts';
import { gather } from './curves.ts';
import { limitDepthSlope } from './depth-slope.ts';
import { drawingOrder } from './drawing-order.ts';
import { surroundFace } from './exterior.ts';
import { snapEye } from './eye-contours.ts';
import { fitEyes } from './eyes.ts';
import { layFringe } from './fringe.ts';
import { fitHead } from './head-fit.ts';
import { addLipStrips } from './lip-strips.ts';
import { fitMouth, type MouthFit } from './mouth-fit.ts';
import { readTeeth, type TeethFit } from './own-teeth.ts';
import { cutRegion, movingRegion, regionLandmarks } from './region.ts';
import { buildRig } from './rig.ts';
import { cutOutPerson } from './separation.ts';
import { shadeFolds } from './shading.ts';
import { buildShapes, type MeshParts } from './shape-deltas.ts';
import { measureSkinLight } from './skin-light.ts';
import { type TeethPhoto, wearTeeth } from './teeth-photo.ts';
import { buildTopology, placeFace } from './topology.ts';

/** What {@link buildAvatar} works on. */
export interface AvatarParts {
  /** Opaque; scaled so that {@link movingRegion} has a reasonable size (some 2000 pixels at most). */
  readonly picture: Picture;
  readonly face: Face;
  /** The person network's answer for `matteSquare`; `null` leaves the person in the background. */
  readonly mask: Mask | null;
  /** The same for `bodySquare`, where the picture is larger than the region: the cut then goes on in the surround. */
  readonly body?: Mask | null | undefined;
  readonly canonical: CanonicalFace;
  readonly id: string;
  readonly warnings: readonly AvatarWarning[];
  /** The whole picture as PNG when it is larger than the region, alpha as `cutBody` makes it. */
  readonly surround: Uint8Array | null;
  /** Teeth of another photo of the same person; `null` for those that this one shows, if any. */
  readonly teeth?: TeethPhoto | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The same with the person cut out elsewhere, while the face is measured here. */
export interface SharedParts extends Omit<AvatarParts, 'mask' | 'body'> {
  readonly cutOut: (job: CutJob) => Promise<AvatarLayers>;
}

/**
 * Builds an avatar from a picture and what was found in it: mesh, blendshapes, layers, colours. Takes some 0.5 s of
 * one core per megapixel of the region and depends on nothing but its input.
 *
 * @throws LoquentError `CANCELLED`.
 */
export async function buildAvatar(input: AvatarParts | SharedParts): Promise<Avatar> {
  const { picture, face, canonical, signal } = input;
  throwIfAborted(signal);
  const region = movingRegion(picture, face);
  const photo = cutRegion(picture, region);
  const landmarks = regionLandmarks(face, region);

  const topology = buildTopology(canonical);
  const fit = fitHead(canonical.vertices, landmarks);
  const points = placeFace(topology, landmarks);
  const outline = convexHull(gather(points, topology.oval));
  const cut = startCut(input, { region, outline, faceHeight: face.height });

  snapEye('right', photo, topology, points, face.height);
  snapEye('left', photo, topology, points, face.height);
  limitDepthSlope(topology, points);
  const mouth = fitMouth(photo, topology, points, face.height);
  const colours = measureColours(photo, landmarks, face.height);
  const shown = readTeeth(photo, topology, points, fit, mouth, colours);
  const teeth = input.teeth ? wearTeeth(shown, input.teeth, landmarks, fit, colours) : shown;

  const light = measureSkinLight(photo, topology, points, fit.scale);
  const shading = shadeFolds(light, topology, colours.skin);

  const layers = await cut;
  throwIfAborted(signal);

  const person = { ...photo, data: layers.foreground };
  const eyes = fitEyes(person, topology, landmarks, points);
  const exterior = surroundFace(topology, points, face.height, region, layers.matted);
  const strips = addLipStrips(topology, points, mouth.frame, topology.vertexCount + exterior.count);
  const fringe = layFringe(
    topology,
    exterior,
    { width: region.width, height: region.height, data: layers.foreground },
    light,
    face.height,
    topology.vertexCount + exterior.count + strips.count,
  );
  const parts = { topology, points, exterior, strips, fringe };
  const shapes = buildShapes(parts, fit, landmarks, face.height, mouth, eyes);
  throwIfAborted(signal);

  return {
    version: AVATAR_VERSION,
    id: input.id,
    picture: { width: picture.width, height: picture.height },
    region,
    face: { box: face.box, height: face.height, ...face.pose, score: face.score },
    layers,
    mesh: assembleMesh(parts),
    shapes,
    mouth: describeMouth(mouth, teeth, parts),
    eyes: [eyes[0].eye, eyes[1].eye],
    rig: buildRig(face, fit, landmarks, topology, points, layers.matted),
    colours: teeth.colour ? { ...colours, teeth: teeth.colour } : colours,
    shading,
    surround: input.surround,
    warnings: input.warnings,
  };
}

/** Has the person cut out; if that happens in this thread, others come to their turn before. */
function startCut(input: AvatarParts | SharedParts, job: CutJob): Promise<AvatarLayers> {
  const cutOut = async () => {
    if ('cutOut' in input) return input.cutOut(job);
    await new Promise((resolve) => setTimeout(resolve, 0));
    throwIfAborted(input.signal);
    const masks = input.mask && input.body ? [input.mask, input.body] : input.mask ? [input.mask] : [];
    return cutOutPerson(input.picture, masks, job);
  };
  const cut = cutOut();
  // Awaited when the face is measured; until then a failure must not count as unhandled.
  cut.catch(() => undefined);
  return cut;
}

/** Joins face, exterior, strips and fringe into one mesh. */
function assembleMesh({ topology, points, exterior, strips, fringe }: MeshParts): AvatarMesh {
  const faceCount = topology.vertexCount;
  const firstFringe = faceCount + exterior.count + strips.count;
  const vertexCount = firstFringe + fringe.count;
  const rest = new Float32Array(vertexCount * 3);
  rest.set(points);
  rest.set(exterior.points, faceCount * 3);
  const firstStrip = faceCount + exterior.count;
  rest.set(strips.points, firstStrip * 3);
  const uv = new Float32Array(vertexCount * 2);
  for (let vertex = 0; vertex < firstStrip; vertex += 1) {
    uv[vertex * 2] = rest[vertex * 3];
    uv[vertex * 2 + 1] = rest[vertex * 3 + 1];
  }
  uv.set(strips.uv, firstStrip * 2);
  const headWeight = new Float32Array(vertexCount).fill(1);
  headWeight.set(exterior.headWeight, faceCount);
  const shoulderWeight = new Float32Array(vertexCount);
  shoulderWeight.set(exterior.shoulderWeight, faceCount);
  fringe.source.forEach((source, index) => {
    const [from, to] = [faceCount + source, firstFringe + index];
    rest.copyWithin(to * 3, from * 3, from * 3 + 3);
    uv.copyWithin(to * 2, from * 2, from * 2 + 2);
    headWeight[to] = headWeight[from];
    shoulderWeight[to] = shoulderWeight[from];
  });
  return {
    vertexCount,
    faceVertexCount: faceCount,
    rest,
    uv,
    ...drawingOrder(topology, exterior.triangles, strips.triangles, rest),
    headWeight,
    shoulderWeight,
    fringeTriangles: fringe.triangles,
    fringeOpacity: fringe.opacity,
  };
}

function describeMouth(mouth: MouthFit, teeth: TeethFit, { topology, strips }: MeshParts): AvatarMouth {
  return {
    innerUpper: topology.chains.innerUpper,
    innerLower: topology.chains.innerLower,
    stripUpper: strips.upper,
    stripLower: strips.lower,
    stripWidth: strips.width,
    width: mouth.frame.width,
    axisX: mouth.frame.axisX,
    axisY: mouth.frame.axisY,
    seam: Float32Array.from(mouth.seam),
    closed: mouth.closed,
    gap: mouth.gap,
    teethOrigin: teeth.origin,
    teethEdge: teeth.edge,
    teeth: teeth.own,
  };
}
