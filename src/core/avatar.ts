import type { Rect } from './geometry.ts';
import type { Blendshape, MouthStyle } from './motion.ts';
import type { Radians } from './units.ts';

/**
 * Raised whenever the meaning or layout of {@link Avatar} changes; older files are prepared anew from their photo.
 */
export const AVATAR_VERSION = 2;

/**
 * What preparation found out about one identity: immutable, serialisable into one file, independent of the size and
 * crop of the video that is made from it.
 *
 * Geometry is in *region pixels*: origin at the top left corner of {@link Avatar.region}, x right, y down, z away
 * from the viewer, all in pixels of the (possibly scaled) source picture. One array element after the other: x, y, z.
 */
export interface Avatar {
  readonly version: number;
  /** SHA-256 (hex) of the source picture's bytes and of everything that decides how it was prepared. */
  readonly id: string;
  /** Size of the source picture after orientation and after the limit on its size, in pixels. */
  readonly picture: { readonly width: number; readonly height: number };
  /** The part of the picture that can move, integer picture pixels. Everything outside it stays still. */
  readonly region: Rect;
  readonly face: FaceSummary;
  readonly layers: AvatarLayers;
  readonly mesh: AvatarMesh;
  /** Sparse displacements of the mesh, by ARKit name, and `restClose`, which closes lips that are open in the photo. */
  readonly shapes: Readonly<Partial<Record<ShapeName, SparseShape>>>;
  readonly mouth: AvatarMouth;
  /** The person's right eye (left in the picture) first. */
  readonly eyes: readonly [AvatarEye, AvatarEye];
  readonly rig: AvatarRig;
  /** How expressions shade the skin. */
  readonly shading: AvatarShading;
  readonly colours: AvatarColours;
  /**
   * The whole picture as PNG, present only when it is larger than {@link Avatar.region} (needed for crops that reach
   * beyond the region). Its colours are those of the photo everywhere, its alpha is the person's opacity.
   */
  readonly surround: Uint8Array | null;
  /** How this person moves the mouth, if it was measured (`calibrateMouth`); ordinary otherwise. */
  readonly mouthStyle?: MouthStyle | undefined;
  /** What the user should know about this photo (turned head, animal, small face...). */
  readonly warnings: readonly AvatarWarning[];
}

/** A remark about the photo: a code of the warning list and a full sentence. */
export interface AvatarWarning {
  readonly code: string;
  readonly message: string;
}

/** A blendshape that the mesh has, or the always-on correction that closes the photo's own lips. */
export type ShapeName = Blendshape | 'restClose';

/** Where the face is and how it stands in the photo. Lengths in picture pixels. */
export interface FaceSummary {
  readonly box: Rect;
  /** Forehead (landmark 10) to chin (152). */
  readonly height: number;
  /** Pose of the head in the photo (signs as in {@link HeadMotion}). */
  readonly yaw: Radians;
  readonly pitch: Radians;
  readonly roll: Radians;
  /** Confidence of the landmark network that this is a face, 0..1. */
  readonly score: number;
}

/** The region in two layers. Both have exactly the size of {@link Avatar.region}. */
export interface AvatarLayers {
  /** The person: RGBA, premultiplied alpha. Alpha is 255 in the face but for its very rim. */
  readonly foreground: Uint8Array;
  /** What is behind the person, filled in where the person hides it: RGBA, opaque. */
  readonly background: Uint8Array;
  /** Whether the person could be cut out. If not, the foreground is the opaque photo and the background too. */
  readonly matted: boolean;
}

/** The triangle mesh: face, then the rings around it out to the region's border. */
export interface AvatarMesh {
  readonly vertexCount: number;
  /** How many of the first vertices belong to the face proper. */
  readonly faceVertexCount: number;
  /** `vertexCount * 3`, region pixels. */
  readonly rest: Float32Array;
  /** `vertexCount * 2`, region pixels: where the vertex reads its colour. */
  readonly uv: Float32Array;
  /** Vertex triples in drawing order (painter's order: lip strips, far to near, eyelids last). */
  readonly triangles: Uint16Array;
  /** How many triangles at the beginning lie behind the face: lip strips and surroundings. */
  readonly behindTriangleCount: number;
  /** How many triangles at the end of {@link AvatarMesh.triangles} are eyelids (drawn after the eyes, culled). */
  readonly lidTriangleCount: number;
  /** How much each vertex follows the head, 0..1. */
  readonly headWeight: Float32Array;
  /** How much each vertex goes along with the body (breath and sway), 0..1. */
  readonly shoulderWeight: Float32Array;
  /**
   * Vertex triples of the fringe: it goes along with the outline of the face, between the face and what is behind it,
   * and fades out over the latter. An opening jaw so passes over the neck.
   */
  readonly fringeTriangles: Uint16Array;
  /** Opacity of the mesh's last vertices, which are those of the fringe, 0..1; other vertices are opaque. */
  readonly fringeOpacity: Float32Array;
}

