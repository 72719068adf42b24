/** Equally large 8-bit planes in the warp's memory, row-major without padding. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  /** `width * height` bytes each: one (luma) or two (both chroma planes). */
  readonly data: readonly Uint8Array[];
}

/** A mesh that carries pixels from where they are to where they shall be. Arrays come from the warp's own memory. */
export interface WarpMesh {
  /** Vertex triples. Every number must be below the vertex count. */
  readonly triangles: Uint16Array;
  /** x, y per vertex: where it is drawn. Frame pixels, pixel centres at `.5`, any finite value. */
  readonly to: Float32Array;
  /** x, y per vertex: where its pixels are read, pixels of the source. Beyond it its border goes on. */
  readonly from: Float32Array;
}

/** What is drawn, and where. */
export interface WarpCall {
  readonly mesh: WarpMesh;
  readonly source: Planes;
  /** As many planes, of any size; other memory than the source. */
  readonly target: Planes;
  /** Plane pixels per frame pixel, of source and target: 1 for luma, 0.5 for subsampled chroma. */
  readonly scale: number;
  /** Plane pixels outside are left alone: left, top, right (exclusive), bottom (exclusive). */
  readonly clip: WarpClip;
}

/** Integer bounds inside the target. */
export interface WarpClip {
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  /** Exclusive. */
  readonly bottom: number;
}

/** Moves parts of planar pictures. The TypeScript reference and the WASM SIMD kernel agree within rounding. */
export interface Warp {
  /** Allocates zeroed memory that lives as long as the warp. */
  floats(length: number): Float32Array;
  /** Allocates zeroed memory that lives as long as the warp. */
  indices(length: number): Uint16Array;
  /** Allocates zeroed memory that lives as long as the warp. */
  bytes(length: number): Uint8Array;
  /**
   * Draws triangles with bicubic filtering; what does not move is copied exactly. A pixel belongs to a triangle when its
   * centre lies inside (left and top edges included); later triangles lie over earlier ones.
   */
  warp(call: WarpCall): void;
}
