import { FrameSampler } from '../../avatar/tracking/frame-sampler.ts';
import { layRestoredMouth } from '../../compose/mouth-restoration.ts';
import { alignFivePoints, type FivePoints, fivePointsOf } from '../../core/five-points.ts';
import type { EngineOptions, TrackedFace, VideoFrame, Warning } from '../../core/index.ts';
import { openNetworks } from './open-networks.ts';
import { type EngineReport, reportOf } from './speaking-engine.ts';

/** Side of the pictures that the network takes and gives. */
const SIDE = 512;
const AREA = SIDE * SIDE;
/** Where it expects eyes, nose and mouth (the alignment of FFHQ). */
const PLACES: FivePoints = [
  [192.98, 239.95],
  [318.9, 240.19],
  [256.63, 314.02],
  [201.26, 371.41],
  [313.09, 371.15],
];
/** Faces that are seen less than this stay as they are. */
const UNSEEN = 0.004;

/** Restores the detail of mouths in finished frames. Disposing frees its network. */
export interface MouthRestorer extends AsyncDisposable {
  readonly report: EngineReport;
  /**
   * Changes a frame around the mouth of a face, nowhere else. One call at a time.
   *
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`.
   */
  restore(
    frame: VideoFrame,
    face: Pick<TrackedFace, 'landmarks' | 'visibility'>,
    signal?: AbortSignal,
  ): Promise<void>;
}

/**
 * Opens the network that restores faces (GFPGAN).
 *
 * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `OPTION_INVALID`.
 */
export async function openMouthRestorer(
  { restore: strength, device }: Pick<EngineOptions, 'restore' | 'device'>,
  warn: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<MouthRestorer> {
  const opened = await openNetworks(['gfpgan'], { device }, signal);
  const { commercial, title, terms } = opened.manifest;
  if (commercial !== 'yes') warn({ code: 'MODEL_NON_COMMERCIAL', message: `${title}: ${terms}` });
  const network = opened.networks['restorer']!;
  const face = new Float32Array(3 * AREA);
  const picture = new Float32Array(3 * AREA);
  let sampler: FrameSampler | undefined;
  return {
    report: reportOf('restore', opened),
    async restore(frame, { landmarks, visibility }, until) {
      if (visibility < UNSEEN) return;
      if (sampler?.width === frame.width && sampler.height === frame.height) sampler.show(frame);
      else sampler = await FrameSampler.create(frame, SIDE);
      const square = alignFivePoints(fivePointsOf(landmarks), PLACES, SIDE);
      const pixels = sampler.sample(square, { side: SIDE, range: [-1, 1], beyond: 'repeat' });
      for (let at = 0; at < AREA; at++) {
        face[at] = pixels[3 * at]!;
        face[AREA + at] = pixels[3 * at + 1]!;
        face[2 * AREA + at] = pixels[3 * at + 2]!;
      }
      const restored = await network.run({ face: { shape: [1, 3, SIDE, SIDE], data: face } }, until);
      const given = restored['face']!.data;
      for (let at = 0; at < picture.length; at++)
        picture[at] = Math.min(1, Math.max(0, (given[at]! + 1) / 2));
      layRestoredMouth(frame, { square, side: SIDE, picture }, landmarks, strength * Math.min(1, visibility));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(opened.host[Symbol.asyncDispose]()),
  };
}
