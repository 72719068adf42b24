/**
 * What must hold for an avatar to be drawn safely: the renderer's WebAssembly kernel reads vertices and texture
 * pixels by the numbers given here.
 *
 * @module
 */
import { z } from 'zod';
import {
  AVATAR_VERSION,
  type Avatar,
  type AvatarColours,
  type AvatarEye,
  type AvatarLayers,
  type AvatarLid,
  type AvatarMesh,
  type AvatarMouth,
  type AvatarShading,
  type AvatarTeeth,
  BLENDSHAPES,
  type Blendshape,
  type GainPatch,
  type LidStrip,
  type Radians,
  type Rect,
  type ShapeName,
  type SparseShape,
} from '../core/index.ts';

/** Every name that a shape of an avatar can have. */
export const shapeNames: readonly ShapeName[] = [...BLENDSHAPES, 'restClose'];

/** An avatar without its arrays: what the header of an avatar file holds. */
export interface AvatarScalars
  extends Omit<Avatar, 'layers' | 'mesh' | 'shapes' | 'mouth' | 'eyes' | 'shading' | 'surround'> {
  readonly layers: Omit<AvatarLayers, 'foreground' | 'background'>;
  readonly mesh: Pick<
    AvatarMesh,
    'vertexCount' | 'faceVertexCount' | 'behindTriangleCount' | 'lidTriangleCount'
  >;
  readonly mouth: Omit<
    AvatarMouth,
    'innerUpper' | 'innerLower' | 'stripUpper' | 'stripLower' | 'seam' | 'teeth'
  > & { readonly teeth: Omit<AvatarTeeth, 'pixels'> | null };
  readonly shading: Omit<AvatarShading, 'uv' | 'triangles' | 'folds'> & {
    readonly folds: Readonly<Partial<Record<Blendshape, Omit<GainPatch, 'gains'>>>>;
  };
  readonly eyes: readonly [EyeScalars, EyeScalars];
}

interface EyeScalars extends Omit<AvatarEye, 'upper' | 'lower' | 'ball' | 'lid' | 'rim' | 'lashes'> {
  readonly ball: Rect;
  readonly lid: Omit<AvatarLid, 'skin'>;
  readonly rim: Omit<LidStrip, 'pixels' | 'tips'>;
  readonly lashes: Omit<LidStrip, 'pixels' | 'tips'>;
}

/** Pixel coordinates beyond this are no result of any picture. */
const FARTHEST = 1e6;
const LARGEST_SIDE = 16_384;
/** Vertex numbers have 16 bits. */
const MOST_VERTICES = 65_536;
const SEAM_POINTS = 81;
/** Longest side of a picture of teeth. */
const LARGEST_TEETH = 2048;

const side = z.int().min(1).max(LARGEST_SIDE);
/** A place or distance. */
export const length: z.ZodNumber = z.number().min(-FARTHEST).max(FARTHEST);
const gain = z.number().min(0).max(2);
const angle = z.number().min(-4).max(4) as unknown as z.ZodType<Radians>;
const rect = z.object({ x: length, y: length, width: length.min(0), height: length.min(0) });
const vector2 = z.tuple([length, length]);
/** A place in three dimensions. */
export const vector3: z.ZodTuple<[z.ZodNumber, z.ZodNumber, z.ZodNumber], null> = z.tuple([
  length,
  length,
  length,
]);
const texels = z.int().min(0).max(1024);
const share = z.number().min(0).max(1);
/** Red, green, blue, 0..255. */
export const colour: z.ZodTuple<[z.ZodNumber, z.ZodNumber, z.ZodNumber], null> = z.tuple([
  z.number().min(0).max(255),
  z.number().min(0).max(255),
  z.number().min(0).max(255),
]);
/** The colours of a face. */
export const avatarColours: z.ZodType<AvatarColours> = z.object({
  skin: colour,
  lip: colour,
  teeth: colour,
  tongue: colour,
  cavity: colour,
  gum: colour,
  corner: colour,
});
/** Lashes are finer than the picture only in a thumbnail. */
const patch = z.object({ x: z.int().min(0), y: z.int().min(0), width: side.min(2), height: side.min(2) });
const samples = z.int().min(2).max(1024);
const strip = z.object({ columns: samples, rows: samples, root: length, foot: length });
const eye = z.object({
  side: z.enum(['right', 'left']),
  left: vector3,
  right: vector3,
  width: length,
  height: length,
  iris: vector2,
  irisRadius: length,
  lash: colour,
  ball: patch,
  lid: patch.extend({ overlap: length }),
  rim: strip,
  lashes: strip,
});

