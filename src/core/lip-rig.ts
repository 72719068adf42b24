import type { AvatarColours, AvatarTeeth, SparseShape } from './avatar.ts';
import type { TrackedFace, VideoFrame } from './footage.ts';
import type { Blendshape } from './motion.ts';

/**
 * What a lip engine must know of one person to repaint the lower half of the face in any frame: a mesh that is placed by
 * landmarks, and how it moves. Plain data that can be sent to a thread.
 *
 * Geometry is in *head centimetres*: centimetres of the canonical face, seen from the front: x right in the picture, y
 * down, z away from the viewer.
 */
export interface LipRig {
  /** Landmarks of the face at rest with its lips closed: x, y, z each. */
  readonly landmarks: Float32Array;
  /** Pixels per centimetre in a typical frame: how fine what is painted must be. */
  readonly pixelsPerCm: number;
  /** Width of the finest detail that the footage shows, centimetres: nothing is painted crisper. */
  readonly grain: number;
  /** Numbers of the landmarks that keep their places in the head whatever the face does. */
  readonly rigid: Uint16Array;
  /** Face, then its surroundings, then the strips of the lips. */
  readonly mesh: LipMesh;
  /** Displacements of the mesh from its rest, by blendshape: those of mouth, jaw, cheeks and nose. */
  readonly shapes: Readonly<Partial<Record<Blendshape, SparseShape>>>;
  readonly mouth: LipMouth;
  /** As seen in the light of {@link LipRig.skin}. */
  readonly colours: AvatarColours;
  /** The dark line between closed lips in that light, RGB 0..255. */
  readonly seam: readonly [number, number, number];
  readonly skin: SkinReference;
  readonly portrait: LipPortrait;
}

/** Lips at rest, as they are drawn in every frame: a part of a frame in which they are closed, if there is one. */
export interface LipPortrait {
  readonly frame: VideoFrame;
  /** The face in it: its positions are pixels of that part. */
  readonly face: TrackedFace;
}

/**
 * A weighted mean of landmarks for each vertex: those of vertex `v` are the entries `starts[v]` to `starts[v + 1]` of
 * `landmarks` and `shares`. Shares of one vertex add up to 1, or to 0 if it has none.
 */
export interface LandmarkMix {
  readonly starts: Uint32Array;
  readonly landmarks: Uint16Array;
  readonly shares: Float32Array;
}

/** The mesh of a {@link LipRig}. */
export interface LipMesh {
  readonly vertexCount: number;
  /** How many of the first vertices belong to the face proper, surroundings not included. */
  readonly faceVertexCount: number;
  /** Where each vertex lies. Strips have no landmarks. */
  readonly places: LandmarkMix;
  /** How each vertex moves when the landmarks do: smoothly, and either lip with its own. Strips do not. */
  readonly traces: LandmarkMix;
  /** `vertexCount * 3`. */
  readonly rest: Float32Array;
  /** Vertex triples in painter's order: lip strips first. */
  readonly triangles: Uint16Array;
  /** How much of a movement reaches each vertex, 0 (stays as filmed) .. 1; smooth, 0 all along the mesh's border. */
  readonly reach: Float32Array;
  /** The vertex whose movement each vertex takes part in: itself in the face, that of the outline outside. */
  readonly leader: Uint16Array;
  /** How far around the head from straight ahead each vertex lies, seen from above: radians, left of the picture negative. */
  readonly bearing: Float32Array;
}

/** The mouth of a {@link LipRig}; contours as in `AvatarMouth`. */
export interface LipMouth {
  /** Inner edge of the upper lip, from the picture's left corner of the mouth to the right one. */
  readonly innerUpper: Uint16Array;
  /** Likewise; both share their ends' positions, and at rest all positions. */
  readonly innerLower: Uint16Array;
  /** Outer edges of the lips, as many vertices each. */
  readonly outerUpper: Uint16Array;
  readonly outerLower: Uint16Array;
  /** Vertices of the thin strips that continue the lips inwards, one per contour vertex. */
  readonly stripUpper: Uint16Array;
  readonly stripLower: Uint16Array;
  /** Corner to corner. */
  readonly width: number;
  /** Place of the upper incisors. */
  readonly teethOrigin: readonly [number, number, number];
  /** Lower edge of the upper incisors below {@link LipMouth.teethOrigin}. */
  readonly teethEdge: number;
  /** The person's own upper teeth; `null` when no frame shows them. */
  readonly teeth: AvatarTeeth | null;
  /** Light on teeth of a speaking mouth, beside that in which {@link LipMouth.teeth} and `LipRig.colours` were seen: at most 1. */
  readonly teethLight: number;
}

/** By what the light of a frame is compared with that of another. */
export interface SkinReference {
  /** Landmarks on plain skin. */
  readonly places: Uint16Array;
  /** Mean colour around them, RGB 0..255. */
  readonly colour: readonly [number, number, number];
}
