/**
 * Folds of the mesh: how many of its triangles a movement turns over.
 *
 * @module
 */
import type { Avatar, MotionFrame } from '../../src/core/index.ts';
import { neutralMotion, seconds } from '../../src/core/index.ts';
import type { View } from '../../src/engines/engine.ts';
import { placeRegion } from '../../src/engines/mesh/placement.ts';
import { Rig } from '../../src/engines/mesh/rig.ts';
import { createReferenceRaster } from '../../src/kernels/raster/index.ts';
import { foldedShare } from '../../src/quality/folds.ts';

/** Poses an avatar's mesh by itself and counts what is turned over. */
export class FoldMeter {
  readonly #rig: Rig;
  readonly #triangles: readonly number[];
  readonly #rest: Float32Array;

  constructor(avatar: Avatar, view: View) {
    const raster = createReferenceRaster();
    this.#rig = new Rig(avatar, raster, placeRegion(avatar, view));
    const { mesh, mouth } = avatar;
    // Lids roll up, and the strips behind the lips lie over each other: both are made to.
    const strips = new Set([...mouth.stripUpper, ...mouth.stripLower]);
    const skin = mesh.triangles.length / 3 - mesh.lidTriangleCount;
    const triangles: number[] = [];
    for (let at = 0; at < 3 * skin; at += 3) {
      const corners = mesh.triangles.subarray(at, at + 3);
      if (!corners.some((corner) => strips.has(corner))) triangles.push(...corners);
    }
    this.#triangles = triangles;
    this.#rig.update(neutralMotion(seconds(0)));
    this.#rest = this.#rig.screen.slice();
  }

  /** Share of the triangles that are turned over, 0..1. */
  measure(motion: MotionFrame): number {
    this.#rig.update(motion);
    return foldedShare(this.#triangles, this.#rest, this.#rig.screen);
  }
}