/** Checks the header of an avatar file, or takes the scalars out of an avatar: unknown parts are left out. */
export const scalarsSchema: z.ZodType<AvatarScalars> = z.object({
  version: z.literal(AVATAR_VERSION),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  picture: z.object({ width: side, height: side }),
  region: z.object({ x: z.int().min(0), y: z.int().min(0), width: side, height: side }),
  face: z.object({
    box: rect,
    height: length,
    yaw: angle,
    pitch: angle,
    roll: angle,
    score: z.number().min(0).max(1),
  }),
  layers: z.object({ matted: z.boolean() }),
  mesh: z.object({
    vertexCount: z.int().min(3).max(MOST_VERTICES),
    faceVertexCount: z.int().min(0).max(MOST_VERTICES),
    behindTriangleCount: z.int().min(0),
    lidTriangleCount: z.int().min(0),
  }),
  mouth: z.object({
    stripWidth: length,
    width: length,
    axisX: vector2,
    axisY: vector2,
    closed: z.boolean(),
    gap: length,
    teethOrigin: vector3,
    teethEdge: length,
    teeth: z
      .object({
        width: z.int().min(2).max(LARGEST_TEETH),
        height: z.int().min(2).max(LARGEST_TEETH),
        perCm: z.number().min(0.01).max(LARGEST_TEETH),
        left: length,
        top: length,
      })
      .nullable(),
  }),
  eyes: z.tuple([eye, eye]),
  rig: z.object({
    faceHeight: length,
    pixelsPerCm: length,
    fromCanonical: z.array(length).length(9),
    pivot: vector3,
    neck: vector2,
    limits: z.object({ yaw: angle, pitch: angle, roll: angle }),
  }),
  shading: z.object({
    width: texels.min(4),
    height: texels.min(4),
    tint: z.tuple([share, share, share]),
    folds: z.partialRecord(
      z.enum(BLENDSHAPES),
      z.object({ x: texels, y: texels, width: texels, height: texels }),
    ),
  }),
  colours: avatarColours,
  mouthStyle: z.object({ open: gain, wide: gain, round: gain, closure: gain }).optional(),
  warnings: z.array(z.object({ code: z.string().max(100), message: z.string().max(2000) })).max(100),
});

/**
 * Checks how the arrays of an avatar fit together.
 *
 * @returns The first contradiction, as the end of a sentence; `null` if there is none.
 */
export function checkAvatar({
  picture,
  region,
  layers,
  mesh,
  shapes,
  mouth,
  eyes,
  shading,
}: Avatar): string | null {
  if (region.x + region.width > picture.width || region.y + region.height > picture.height) {
    return 'the region reaches beyond the picture';
  }
  const pixels = region.width * region.height * 4;
  if (layers.foreground.length !== pixels || layers.background.length !== pixels) {
    return 'a layer does not have the size of the region';
  }
  return (
    checkMesh(mesh) ??
    checkShapes(shapes, mesh.vertexCount) ??
    checkContours(mouth, eyes, mesh.vertexCount) ??
    checkLids(eyes, region) ??
    checkShading(shading, mesh.vertexCount)
  );
}

function checkLids(eyes: Avatar['eyes'], region: Rect): string | null {
  for (const { upper, lower, ball, lid, rim, lashes } of eyes) {
    for (const { x, y, width, height } of [ball, lid]) {
      if (x + width > region.width || y + height > region.height) return 'an eye reaches beyond the region';
    }
    if (lid.skin.length !== lid.width * lid.height * 4) return 'a lid does not have its size';
    const ballPixels = ball.width * ball.height * 4;
    if ([ball.white, ball.iris, ball.glint].some((part) => part.length !== ballPixels)) {
      return 'an eyeball does not have its size';
    }
    if (upper.length !== lower.length) return 'the contours of an eye differ in length';
    for (const { columns, rows, pixels, tips } of [rim, lashes]) {
      const complete = pixels.length === columns * rows * 4 && tips.length === upper.length * 2;
      if (!complete || !areSane(tips)) return 'the edge of a lid is incomplete';
    }
  }
  return null;
}

