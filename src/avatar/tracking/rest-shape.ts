import { smoothstep } from '../../core/index.ts';
import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { LANDMARK_COUNT } from '../analysis/types.ts';
import { CHAINS } from '../preparation/landmark-chains.ts';
import { MEETING } from '../preparation/mouth-fit.ts';
import { emptyHeadFrame, toHeadFrame } from './head-space.ts';
import type { RawTrack } from './raw-track.ts';

/** Sideways from here to there, centimetres of the canonical face, the cheeks go with a closing jaw less and less. */
const JAW_SIDE = { full: 3, none: 7.5 } as const;
/** How far above the lower lip the jaw begins, centimetres. */
const JAW_EDGE = 1;

/**
 * The shape of the face at rest, in head space: the median of frames that show it, with the lips closed.
 *
 * @param frames - Calm frames with closed lips, or the least open ones.
 */
export async function restShape(
  track: RawTrack,
  geometry: FaceGeometry,
  frames: readonly number[],
): Promise<Float32Array> {
  const shapes: Float32Array[] = [];
  for (const frame of frames) {
    const head = toHeadFrame(geometry, (await track.at(frame))!.landmarks, emptyHeadFrame());
    shapes.push(head.shape);
  }
  const column = new Float32Array(shapes.length);
  const shape = Float32Array.from({ length: LANDMARK_COUNT * 3 }, (_, at) => {
    for (const [i, one] of shapes.entries()) column[i] = one[at]!;
    return column.sort()[column.length >> 1]!;
  });
  closeLips(geometry, shape);
  return shape;
}

/** Lets the lips of a shape meet: the jaw comes up most of the way, the upper lip down the rest. */
function closeLips({ vertices }: FaceGeometry, shape: Float32Array): void {
  const { innerUpper, innerLower } = CHAINS;
  const middle = innerUpper.length >> 1;
  const lift = Math.max(0, shape[innerUpper[middle]! * 3 + 1]! - shape[innerLower[middle]! * 3 + 1]!);
  const jaw = (1 - MEETING) * lift;
  const lowerLip = vertices[innerLower[middle]! * 3 + 1]!;
  for (let point = 0; point < vertices.length / 3; point++) {
    const [x, y] = [Math.abs(vertices[point * 3]!), vertices[point * 3 + 1]!];
    const below = smoothstep((lowerLip - y + JAW_EDGE) / (2 * JAW_EDGE));
    const inside = 1 - smoothstep((x - JAW_SIDE.full) / (JAW_SIDE.none - JAW_SIDE.full));
    shape[point * 3 + 1]! += jaw * below * inside;
  }
  for (const [i, upper] of innerUpper.entries()) {
    const lower = innerLower[i]!;
    for (let axis = 0; axis < 3; axis++) {
      const [a, b] = [shape[upper * 3 + axis]!, shape[lower * 3 + axis]!];
      const met = a + (b - a) * MEETING;
      shape[upper * 3 + axis] = met;
      shape[lower * 3 + axis] = met;
    }
  }
}
