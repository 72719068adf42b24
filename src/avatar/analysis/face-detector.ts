import { outputOfSize } from './attention-mesh.ts';
import type { SquareSource, TurnedSquare } from './picture-sampler.ts';
import type { InferenceRuntime, Network } from './runtime.ts';

/** A face as a detector sees it. Lengths in picture pixels. */
export interface Detection {
  /** Left edge, top edge and size of the box (eyebrows to chin). */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
  /** `x, y` of the person's right eye, left eye, nose tip, mouth, right ear, left ear. */
  readonly keypoints: Float32Array;
}

/** Which of MediaPipe's two detectors: one for faces that fill much of the square, one for small faces. */
export type DetectorRange = 'short' | 'full';

const KEYPOINTS = 6;
/** Values per anchor: box centre and size, then the keypoints. */
const VALUES = 4 + 2 * KEYPOINTS;

/** Input side and anchor grids of each detector: cells per side and anchors per cell. */
const LAYOUTS = {
  short: {
    input: 128,
    grids: [
      { cells: 16, anchors: 2 },
      { cells: 8, anchors: 6 },
    ],
  },
  full: { input: 192, grids: [{ cells: 48, anchors: 1 }] },
} as const;

/** A BlazeFace detector: finds faces in a square of a picture. */
export class FaceDetector {
  readonly #runtime: InferenceRuntime;
  readonly #network: Network;
  readonly #input: number;
  /** Centres `x, y` of the anchors, 0..1. */
  readonly #anchors: Float32Array;

  private constructor(runtime: InferenceRuntime, network: Network, range: DetectorRange) {
    this.#runtime = runtime;
    this.#network = network;
    this.#input = LAYOUTS[range].input;
    this.#anchors = anchorCentres(LAYOUTS[range].grids);
  }

  /** Compiles a detector. @throws LoquentError `ASSET_CORRUPT`. */
  static async load(
    runtime: InferenceRuntime,
    bytes: Uint8Array,
    range: DetectorRange,
  ): Promise<FaceDetector> {
    return new FaceDetector(runtime, await runtime.compile(bytes), range);
  }

  /**
   * All faces in a square with at least `minScore`, overlapping ones merged, best first. In a turned square the boxes
   * keep their size but lie level in the picture.
   */
  async detect(picture: SquareSource, square: TurnedSquare, minScore: number): Promise<Detection[]> {
    const input = picture.sample(square, { side: this.#input, range: [-1, 1], beyond: 'black' });
    const outputs = await this.#runtime.run(this.#network, input);
    const count = this.#anchors.length / 2;
    const scores = outputOfSize(outputs, count);
    const values = outputOfSize(outputs, count * VALUES);
    const unit = square.size / this.#input;
    const cos = Math.cos(square.angle) * unit;
    const sin = Math.sin(square.angle) * unit;
    // From input pixels relative to the input's centre to the picture.
    const pictureX = (x: number, y: number): number => square.x + cos * x - sin * y;
    const pictureY = (x: number, y: number): number => square.y + sin * x + cos * y;
    const found: Detection[] = [];
    for (let i = 0; i < count; i++) {
      const score = 1 / (1 + Math.exp(-scores[i]!));
      if (score < minScore) continue;
      const anchorX = (this.#anchors[2 * i]! - 0.5) * this.#input;
      const anchorY = (this.#anchors[2 * i + 1]! - 0.5) * this.#input;
      const [x, y, boxWidth, boxHeight] = values.subarray(i * VALUES, i * VALUES + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      const keypoints = new Float32Array(2 * KEYPOINTS);
      for (let k = 0; k < KEYPOINTS; k++) {
        const pointX = anchorX + values[i * VALUES + 4 + 2 * k]!;
        const pointY = anchorY + values[i * VALUES + 5 + 2 * k]!;
        keypoints[2 * k] = pictureX(pointX, pointY);
        keypoints[2 * k + 1] = pictureY(pointX, pointY);
      }
      const width = boxWidth * unit;
      const height = boxHeight * unit;
      found.push({
        x: pictureX(anchorX + x, anchorY + y) - width / 2,
        y: pictureY(anchorX + x, anchorY + y) - height / 2,
        width,
        height,
        score,
        keypoints,
      });
    }
    return mergeOverlapping(found);
  }
}

function anchorCentres(grids: readonly { cells: number; anchors: number }[]): Float32Array {
  const centres: number[] = [];
  for (const { cells, anchors } of grids) {
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        for (let i = 0; i < anchors; i++) centres.push((column + 0.5) / cells, (row + 0.5) / cells);
      }
    }
  }
  return Float32Array.from(centres);
}

/** Shared area of two boxes divided by the area that they cover together, 0..1. */
export function overlap(a: Detection, b: Detection): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/**
 * Weighted non-maximum suppression (as in BlazeFace): each group of boxes that overlap its best one becomes their
 * mean, weighted by score, which jitters less than the best one alone. Best first.
 */
export function mergeOverlapping(detections: readonly Detection[], threshold = 0.3): Detection[] {
  let rest = [...detections].sort((a, b) => b.score - a.score);
  const merged: Detection[] = [];
  while (rest.length > 0) {
    const best = rest[0]!;
    const group = rest.filter((other) => other === best || overlap(best, other) > threshold);
    rest = rest.filter((other) => !group.includes(other));
    const total = group.reduce((sum, { score }) => sum + score, 0);
    const mean = (read: (detection: Detection) => number): number =>
      group.reduce((sum, detection) => sum + detection.score * read(detection), 0) / total;
    merged.push({
      x: mean(({ x }) => x),
      y: mean(({ y }) => y),
      width: mean(({ width }) => width),
      height: mean(({ height }) => height),
      score: best.score,
      keypoints: best.keypoints.map((_, i) => mean(({ keypoints }) => keypoints[i]!)),
    });
  }
  return merged;
}