function checkMesh(mesh: AvatarMesh): string | null {
  const { vertexCount, faceVertexCount, behindTriangleCount, lidTriangleCount } = mesh;
  const { rest, uv, triangles, headWeight, shoulderWeight, fringeTriangles, fringeOpacity } = mesh;
  if (faceVertexCount > vertexCount) return 'the face has more vertices than the mesh';
  if (
    rest.length !== vertexCount * 3 ||
    uv.length !== vertexCount * 2 ||
    headWeight.length !== vertexCount ||
    shoulderWeight.length !== vertexCount
  ) {
    return 'the mesh has arrays of the wrong length';
  }
  if (
    triangles.length % 3 !== 0 ||
    fringeTriangles.length % 3 !== 0 ||
    (behindTriangleCount + lidTriangleCount) * 3 > triangles.length
  ) {
    return 'the triangles are incomplete';
  }
  if (!areBelow(triangles, vertexCount) || !areBelow(fringeTriangles, vertexCount)) {
    return 'a triangle has a vertex that does not exist';
  }
  if (fringeOpacity.length > vertexCount) return 'the fringe has more vertices than the mesh';
  if (![rest, uv, headWeight, shoulderWeight, fringeOpacity].every(areSane))
    return 'the mesh has a vertex without a place';
  return null;
}

/** Whether shapes move only vertices that there are; the first contradiction, as the end of a sentence. */
export function checkShapes(
  shapes: Readonly<Record<string, SparseShape>>,
  vertexCount: number,
): string | null {
  for (const [name, { indices, deltas }] of Object.entries(shapes)) {
    if (deltas.length !== indices.length * 3 || !areSane(deltas) || !areBelow(indices, vertexCount)) {
      return `the shape "${name}" does not fit the mesh`;
    }
  }
  return null;
}

function checkContours(mouth: AvatarMouth, eyes: Avatar['eyes'], vertexCount: number): string | null {
  const { innerUpper, innerLower, stripUpper, stripLower, seam, teeth } = mouth;
  const lips = [innerUpper, innerLower, stripUpper, stripLower];
  if (lips.some((contour) => contour.length !== innerUpper.length) || innerUpper.length < 2) {
    return 'the contours of the lips differ in length';
  }
  if (teeth && teeth.pixels.length !== teeth.width * teeth.height * 4) {
    return 'the picture of the teeth does not have its size';
  }
  if (seam.length !== SEAM_POINTS * 3 || !areSane(seam)) return 'the line between the lips is incomplete';
  const lids = eyes.flatMap(({ upper, lower }) => [upper, lower]);
  if (lids.some((contour) => contour.length < 2)) return 'the contour of an eye is incomplete';
  if (![...lips, ...lids].every((contour) => areBelow(contour, vertexCount))) {
    return 'a contour has a vertex that does not exist';
  }
  if (eyes[0].side !== 'right' || eyes[1].side !== 'left') return 'the eyes are in the wrong order';
  return null;
}

function checkShading(
  { width, height, uv, triangles, folds }: AvatarShading,
  vertexCount: number,
): string | null {
  const known = uv.length / 2;
  if (
    !Number.isInteger(known) ||
    known > vertexCount ||
    !areSane(uv) ||
    triangles.length % 3 !== 0 ||
    !areBelow(triangles, known)
  )
    return 'the shading does not fit the face';
  for (const [name, patch] of Object.entries(folds)) {
    const inside = patch.x + patch.width <= width && patch.y + patch.height <= height;
    if (!inside || patch.gains.length !== patch.width * patch.height) {
      return `the shading of "${name}" does not fit its map`;
    }
  }
  return null;
}

/** Whether all numbers are below a limit. */
export function areBelow(indices: Uint16Array, limit: number): boolean {
  for (const index of indices) if (index >= limit) return false;
  return true;
}

/** Whether all numbers are finite and no farther away than any picture is large. */
export function areSane(values: Float32Array): boolean {
  for (const value of values) if (!(Math.abs(value) <= FARTHEST)) return false;
  return true;
}
