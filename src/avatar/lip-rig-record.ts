/**
 * A lip rig as bytes: a container whose sections are the rig's arrays, named by their paths (`mesh.rest`), and whose content is
 * all the rest of it.
 *
 * @module
 */
import { z } from 'zod';
import {
  BLENDSHAPES,
  type LandmarkMix,
  type LipMesh,
  type LipMouth,
  type LipPortrait,
  type LipRig,
  LoquentError,
  radians,
} from '../core/index.ts';
import { areBelow, areSane, avatarColours, checkShapes, colour, length, vector3 } from './avatar-checks.ts';
import { packContainer, type Section, type SectionData, unpackContainer } from './container.ts';

/** Raised whenever `prepareLipRig` finds something else or `LipRig` changes: rigs of other versions are made anew. */
export const LIP_RIG_VERSION = 5;

const MOST_VERTICES = 65_536;
const LARGEST_TEETH = 2048;
const LARGEST_PORTRAIT = 4096;
/** Numbers of a seam, see `TrackedFace`. */
const SEAM_LENGTH = 162;

const bytes = z.instanceof(Uint8Array);
const indices = z.instanceof(Uint16Array);
const offsets = z.instanceof(Uint32Array);
const floats = z.instanceof(Float32Array);
const side = z.int().min(2).max(LARGEST_TEETH);
const evenSide = z.int().min(2).max(LARGEST_PORTRAIT).multipleOf(2);
const angle = z.number().min(-Math.PI).max(Math.PI).transform(radians);
const landmarkMix = z.strictObject({ starts: offsets, landmarks: indices, shares: floats });
const lipRigSchema: z.ZodType<LipRig> = z.strictObject({
  landmarks: floats,
  pixelsPerCm: z.number().min(0.01).max(10_000),
  grain: length,
  rigid: indices,
  mesh: z.strictObject({
    vertexCount: z.int().min(3).max(MOST_VERTICES),
    faceVertexCount: z.int().min(0).max(MOST_VERTICES),
    places: landmarkMix,
    traces: landmarkMix,
    rest: floats,
    triangles: indices,
    reach: floats,
    leader: indices,
    bearing: floats,
  }),
  shapes: z.partialRecord(z.enum(BLENDSHAPES), z.strictObject({ indices, deltas: floats })),
  mouth: z.strictObject({
    innerUpper: indices,
    innerLower: indices,
    outerUpper: indices,
    outerLower: indices,
    stripUpper: indices,
    stripLower: indices,
    width: length,
    teethOrigin: vector3,
    teethEdge: length,
    teethLight: z.number().min(0).max(1),
    teeth: z
      .strictObject({
        width: side,
        height: side,
        perCm: z.number().min(0.01).max(LARGEST_TEETH),
        left: length,
        top: length,
        pixels: bytes,
      })
      .nullable(),
  }),
  colours: avatarColours,
  seam: colour,
  skin: z.strictObject({ places: indices, colour }),
  portrait: z.strictObject({
    frame: z.strictObject({ width: evenSide, height: evenSide, y: bytes, u: bytes, v: bytes }),
    face: z.strictObject({
      landmarks: floats,
      yaw: angle,
      pitch: angle,
      roll: angle,
      seam: floats,
      gap: z.number().min(0).max(LARGEST_PORTRAIT),
      visibility: z.number().min(0).max(1),
    }),
  }),
});

/** Turns a rig into bytes; {@link decodeLipRig} gives back exactly the same rig. */
export async function encodeLipRig(rig: LipRig): Promise<Uint8Array> {
  const sections: Section[] = [];
  const content = withoutArrays(rig, [], sections);
  return packContainer(LIP_RIG_VERSION, content, sections);
}

/**
 * Reads a rig out of its bytes. Everything in it is checked: a rig that is returned can be drawn with, without reading beyond
 * any array.
 *
 * @returns `null` if the rig is of another version.
 * @throws LoquentError `AVATAR_CORRUPT`.
 */
export async function decodeLipRig(record: Uint8Array): Promise<LipRig | null> {
  const unpacked = await unpackContainer(record, LIP_RIG_VERSION).catch((error: unknown) => {
    if (error instanceof LoquentError && error.code === 'AVATAR_VERSION') return null;
    throw error;
  });
  if (!unpacked) return null;
  const { content, sections } = unpacked;
  for (const [path, data] of sections) putBack(content, path.split('.'), data);
  const parsed = lipRigSchema.safeParse(content);
  if (!parsed.success) throw corrupt('its description is incomplete', parsed.error);
  const problem = checkLipRig(parsed.data);
  if (problem !== null) throw corrupt(problem);
  return parsed.data;
}