/** A displacement field that is zero almost everywhere. */
export interface SparseShape {
  /** Vertices that move. */
  readonly indices: Uint16Array;
  /** Displacement at weight 1, `indices.length * 3`, region pixels. */
  readonly deltas: Float32Array;
}

/** The mouth: contours as vertex numbers from the picture's left corner to the right one. */
export interface AvatarMouth {
  /** Inner edge of the upper lip. Same length as {@link AvatarMouth.innerLower}, sharing both corners' positions. */
  readonly innerUpper: Uint16Array;
  readonly innerLower: Uint16Array;
  /** Vertices of the thin strips that continue the lips inwards, one per contour vertex. */
  readonly stripUpper: Uint16Array;
  readonly stripLower: Uint16Array;
  /** Width of those strips, region pixels. */
  readonly stripWidth: number;
  /** Corner to corner distance, region pixels. */
  readonly width: number;
  /** Unit vector from the left corner to the right one. */
  readonly axisX: readonly [number, number];
  /** Unit vector downwards, perpendicular to {@link AvatarMouth.axisX}. */
  readonly axisY: readonly [number, number];
  /** Where the closed lips meet, left to right: 81 points x, y, z in region pixels. */
  readonly seam: Float32Array;
  /** Whether the lips are closed in the photo. */
  readonly closed: boolean;
  /** Lip gap in the photo, region pixels; 0 when closed. */
  readonly gap: number;
  /** Place of the upper incisors behind the middle of the closed lips, region pixels x, y, z. */
  readonly teethOrigin: readonly [number, number, number];
  /** Lower edge of the upper incisors below {@link AvatarMouth.teethOrigin}, centimetres of the canonical face. */
  readonly teethEdge: number;
  /** The person's own upper teeth, as far as a photo shows them; `null` when none does. */
  readonly teeth: AvatarTeeth | null;
}

/** How far a dental arch goes back, centimetres per squared centimetre beside its middle. */
export const DENTAL_ARCH = 0.27;

/**
 * Teeth of a photo, straightened: seen from the front, as if the arch, `DENTAL_ARCH * x ** 2` deep, were flat. In
 * centimetres of the canonical face from {@link AvatarMouth.teethOrigin}, x right, y down.
 */
export interface AvatarTeeth {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels per centimetre. */
  readonly perCm: number;
  /** Place of the first pixel. */
  readonly left: number;
  readonly top: number;
  /** RGBA, premultiplied; alpha tells how surely a pixel is a tooth. */
  readonly pixels: Uint8Array;
}

/** One eye. Contours are vertex numbers from left to right in the picture. */
export interface AvatarEye {
  readonly side: 'right' | 'left';
  readonly upper: Uint16Array;
  readonly lower: Uint16Array;
  /** Left and right corner in the rest mesh: x, y, z in region pixels. */
  readonly left: readonly [number, number, number];
  readonly right: readonly [number, number, number];
  /** Corner to corner distance and largest opening, region pixels. */
  readonly width: number;
  readonly height: number;
  /** Centre of the iris, region pixels. */
  readonly iris: readonly [number, number];
  readonly irisRadius: number;
  /** Colour of the lashes, RGB 0..255. */
  readonly lash: readonly [number, number, number];
  readonly ball: AvatarEyeball;
  readonly lid: AvatarLid;
  /** The lid's edge as photographed: it moves with the lid. */
  readonly rim: LidStrip;
  /** The lashes of the upper lid: they turn with it, behind {@link AvatarEye.rim}. */
  readonly lashes: LidStrip;
}

