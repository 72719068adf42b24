import type { AvatarLayers, Picture, Radians, Rect } from '../../core/index.ts';

/** How many landmarks a face has: 468 of the face mesh, then five of each iris (the person's right one first). */
export const LANDMARK_COUNT = 478;

/** One face found in a picture. Everything is in pixels of that picture. */
export interface Face {
  /**
   * {@link LANDMARK_COUNT} points `x, y, z` one after the other, in MediaPipe's order. `z` has the same unit and is
   * relative to the centre of the head: negative is nearer to the viewer.
   */
  readonly landmarks: Float32Array;
  /** Confidence of the landmark network that this is a face, 0..1. High for many animals too. */
  readonly score: number;
  /** The smallest rectangle around the face mesh (forehead to chin, ear to ear). */
  readonly box: Rect;
  /** Distance from the top of the forehead (landmark 10) to the chin (152). */
  readonly height: number;
  /** How the head stands towards the camera; signs as in `HeadMotion`, rotations applied roll, pitch, yaw. */
  readonly pose: { readonly yaw: Radians; readonly pitch: Radians; readonly roll: Radians };
}

/** Where a person is in a part of a picture. */
export interface Mask {
  /** The part of the picture that the mask covers, picture pixels; may reach beyond the picture. */
  readonly rect: Rect;
  /** Size of the mask itself. */
  readonly width: number;
  readonly height: number;
  /** Probability that a person is seen, 0..1; `width * height`, row-major. */
  readonly data: Float32Array;
}

/** The canonical face of MediaPipe: what the landmarks of an average face looking straight ahead are in space. */
export interface CanonicalFace {
  /** `468 * 3`: x right (in the picture), y up, z towards the viewer; centimetres. */
  readonly vertices: Float32Array;
  /** Vertex triples of the face mesh, 898 triangles. */
  readonly triangles: Uint16Array;
}

/** Which person is to be cut out of a picture, and where. */
export interface CutJob {
  /** The part of the picture, integer edges inside it. */
  readonly region: Rect;
  /** The face's outline as a convex polygon, `x, y` pairs in region pixels. */
  readonly outline: Float64Array;
  /** In picture pixels. */
  readonly faceHeight: number;
}

/** A person who was cut out. */
export interface CutPerson {
  readonly layers: AvatarLayers;
  /** What the person network saw in each square. */
  readonly masks: readonly Mask[];
}

/** Options of {@link FaceAnalyser.findFaces}. */
export interface FindFacesOptions {
  /**
   * Also looks for faces of a few dozen pixels in overlapping tiles (0.3 s more). Done anyway if no face takes an
   * eighth of the picture.
   */
  readonly thorough?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds faces and people in pictures. Holds a thread with some 200 MB until it is disposed of; one analyser can be
 * used for any number of pictures, and calls may overlap (they are worked off one after the other).
 */
export interface FaceAnalyser extends AsyncDisposable {
  /**
   * Finds all faces.
   *
   * @param picture - Is copied; must not change between calls that give the same object.
   * @returns Largest first; empty if there is none.
   * @throws LoquentError `CANCELLED`.
   */
  findFaces(picture: Picture, options?: FindFacesOptions): Promise<Face[]>;
  /**
   * Tells person and background apart.
   *
   * @param square - The part to look at, picture pixels; about three face heights give the best edges. Where it
   *   reaches beyond the picture, the picture's border pixels are repeated.
   */
  personMask(picture: Picture, square: Rect): Promise<Mask>;
  /**
   * Separates a person from the background, so that the caller can do something else meanwhile.
   *
   * @param squares - Where to look, as for {@link FaceAnalyser.personMask}: the finest first.
   * @throws LoquentError `CANCELLED`.
   */
  cutOut(
    picture: Picture,
    squares: readonly Rect[],
    job: CutJob,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<CutPerson>;
}
