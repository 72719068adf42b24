import { readVerifiedAsset } from '../../platform/assets.ts';
import { AttentionMesh } from './attention-mesh.ts';
import { type DetectorRange, FaceDetector } from './face-detector.ts';
import { loadLiteRt } from './litert.ts';
import type { InferenceRuntime, Network } from './runtime.ts';

const model = (name: string): Promise<Uint8Array> => readVerifiedAsset(`assets/models/${name}.tflite`);

/**
 * The five networks of face analysis, each compiled when it is first asked for: half of the pictures never need the
 * full-range detector, which takes the longest.
 */
export class FaceNetworks {
  readonly #runtime: Promise<InferenceRuntime> = loadLiteRt();
  readonly #detectors = new Map<DetectorRange, Promise<FaceDetector>>();
  #mesh: Promise<AttentionMesh> | undefined;
  #segmenter: Promise<Network> | undefined;

  /** Finds faces in a square; `short` for large ones. */
  detector(range: DetectorRange): Promise<FaceDetector> {
    let detector = this.#detectors.get(range);
    if (!detector) {
      const name = range === 'short' ? 'face_detection_short_range' : 'face_detection_full_range_sparse';
      detector = this.#load(name, (runtime, bytes) => FaceDetector.load(runtime, bytes, range));
      this.#detectors.set(range, detector);
    }
    return detector;
  }

  /** Finds landmarks. */
  mesh(): Promise<AttentionMesh> {
    this.#mesh ??= this.#load('face_landmark_with_attention', AttentionMesh.load);
    return this.#mesh;
  }

  /** Tells person from background: 256 x 256 RGB values 0..1 in, as many probabilities out. */
  async segment(input: Float32Array): Promise<Float32Array> {
    this.#segmenter ??= this.#load('selfie_segmentation', (runtime, bytes) => runtime.compile(bytes));
    const [runtime, network] = await Promise.all([this.#runtime, this.#segmenter]);
    const [mask] = await runtime.run(network, input);
    return mask!;
  }

  async #load<T>(
    name: string,
    make: (runtime: InferenceRuntime, bytes: Uint8Array) => Promise<T>,
  ): Promise<T> {
    // The file is read while the runtime is still being compiled.
    const [bytes, runtime] = await Promise.all([model(name), this.#runtime]);
    return make(runtime, bytes);
  }
}
