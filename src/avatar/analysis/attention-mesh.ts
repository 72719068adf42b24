import { LoquentError } from '../../core/errors.ts';
import { decodeFlexBuffer } from './flex-buffer.ts';
import type { InferenceRuntime, Network } from './runtime.ts';
import { TfliteModel, type TfliteOperator } from './tflite-model.ts';
import { LANDMARK_COUNT } from './types.ts';

/** Side of the mesh network's input, in values; its landmarks come in this unit too. */
export const MESH_INPUT = 192;

/** Result of {@link AttentionMesh.run}. */
export interface MeshResult {
  /** {@link LANDMARK_COUNT} points `x, y, z` in input pixels, origin at the top left corner of the input. */
  readonly points: Float32Array;
  /** Probability that the input shows a face. */
  readonly presence: number;
}

/** Parameters of `Landmarks2TransformMatrix`, as the model stores them. */
interface HeadParameters {
  readonly left_rotation_idx: number;
  readonly right_rotation_idx: number;
  readonly target_rotation_radians: number;
  readonly output_width: number;
  readonly output_height: number;
  readonly scale_x: number;
  readonly scale_y: number;
  /** Landmarks that the head refines, in the order of its output. */
  readonly subset_idxs: readonly number[];
}

/** One of the three parts of the network that look again at lips or an eye. */
interface RefinementHead {
  readonly parameters: HeadParameters;
  /** From input pixels to the pixels of the feature map. */
  readonly toFeatures: number;
  /** Factor of each element of the 4 x 4 matrix on the way back. */
  readonly fromFeatures: Float32Array;
  readonly network: Network;
  /** First landmark of this eye's iris; `null` for the lips. */
  readonly iris: number | null;
}

/** `x' = a x + b y + x0`, `y' = c x + d y + y0`. */
interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly x0: number;
  readonly y0: number;
}

const MESH_POINTS = 468;
const IRIS_POINTS = 5;

/**
 * MediaPipe's face mesh with attention: 468 points of the face, lips and eyes refined, and both irises.
 *
 * The model uses three operators that only MediaPipe knows, all at the joints between the trunk and its refinement
 * heads. It is cut there into four plain models; the operators are done here. Their meaning is documented by
 * MediaPipe's sources, `mediapipe/util/tflite/operations/` (version 2 of each).
 */
export class AttentionMesh {
  readonly #runtime: InferenceRuntime;
  readonly #trunk: Network;
  readonly #heads: readonly RefinementHead[];
  /** Shape of the trunk's feature map: height, width, channels. */
  readonly #featureShape: readonly [number, number, number];

  private constructor(
    runtime: InferenceRuntime,
    trunk: Network,
    heads: readonly RefinementHead[],
    featureShape: readonly [number, number, number],
  ) {
    this.#runtime = runtime;
    this.#trunk = trunk;
    this.#heads = heads;
    this.#featureShape = featureShape;
  }

  /** Cuts and compiles `face_landmark_with_attention.tflite`. @throws LoquentError `ASSET_CORRUPT`. */
  static async load(runtime: InferenceRuntime, bytes: Uint8Array): Promise<AttentionMesh> {
    const model = new TfliteModel(bytes);
    const custom = (kind: string): TfliteOperator[] => model.operators.filter((op) => op.kind === kind);
    const samplers = custom('TransformTensorBilinear');
    const features = samplers[0]?.inputs[0];
    const mesh = model.outputs.find((tensor) => sizeOf(model, tensor) === MESH_POINTS * 3);
    const presence = model.outputs.find((tensor) => sizeOf(model, tensor) === 1);
    if (features === undefined || mesh === undefined || presence === undefined) {
      throw new LoquentError('ASSET_CORRUPT', 'The face mesh model does not have the expected structure.');
    }
    const trunk = await runtime.compile(model.cut([0], [mesh, features, presence]));

    const heads: RefinementHead[] = [];
    let nextIris = MESH_POINTS;
    for (const matrix of custom('Landmarks2TransformMatrix')) {
      const sampler = samplers.find(({ inputs }) => inputs[1] === matrix.outputs[0])!;
      const scaling = model.producer(matrix.inputs[0]!)!;
      const rescaling = model.operators.find((op) => op !== sampler && op.inputs[0] === matrix.outputs[0])!;
      const transforms = custom('TransformLandmarks').filter((op) => op.inputs[1] === rescaling.outputs[0]);
      const hasIris = transforms.length > 1;
      heads.push({
        parameters: decodeFlexBuffer(matrix.customOptions!) as unknown as HeadParameters,
        toFeatures: model.constant(scaling.inputs[1]!)[0]!,
        fromFeatures: model.constant(rescaling.inputs[1]!),
        network: await runtime.compile(
          model.cut(
            [sampler.outputs[0]!],
            transforms.map(({ inputs }) => inputs[0]!),
          ),
        ),
        iris: hasIris ? nextIris : null,
      });
      if (hasIris) nextIris += IRIS_POINTS;
    }
    const [, height, width, channels] = model.tensors[features]!.shape;
    return new AttentionMesh(runtime, trunk, heads, [height!, width!, channels!]);
  }

