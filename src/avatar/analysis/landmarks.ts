import { type AttentionMesh, MESH_INPUT } from './attention-mesh.ts';
import type { Detection } from './face-detector.ts';
import type { SquareSource, TurnedSquare } from './picture-sampler.ts';
import { LANDMARK_COUNT } from './types.ts';

/** Landmarks in picture pixels. */
export interface LandmarkResult {
  /** {@link LANDMARK_COUNT} points `x, y, z`. */
  readonly points: Float32Array;
  /** Probability that this is a face. */
  readonly presence: number;
  /** The part of the picture that the network saw. */
  readonly square: TurnedSquare;
}

/** Below this probability the mesh network says that there is no face. */
export const PRESENT = 0.5;
/** The network wants to see half as much again as the face itself. */
const MARGIN = 1.5;
const RIGHT_EYE_OUTER = 33;
const LEFT_EYE_OUTER = 263;

/**
 * Finds the landmarks of one detected face. The network runs twice: the second time on the square that the first
 * landmarks ask for, which is far more exact than the detector's.
 *
 * @returns `null` if the network says that this is no face.
 */
export async function findLandmarks(
  mesh: AttentionMesh,
  picture: SquareSource,
  detection: Detection,
): Promise<LandmarkResult | null> {
  const first = await runMesh(mesh, picture, squareOfDetection(detection));
  if (first.presence < PRESENT) return null;
  const second = await runMesh(mesh, picture, squareOfLandmarks(first.points));
  return second.presence < PRESENT ? first : second;
}

/** Runs the network once on a square. Landmarks come whatever their `presence`. */
export async function runMesh(
  mesh: AttentionMesh,
  picture: SquareSource,
  square: TurnedSquare,
): Promise<LandmarkResult> {
  const input = picture.sample(square, { side: MESH_INPUT, range: [0, 1], beyond: 'black' });
  const { points, presence } = await mesh.run(input);
  const unit = square.size / MESH_INPUT;
  const cos = Math.cos(square.angle) * unit;
  const sin = Math.sin(square.angle) * unit;
  for (let i = 0; i < LANDMARK_COUNT * 3; i += 3) {
    const x = points[i]! - MESH_INPUT / 2;
    const y = points[i + 1]! - MESH_INPUT / 2;
    points[i] = square.x + cos * x - sin * y;
    points[i + 1] = square.y + sin * x + cos * y;
    points[i + 2]! *= unit;
  }
  return { points, presence, square };
}

function squareOfDetection({ x, y, width, height, keypoints }: Detection): TurnedSquare {
  return {
    x: x + width / 2,
    y: y + height / 2,
    size: MARGIN * Math.max(width, height),
    angle: Math.atan2(keypoints[3]! - keypoints[1]!, keypoints[2]! - keypoints[0]!),
  };
}

/** The square around the mesh, turned so that the eyes are level: what the network wants to see. */
export function squareOfLandmarks(points: Float32Array): TurnedSquare {
  const angle = Math.atan2(
    points[LEFT_EYE_OUTER * 3 + 1]! - points[RIGHT_EYE_OUTER * 3 + 1]!,
    points[LEFT_EYE_OUTER * 3]! - points[RIGHT_EYE_OUTER * 3]!,
  );
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  let minX = Number.POSITIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < LANDMARK_COUNT * 3; i += 3) {
    const x = cos * points[i]! + sin * points[i + 1]!;
    const y = -sin * points[i]! + cos * points[i + 1]!;
    minX = Math.min(minX, x);
    maxX = Math.max(maxX, x);
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
  }
  const x = (minX + maxX) / 2;
  const y = (minY + maxY) / 2;
  return {
    x: cos * x - sin * y,
    y: sin * x + cos * y,
    size: MARGIN * Math.max(maxX - minX, maxY - minY),
    angle,
  };
}