/**
 * The eyeball in its parts, each a picture of the same rectangle of the region (integer edges). White, iris and glint
 * laid over each other give the photo's eye back; to look elsewhere the iris moves over the white.
 */
export interface AvatarEyeball extends Rect {
  /** The eye without its iris: RGBA, opaque, `width * height * 4`. */
  readonly white: Uint8Array;
  /** The whole iris, also where the lids hide it, without reflections: RGBA, premultiplied. */
  readonly iris: Uint8Array;
  /** What is reflected in the eye: RGBA, premultiplied. */
  readonly glint: Uint8Array;
}

/**
 * How the eye looks closed: a part of the foreground in which skin without lashes covers the eye, and in which nothing
 * else differs. A closing lid uncovers it from above. The rectangle has integer edges inside the region.
 */
export interface AvatarLid extends Rect {
  /** RGBA, premultiplied, `width * height * 4`. */
  readonly skin: Uint8Array;
  /** How far the closed lid's edge passes the contour of the lower lid in its middle, region pixels. */
  readonly overlap: number;
}

/**
 * A strip that stands on the edge of the upper lid: columns go evenly from one vertex of {@link AvatarEye.upper} to the
 * next, rows from the edge outwards. Laid over {@link AvatarLid} where the lid is in the photo, lashes and then rim give
 * the photo back.
 */
export interface LidStrip {
  readonly columns: number;
  readonly rows: number;
  /** RGBA, premultiplied, `rows * columns * 4`. */
  readonly pixels: Uint8Array;
  /** Share of the strip's length that lies below where it stands. */
  readonly root: number;
  /** How far above the lid's edge it stands, region pixels. */
  readonly foot: number;
  /**
   * From the beginning of the strip to its far end at each vertex of {@link AvatarEye.upper}: x, y in region pixels, x
   * along the line from the eye's left corner to its right one, y across it downwards.
   */
  readonly tips: Float32Array;
}

/** How canonical centimetres become region pixels, and what the head turns about. */
export interface AvatarRig {
  /** Face height in region pixels. */
  readonly faceHeight: number;
  /** Region pixels per centimetre of the canonical face. */
  readonly pixelsPerCm: number;
  /**
   * Row-major 3 x 3: a displacement in canonical centimetres (x right, y up, z to the viewer) becomes one in region
   * pixels (x right, y down, z away).
   */
  readonly fromCanonical: readonly number[];
  /** Point between the ears about which the head turns and nods, region pixels x, y, z. */
  readonly pivot: readonly [number, number, number];
  /** Point in the neck about which the head tilts, region pixels x, y. */
  readonly neck: readonly [number, number];
  readonly limits: MovementLimits;
}

/** Largest movement of the head each way that a photo bears without tearing. */
export interface MovementLimits {
  readonly yaw: Radians;
  readonly pitch: Radians;
  readonly roll: Radians;
}

/**
 * How folds and bulges of an expression change the brightness of the skin in the photo's light: maps of gains over the
 * face spread flat, one per blendshape, to be added by weight.
 */
export interface AvatarShading {
  /** Size of the whole map, texels. */
  readonly width: number;
  readonly height: number;
  /** x, y of the face's first vertices (the landmarks) in the map, texels (centres at .5). */
  readonly uv: Float32Array;
  /** Vertex triples. Coarser than the mesh of the picture: gains are smooth. */
  readonly triangles: Uint16Array;
  /** Relative change of red, green and blue where the gain is 32767, 0..1. */
  readonly tint: readonly [number, number, number];
  readonly folds: Readonly<Partial<Record<Blendshape, GainPatch>>>;
}

/** The part of the shading map that one blendshape changes. */
export interface GainPatch {
  /** Left, top and size in the map, texels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** `width * height`, row-major: 32767 brightens and -32767 darkens by the full tint, at weight 1. */
  readonly gains: Int16Array;
}

/** Colours measured in the photo, RGB 0..255. */
export interface AvatarColours {
  readonly skin: readonly [number, number, number];
  readonly lip: readonly [number, number, number];
  readonly teeth: readonly [number, number, number];
  readonly tongue: readonly [number, number, number];
  readonly cavity: readonly [number, number, number];
  readonly gum: readonly [number, number, number];
  readonly corner: readonly [number, number, number];
}
