/**
 * The thread in which face analysis runs: it holds the networks and the picture that is being looked at.
 *
 * What runs here imports the files of `core` one by one: its index would bring the options schema along, whose
 * library takes longer to load than the face networks do to compile.
 *
 * @module
 */
import type { Picture, Rect } from '../../core/index.ts';
import type { WorkerPort } from '../../platform/index.ts';
import { serve } from '../../platform/remote-calls.ts';
import { faceGeometry } from './face-geometry.ts';
import { searchFaces } from './face-search.ts';
import { headPose } from './head-pose.ts';
import { findLandmarks, type LandmarkResult } from './landmarks.ts';
import { FaceNetworks } from './networks.ts';
import { PictureSampler } from './picture-sampler.ts';
import type { CutJob, CutPerson, Face, Mask } from './types.ts';

/** Side of the segmentation network's input and output. */
const MASK_SIZE = 256;
/** A face of at least this share of the picture's longer side is what the picture is about. */
const CLOSE_UP = 0.12;
const FOREHEAD = 10;
const CHIN = 152;
const MESH_POINTS = 468;

/** What the main thread can ask for. */
export interface AnalysisCalls {
  /** Loads what every analysis needs. */
  load(): Promise<void>;
  /** Puts a picture up for the calls that follow. */
  show(picture: Picture): Promise<void>;
  findFaces(thorough: boolean): Promise<Face[]>;
  personMask(square: Rect): Promise<Mask>;
  cutOut(squares: readonly Rect[], job: CutJob): Promise<CutPerson>;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  const networks = new FaceNetworks();
  let show: { readonly picture: Picture; readonly sampler: PictureSampler } | undefined;
  const shown = () => {
    if (!show) throw new Error('No picture was shown to the face analyser.');
    return show;
  };
  const personMask = async (square: Rect): Promise<Mask> => {
    const size = Math.max(square.width, square.height);
    const rect = {
      x: square.x + (square.width - size) / 2,
      y: square.y + (square.height - size) / 2,
      width: size,
      height: size,
    };
    const input = shown().sampler.sample(
      { x: rect.x + size / 2, y: rect.y + size / 2, size, angle: 0 },
      { side: MASK_SIZE, range: [0, 1], beyond: 'repeat' },
    );
    return { rect, width: MASK_SIZE, height: MASK_SIZE, data: await networks.segment(input) };
  };

  serve<AnalysisCalls>(port, {
    async load() {
      await Promise.all([networks.detector('short'), networks.mesh(), faceGeometry()]);
    },
    async show(picture) {
      show = { picture, sampler: new PictureSampler(picture) };
    },
    async findFaces(thorough) {
      const { sampler } = shown();
      const faces = await facesOf(networks, sampler, thorough);
      if (thorough || (faces[0]?.height ?? 0) >= CLOSE_UP * Math.max(sampler.width, sampler.height)) {
        return faces;
      }
      // Where faces are small at the scale of the whole picture, even a larger one can have been missed.
      return facesOf(networks, sampler, true);
    },
    personMask,
    async cutOut(squares, job) {
      const masks: Mask[] = [];
      for (const square of squares) masks.push(await personMask(square));
      const { cutOutPerson } = await import('../preparation/separation.ts');
      return { layers: cutOutPerson(shown().picture, masks, job), masks };
    },
  });
}

async function facesOf(networks: FaceNetworks, picture: PictureSampler, thorough: boolean): Promise<Face[]> {
  const detections = await searchFaces(picture, (range) => networks.detector(range), thorough);
  const found: LandmarkResult[] = [];
  for (const detection of detections) {
    const result = await findLandmarks(await networks.mesh(), picture, detection);
    if (result && !found.some((other) => isSameFace(other, result))) found.push(result);
  }
  const geometry = await faceGeometry();
  return found
    .map(({ points, presence }): Face => {
      const { yaw, pitch, roll } = headPose(geometry, points);
      return {
        landmarks: points,
        score: presence,
        box: boxOf(points),
        height: distance(points, FOREHEAD, CHIN),
        pose: { yaw, pitch, roll },
      };
    })
    .sort((a, b) => b.height - a.height);
}

/** Two detections can end on one face: their squares nearly share the centre then. */
function isSameFace({ square: a }: LandmarkResult, { square: b }: LandmarkResult): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) < 0.25 * Math.max(a.size, b.size);
}

function distance(points: Float32Array, a: number, b: number): number {
  return Math.hypot(points[a * 3]! - points[b * 3]!, points[a * 3 + 1]! - points[b * 3 + 1]!);
}

function boxOf(points: Float32Array): Rect {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < MESH_POINTS * 3; i += 3) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    bottom = Math.max(bottom, points[i + 1]!);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