/** Copies plain data but for its arrays, which become sections. */
function withoutArrays(value: unknown, path: readonly string[], sections: Section[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    sections.push({ name: path.join('.'), data: value as SectionData, codec: 'raw' });
    return undefined;
  }
  if (Array.isArray(value))
    return value.map((item, i) => withoutArrays(item, [...path, String(i)], sections));
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    withoutArrays(item, [...path, key], sections),
  ]);
  return Object.fromEntries(entries);
}

function putBack(content: unknown, path: readonly string[], data: SectionData): void {
  let inner = content;
  for (const key of path.slice(0, -1)) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) {
      throw corrupt(`there is no place for "${path.join('.')}"`);
    }
    inner = (inner as Record<string, unknown>)[key];
  }
  if (typeof inner !== 'object' || inner === null) throw corrupt(`there is no place for "${path.join('.')}"`);
  (inner as Record<string, unknown>)[path.at(-1)!] = data;
}

/** @returns The first contradiction, as the end of a sentence; `null` if there is none. */
function checkLipRig({ landmarks, rigid, mesh, shapes, mouth, skin, portrait }: LipRig): string | null {
  const count = landmarks.length / 3;
  if (!Number.isInteger(count) || !areSane(landmarks)) return 'a landmark at rest has no place';
  if (!areBelow(rigid, count) || !areBelow(skin.places, count)) return 'a landmark does not exist';
  return (
    checkMesh(mesh, count) ??
    checkShapes(shapes, mesh.vertexCount) ??
    checkMouth(mouth, mesh.vertexCount) ??
    checkPortrait(portrait, landmarks.length)
  );
}

function checkMesh(mesh: LipMesh, landmarkCount: number): string | null {
  const { vertexCount, faceVertexCount, places, traces, rest, triangles, reach, leader, bearing } = mesh;
  const complete =
    faceVertexCount <= vertexCount &&
    rest.length === vertexCount * 3 &&
    [reach, leader, bearing].every((list) => list.length === vertexCount) &&
    triangles.length % 3 === 0;
  if (!complete) return 'the mesh has arrays of the wrong length';
  if (!areBelow(triangles, vertexCount) || !areBelow(leader, vertexCount))
    return 'a triangle has a vertex that does not exist';
  if (![rest, reach, bearing].every(areSane)) return 'the mesh has a vertex without a place';
  return [places, traces].every((mix) => fits(mix, vertexCount, landmarkCount))
    ? null
    : 'the mesh does not follow the landmarks';
}

function fits({ starts, landmarks, shares }: LandmarkMix, vertices: number, landmarkCount: number): boolean {
  return (
    starts.length === vertices + 1 &&
    starts.every((start, vertex) => vertex === 0 || start >= starts[vertex - 1]!) &&
    starts.at(-1)! <= landmarks.length &&
    shares.length === landmarks.length &&
    areBelow(landmarks, landmarkCount) &&
    areSane(shares)
  );
}

function checkMouth(mouth: LipMouth, vertexCount: number): string | null {
  const { innerUpper, innerLower, outerUpper, outerLower, stripUpper, stripLower, teeth } = mouth;
  const contours = [innerUpper, innerLower, outerUpper, outerLower, stripUpper, stripLower];
  if (innerUpper.length < 2 || contours.some((contour) => contour.length !== innerUpper.length))
    return 'the contours of the lips differ in length';
  if (!contours.every((contour) => areBelow(contour, vertexCount)))
    return 'a contour has a vertex that does not exist';
  return teeth && teeth.pixels.length !== teeth.width * teeth.height * 4
    ? 'the picture of the teeth does not have its size'
    : null;
}

function checkPortrait({ frame, face }: LipPortrait, landmarks: number): string | null {
  const { width, height, y, u, v } = frame;
  if (y.length !== width * height || 4 * u.length !== y.length || v.length !== u.length)
    return 'the picture of the lips does not have its size';
  const placed = face.landmarks.length === landmarks && face.seam.length === SEAM_LENGTH;
  return placed && areSane(face.landmarks) && areSane(face.seam)
    ? null
    : 'the picture of the lips has no face';
}

const corrupt = (what: string, cause?: unknown): LoquentError =>
  new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: ${what}.`, { cause });
