/** An RGBA picture in the raster's memory, 8 bits per channel, row-major from the top left. */
export interface Surface {
  readonly width: number;
  readonly height: number;
  /** `width * height * 4` bytes. */
  readonly data: Uint8Array;
}

/** A displacement field in the raster's memory (see `SparseShape` of the avatar). */
export interface PlacedShape {
  readonly indices: Uint16Array;
  readonly deltas: Float32Array;
}

/** Triangles over one texture. All arrays come from the raster's own memory. */
export interface TexturedMesh {
  /** Vertex triples. Every number must be below the vertex count. */
  readonly triangles: Uint16Array;
  /** x, y per vertex in target pixels (pixel centres at .5). Any finite value. */
  readonly screen: Float32Array;
  /** u, v per vertex in texels (texel centres at .5). Reads outside the texture take its border. */
  readonly uv: Float32Array;
}

/** Which part of a {@link TexturedMesh} is drawn, where and how. */
export interface DrawCall {
  readonly mesh: TexturedMesh;
  /** First triangle. */
  readonly first: number;
  /** Number of triangles. */
  readonly count: number;
  /** At least 2 x 2 texels and at most 8192 on a side. Premultiplied alpha. */
  readonly texture: Surface;
  readonly target: Surface;
  /** Pixels outside are left alone: left, top, right (exclusive), bottom (exclusive). */
  readonly clip: ClipRect;
  /** `true` blends by the texture's alpha; `false` overwrites and is faster. */
  readonly alpha: boolean;
  /** `true` leaves out triangles that are mirrored on the target relative to the texture. */
  readonly cull: boolean;
}

/** A map of gains in the raster's memory: by how much brighter (or darker) a place becomes. */
export interface GainMap {
  readonly width: number;
  readonly height: number;
  /** `width * height` numbers, row-major: 32767 stands for the tint of the {@link ShadeCall}. Neighbours differ by less. */
  readonly data: Int16Array;
}

/** A part of a {@link GainMap} in the raster's memory. */
export interface PlacedGains extends GainMap {
  /** Position of the top left corner in the whole map, texels; the part lies inside. */
  readonly x: number;
  readonly y: number;
}

/** Which triangles are shaded, and by what. */
export interface ShadeCall {
  /**
   * `uv` in texels of the map. Triangles that come nearer than a texel to its border, and those mirrored on the target
   * relative to the map, are left out.
   */
  readonly mesh: TexturedMesh;
  /** First triangle. */
  readonly first: number;
  /** Number of triangles. */
  readonly count: number;
  /** At least 4 x 4. */
  readonly gains: GainMap;
  /** Red, green, blue: the relative change of a channel where the gain is 32767; -1..1. */
  readonly tint: readonly [number, number, number];
  readonly target: Surface;
  readonly clip: ClipRect;
}

/** Integer pixel bounds inside the target. */
export interface ClipRect {
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  /** Exclusive. */
  readonly bottom: number;
}

/** Number of floats in a head pose; their meaning by position is {@link HEAD_POSE}. */
export const HEAD_POSE_LENGTH = 25;

/**
 * Layout of the pose array of {@link Raster.project}: a row-major 3 x 3 rotation (yaw, then pitch), the point it
 * turns about, the point the roll turns about, roll, shift, size, perspective (per pixel of depth), lift by breath
 * (pixels), how mesh pixels become target pixels: `(value - origin) * scale`, and the body's shift to the right (pixels).
 */
export const HEAD_POSE = {
  rotation: 0,
  pivot: 9,
  neck: 12,
  cosRoll: 14,
  sinRoll: 15,
  shift: 16,
  size: 18,
  perspective: 19,
  breath: 20,
  scale: 21,
  origin: 22,
  sway: 24,
} as const;

/**
 * The hot loops of the mesh renderer. The TypeScript reference and the WASM SIMD kernel implement the same interface
 * and agree within 4/255 per channel; arrays handed to one must have been allocated by the same one.
 */
export interface Raster {
  /** Allocates zeroed memory that lives as long as the raster. */
  floats(length: number): Float32Array;
  /** Allocates zeroed memory that lives as long as the raster. */
  indices(length: number): Uint16Array;
  /** Allocates zeroed memory that lives as long as the raster. */
  bytes(length: number): Uint8Array;
  /** Adds `weight` times a displacement field to `positions` (x, y, z per vertex). */
  accumulate(positions: Float32Array, shape: PlacedShape, weight: number): void;
  /**
   * Moves vertices with the head and with breath and sway of the body and maps them to target pixels.
   *
   * @param positions - x, y, z per vertex, mesh pixels.
   * @param screen - Receives x, y per vertex, target pixels.
   * @param headWeight - How much each vertex follows the head, 0..1.
   * @param shoulderWeight - How much each vertex goes along with the body, 0..1.
   * @param pose - {@link HEAD_POSE}.
   */
  project(
    positions: Float32Array,
    screen: Float32Array,
    headWeight: Float32Array,
    shoulderWeight: Float32Array,
    pose: Float32Array,
  ): void;
  /**
   * Draws textured triangles with bilinear filtering. A pixel belongs to a triangle when its centre lies inside
   * (left and top edges included), so neighbouring triangles share no pixel and leave no gap.
   */
  draw(call: DrawCall): void;
  /** Allocates zeroed memory that lives as long as the raster. */
  gains(length: number): Int16Array;
  /**
   * Adds `weight` times a part to a map of gains. Sums beyond the range of 16 bits stay at its end.
   *
   * @param weight - 0..1.
   */
  addGains(target: GainMap, part: PlacedGains, weight: number): void;
  /** Multiplies the pixels under triangles by 1 + gain, bilinearly filtered; alpha stays. */
  shade(call: ShadeCall): void;
  /** Copies the pixels inside `clip` from one surface to another of the same size. */
  copy(source: Surface, target: Surface, clip: ClipRect): void;
}
