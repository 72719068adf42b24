import { gather, interpolate, type Nearest, nearestOnPolyline } from './curves.ts';
import type { Topology } from './topology.ts';

/** A pair of contours (lips, lids) and how far each of their points moves. */
export interface ContourShift {
  readonly chains: readonly [Uint16Array, Uint16Array];
  /** For each contour `x, y` per point, region pixels. */
  readonly shifts: readonly [Float64Array, Float64Array];
  /** How far the surroundings are drawn along (bell curve), region pixels. */
  readonly radius: number;
  /** Whether a place of the canonical face (centimetres) may be drawn along at all. */
  readonly near: (x: number, y: number) => boolean;
}

/**
 * Moves two contours and, fading with distance, what lies around them; every vertex follows the nearer contour.
 *
 * @param points - The placed face, region pixels; changed.
 */
export function shiftContours(topology: Topology, points: Float64Array, shift: ContourShift): void {
  const lines = shift.chains.map((chain) => gather(points, chain));
  const nearest: Nearest[] = lines.map(() => ({ distance: 0, position: 0 }));
  const { canonical } = topology;
  for (let vertex = 0; vertex < topology.vertexCount; vertex += 1) {
    const at = vertex * 3;
    if (!shift.near(canonical[at], canonical[at + 1])) continue;
    const x = points[at];
    const y = points[at + 1];
    for (let side = 0; side < 2; side += 1) nearestOnPolyline(lines[side], x, y, nearest[side]);
    const side = nearest[0].distance <= nearest[1].distance ? 0 : 1;
    const { distance, position } = nearest[side];
    const weight = Math.exp(-((distance / shift.radius) ** 2));
    points[at] = x + weight * interpolate(shift.shifts[side], 2, position, 0);
    points[at + 1] = y + weight * interpolate(shift.shifts[side], 2, position, 1);
  }
}