  /** @param input - {@link MESH_INPUT} squared RGB values, 0..1. */
  async run(input: Float32Array): Promise<MeshResult> {
    const outputs = await this.#runtime.run(this.#trunk, input);
    const mesh = outputOfSize(outputs, MESH_POINTS * 3);
    const features = outputOfSize(
      outputs,
      this.#featureShape.reduce((product, side) => product * side),
    );
    const points = new Float32Array(LANDMARK_COUNT * 3);
    points.set(mesh);
    for (const head of this.#heads) await this.#refine(head, mesh, features, points);
    return { points, presence: 1 / (1 + Math.exp(-outputOfSize(outputs, 1)[0]!)) };
  }

  /** Lets one head look again at its part of the feature map; writes its landmarks into `points`. */
  async #refine(
    head: RefinementHead,
    mesh: Float32Array,
    features: Float32Array,
    points: Float32Array,
  ): Promise<void> {
    const { parameters, fromFeatures: back, network, iris } = head;
    const box = boxAround(parameters, mesh, head.toFeatures);
    const refined = await this.#runtime.run(
      network,
      sampleFeatures(features, this.#featureShape, box, parameters.output_width, parameters.output_height),
    );
    const place = (source: Float32Array, i: number, target: number): void => {
      const x = source[2 * i]!;
      const y = source[2 * i + 1]!;
      points[target * 3] = box.a * back[0]! * x + box.b * back[1]! * y + box.x0 * back[3]!;
      points[target * 3 + 1] = box.c * back[4]! * x + box.d * back[5]! * y + box.y0 * back[7]!;
    };
    const subset = parameters.subset_idxs;
    const contour = outputOfSize(refined, subset.length * 2);
    for (const [i, landmark] of subset.entries()) place(contour, i, landmark);
    if (iris === null) return;
    const ring = outputOfSize(refined, IRIS_POINTS * 2);
    // The irises have no depth of their own: they get the mean depth of the lids, the first 16 of the subset.
    const lids = subset.slice(0, 16);
    const depth = lids.reduce((sum, landmark) => sum + mesh[landmark * 3 + 2]!, 0) / lids.length;
    for (let i = 0; i < IRIS_POINTS; i++) {
      place(ring, i, iris + i);
      points[(iris + i) * 3 + 2] = depth;
    }
  }
}

const sizeOf = (model: TfliteModel, tensor: number): number =>
  model.tensors[tensor]!.shape.reduce((product, side) => product * side, 1);

/** The one output with that many values. @throws LoquentError `ASSET_CORRUPT`. */
export function outputOfSize(outputs: readonly Float32Array[], size: number): Float32Array {
  const found = outputs.find(({ length }) => length === size);
  if (!found) throw new LoquentError('ASSET_CORRUPT', `A face model has no output of ${size} values.`);
  return found;
}

/**
 * `Landmarks2TransformMatrix`: the turned box around a subset of landmarks, enlarged, as a map from the pixels of the
 * head's input to those of the feature map.
 */
function boxAround(parameters: HeadParameters, mesh: Float32Array, scale: number): Affine {
  const x = (landmark: number): number => mesh[landmark * 3]! * scale;
  const y = (landmark: number): number => mesh[landmark * 3 + 1]! * scale;
  const { left_rotation_idx: left, right_rotation_idx: right } = parameters;
  const angle = parameters.target_rotation_radians - Math.atan2(y(right) - y(left), x(right) - x(left));
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  let minX = Number.POSITIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (const landmark of parameters.subset_idxs) {
    const turnedX = cos * x(landmark) - sin * y(landmark);
    const turnedY = sin * x(landmark) + cos * y(landmark);
    minX = Math.min(minX, turnedX);
    maxX = Math.max(maxX, turnedX);
    minY = Math.min(minY, turnedY);
    maxY = Math.max(maxY, turnedY);
  }
  const middleX = (minX + maxX) / 2;
  const middleY = (minY + maxY) / 2;
  const { output_width: width, output_height: height } = parameters;
  const scaleX = (parameters.scale_x * (maxX - minX)) / width;
  const scaleY = (parameters.scale_y * (maxY - minY)) / height;
  const a = cos * scaleX;
  const b = sin * scaleY;
  const c = -sin * scaleX;
  const d = cos * scaleY;
  return {
    a,
    b,
    c,
    d,
    x0: cos * middleX + sin * middleY - (a * width + b * height) / 2,
    y0: -sin * middleX + cos * middleY - (c * width + d * height) / 2,
  };
}

/** `TransformTensorBilinear`: reads a turned box of the feature map; zero beyond its border. */
function sampleFeatures(
  features: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  { a, b, c, d, x0, y0 }: Affine,
  outWidth: number,
  outHeight: number,
): Float32Array {
  const out = new Float32Array(outWidth * outHeight * channels);
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      const x = a * (column + 0.5) + b * (row + 0.5) + x0 - 0.5;
      const y = c * (column + 0.5) + d * (row + 0.5) + y0 - 0.5;
      if (x < 0 || y < 0 || x > width - 1 || y > height - 1) continue;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const fx = x - left;
      const fy = y - top;
      const p = (top * width + left) * channels;
      const right = left + 1 < width ? channels : 0;
      const below = top + 1 < height ? width * channels : 0;
      const o = (row * outWidth + column) * channels;
      for (let k = 0; k < channels; k++) {
        const upper = features[p + k]! * (1 - fx) + features[p + right + k]! * fx;
        const lower = features[p + below + k]! * (1 - fx) + features[p + below + right + k]! * fx;
        out[o + k] = upper * (1 - fy) + lower * fy;
      }
    }
  }
  return out;
}
