/**
 * A thread that looks for faces in frames of footage: it holds the networks, and sees the frames in shared memory.
 *
 * What runs here imports the files of `core` one by one (see the worker of face analysis).
 *
 * @module
 */
import type { VideoFrame } from '../../core/index.ts';
import type { WorkerPort } from '../../platform/index.ts';
import { serve } from '../../platform/remote-calls.ts';
import { faceGeometry } from '../analysis/face-geometry.ts';
import { searchFaces } from '../analysis/face-search.ts';
import { findLandmarks, type LandmarkResult, PRESENT, runMesh } from '../analysis/landmarks.ts';
import { FaceNetworks } from '../analysis/networks.ts';
import type { TurnedSquare } from '../analysis/picture-sampler.ts';
import { FrameSampler } from './frame-sampler.ts';
import { mouthCues } from './mouth-cues.ts';
import { nosePatch } from './skin-flow.ts';
import { differenceOf, isSamePlace, squareOfHead } from './squares.ts';
import { thumbnailOf } from './thumbnail.ts';

/**
 * How other faces are looked for: not at all; at a glance, which finds large ones; or as in a photo, also for faces of a few
 * dozen pixels.
 */
export type Search = 'no' | 'glance' | 'yes' | 'thorough';

/** What is to be found in one frame. */
export interface Look {
  readonly frame: VideoFrame;
  /** Where faces are expected that are being followed. */
  readonly expected: readonly TurnedSquare[];
  /** Whether to look for faces elsewhere too; done anyway when one is lost. */
  readonly search: Search;
}

/** A face in a frame and what its mouth looks like. */
export interface MeasuredFace extends LandmarkResult {
  /** See `mouth-cues.ts`. */
  readonly cues: Float32Array;
  /** See `skin-flow.ts`. */
  readonly nose: Float32Array;
}

/** What was found in one frame. */
export interface Sight {
  /** The expected faces, in the order asked for; `null` where none is seen any more. */
  readonly followed: readonly (MeasuredFace | null)[];
  /** Faces that were not expected. */
  readonly found: readonly MeasuredFace[];
  /** The frame in a few cells, see `thumbnail.ts`. */
  readonly thumbnail: Uint8Array;
}

/** A glance that is this sure is looked into. */
const SURE = 0.5;

/** What the main thread can ask for. */
export interface TrackingCalls {
  /** Loads the networks. */
  load(): Promise<void>;
  look(task: Look): Promise<Sight>;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  const networks = new FaceNetworks();
  let sampler: FrameSampler | undefined;
  serve<TrackingCalls>(port, {
    async load() {
      await Promise.all([networks.detector('short'), networks.mesh(), faceGeometry()]);
    },
    async look({ frame, expected, search }) {
      if (sampler?.width === frame.width && sampler.height === frame.height) sampler.show(frame);
      else sampler = await FrameSampler.create(frame);
      const followed: (LandmarkResult | null)[] = [];
      for (const square of expected) followed.push(await follow(networks, sampler, square));
      const found: LandmarkResult[] = [];
      const looking =
        followed.includes(null) ||
        (search === 'glance' ? await anybodyElse(networks, sampler, followed) : search !== 'no');
      if (looking) {
        const [mesh, geometry] = await Promise.all([networks.mesh(), faceGeometry()]);
        const detections = await searchFaces(
          sampler,
          (range) => networks.detector(range),
          search === 'thorough',
        );
        for (const detection of detections) {
          const coarse = await findLandmarks(mesh, sampler, detection);
          const face = coarse && (await follow(networks, sampler, squareOfHead(geometry, coarse.points)));
          const known = [...followed, ...found].some(
            (other) => face && other && isSamePlace(other.square, face.square),
          );
          if (face && !known) found.push(face);
        }
      }
      const geometry = await faceGeometry();
      const measure = (face: LandmarkResult): MeasuredFace => ({
        ...face,
        cues: mouthCues(sampler!, face.points, face.presence),
        nose: nosePatch(sampler!, geometry, face.points),
      });
      return {
        followed: followed.map((face) => face && measure(face)),
        found: found.map(measure),
        thumbnail: thumbnailOf(frame),
      };
    },
  });
}

/** Whether the detector for large faces sees one that is not being followed. */
async function anybodyElse(
  networks: FaceNetworks,
  sampler: FrameSampler,
  followed: readonly (LandmarkResult | null)[],
): Promise<boolean> {
  const { width, height } = sampler;
  const whole = { x: width / 2, y: height / 2, size: Math.max(width, height), angle: 0 };
  const seen = await (await networks.detector('short')).detect(sampler, whole, SURE);
  return seen.some(
    ({ x, y, width: side, height: tall }) =>
      !followed.some(
        (face) =>
          face &&
          Math.hypot(x + side / 2 - face.square.x, y + tall / 2 - face.square.y) < face.square.size / 2,
      ),
  );
}

/** Runs the network where the face should be, and once more if the face is a little beside: its square decides what it sees. */
async function follow(
  networks: FaceNetworks,
  sampler: FrameSampler,
  square: TurnedSquare,
): Promise<LandmarkResult | null> {
  const mesh = await networks.mesh();
  const first = await runMesh(mesh, sampler, square);
  if (first.presence < PRESENT) return null;
  const asked = squareOfHead(await faceGeometry(), first.points);
  if (differenceOf(square, asked) <= 1) return first;
  const second = await runMesh(mesh, sampler, asked);
  return second.presence < PRESENT ? null : second;
}
