import {
  type FacePicture,
  type FootageIdentity,
  type FootageSummary,
  POSE_LENGTH,
  type TrackedFace,
  type VideoFrame,
} from '../../core/index.ts';
import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { facePicture } from './face-picture.ts';
import { anglesOf, fromHeadFrame, type HeadFrame } from './head-space.ts';
import { eyeOpening, lipDistance, lipGap, mouthAxes } from './lip-measures.ts';
import type { ChosenFrames, TrackMeasures } from './measure-track.ts';
import type { RawTrack } from './raw-track.ts';
import { restShape } from './rest-shape.ts';
import { Seams } from './seams.ts';
import { longestGap, type SmoothFace, smoothTrack } from './smooth-track.ts';
import { softVisibility } from './visibility.ts';
import type { WatchedClip } from './watch-clip.ts';

/** Raised whenever the same clip leads to other tracks, summaries or pictures: what was kept of it is then made anew. */
export const TRACKING_VERSION = 2;

const FOREHEAD = 10;
const CHIN = 152;

/** What one person's track becomes. */
export interface FinishedPerson {
  readonly identity: FootageIdentity;
  readonly summary: FootageSummary;
  /** Median distance from forehead to chin, pixels. */
  readonly faceHeight: number;
  /** Frames that show the face, those filled in included. */
  readonly seen: number;
}

/** What {@link finishPerson} needs besides the track. */
export interface FinishOptions {
  readonly fps: number;
  readonly geometry: FaceGeometry;
  readonly chosen: ChosenFrames;
  /** Takes the face of every frame, in order. */
  readonly keep: (face: TrackedFace | null) => Promise<void>;
  /** Reads a single frame of the clip; the caller owns it. */
  readonly frameAt: (index: number) => Promise<VideoFrame>;
}

/** Smooths a person's track and finds what all of its frames have in common. */
export async function finishPerson(
  clip: WatchedClip,
  track: RawTrack,
  measures: TrackMeasures,
  { fps, geometry, chosen, keep, frameAt }: FinishOptions,
): Promise<FinishedPerson> {
  const { frameCount } = clip;
  const isCut = (frame: number): boolean => clip.cut[frame] === 1;
  const seams = await Seams.of(track, isCut, frameCount, fps);
  // Decoded beside the smoothing.
  const shown = new Set([chosen.portrait, chosen.teeth ?? chosen.portrait]);
  const pictures = new Map(Array.from(shown, (index) => [index, frameAt(index)]));
  // A failure is thrown when the picture is needed; until then it must not count as unhandled.
  for (const picture of pictures.values()) picture.catch(() => undefined);
  const faceHeight = measures.faceHeight();
  const summary = new SummaryLists(clip, faceHeight);
  const kept = new Map<number, { face: TrackedFace; head: HeadFrame }>();
  let seen = 0;
  const toFace = (smooth: SmoothFace, frame: number, visibility: number): TrackedFace => {
    const { landmarks, head } = smooth;
    const gap = lipGap(lipDistance(landmarks), measures.touching);
    return {
      landmarks,
      ...anglesOf(head.turn),
      seam: seams.at(frame, landmarks, gap),
      gap: gap * mouthAxes(landmarks).width,
      visibility,
    };
  };
  const visibility = softVisibility(filledVisibility(measures, track, isCut, longestGap(fps)), isCut, fps);
  let frame = 0;
  for await (const smooth of smoothTrack(track, geometry, isCut, frameCount, fps)) {
    const face = smooth && toFace(smooth, frame, visibility[frame]!);
    if (face) {
      seen++;
      if (pictures.has(frame)) kept.set(frame, { face, head: smooth.head });
    }
    summary.add(face, smooth?.head ?? null);
    await keep(face);
    frame++;
  }
  const portrait = kept.get(chosen.portrait)!;
  const rest = await restShape(track, geometry, chosen.calm);
  const landmarks = fromHeadFrame(portrait.head, rest);
  const picture = async (index: number): Promise<FacePicture> =>
    facePicture(await pictures.get(index)!, kept.get(index)!.face);
  return {
    identity: {
      rest: {
        ...portrait.face,
        landmarks,
        seam: seams.at(chosen.portrait, landmarks, 0),
        gap: 0,
        visibility: 1,
      },
      portrait: await picture(chosen.portrait),
      teeth: chosen.teeth === null ? null : await picture(chosen.teeth),
      mouthLight: measures.mouthLight(),
    },
    summary: summary.finish(),
    faceHeight,
    seen,
  };
}

/** Visibility as measured; in short gaps that will be filled in, that of the neighbours. */
function filledVisibility(
  measures: TrackMeasures,
  track: RawTrack,
  isCut: (frame: number) => boolean,
  longest: number,
): Float32Array {
  const filled = Float32Array.from(measures.visibility);
  for (let frame = 1; frame < filled.length; frame++) {
    if (track.has(frame) || !track.has(frame - 1)) continue;
    let after = frame;
    while (after < filled.length && !track.has(after) && !isCut(after)) after++;
    if (after - frame > longest || !track.has(after) || isCut(after) || isCut(frame)) continue;
    filled.fill(Math.min(filled[frame - 1]!, filled[after]!), frame, after);
  }
  return filled;
}

/** The summary while it is being made. */
class SummaryLists {
  readonly #clip: WatchedClip;
  readonly #faceHeight: number;
  readonly #pose: Float32Array;
  readonly #mouth: Uint8Array;
  readonly #eyes: Uint8Array;
  readonly #seen: Uint8Array;
  #frame = 0;

  constructor(clip: WatchedClip, faceHeight: number) {
    this.#clip = clip;
    this.#faceHeight = faceHeight;
    this.#pose = new Float32Array(clip.frameCount * POSE_LENGTH);
    this.#mouth = new Uint8Array(clip.frameCount);
    this.#eyes = new Uint8Array(clip.frameCount);
    this.#seen = new Uint8Array(clip.frameCount);
  }

  add(face: TrackedFace | null, head: HeadFrame | null): void {
    const frame = this.#frame++;
    if (!face || !head) return;
    const { landmarks, yaw, pitch, roll, gap } = face;
    const height = this.#faceHeight;
    const size = Math.hypot(
      landmarks[FOREHEAD * 3]! - landmarks[CHIN * 3]!,
      landmarks[FOREHEAD * 3 + 1]! - landmarks[CHIN * 3 + 1]!,
    );
    const place = [head.place[0]! / height, -head.place[1]! / height];
    this.#pose.set([...place, Math.log(size / height), yaw, pitch, roll], frame * POSE_LENGTH);
    this.#mouth[frame] = Math.min(255, Math.round((255 * gap) / mouthAxes(landmarks).width));
    this.#eyes[frame] = Math.min(255, Math.round(255 * eyeOpening(landmarks)));
    this.#seen[frame] = 1;
  }

  finish(): FootageSummary {
    this.#carryOn();
    const { bodyMotion, look, cut } = this.#clip;
    return {
      pose: this.#pose,
      bodyMotion,
      mouth: this.#mouth,
      eyes: this.#eyes,
      look,
      seen: this.#seen,
      cut,
    };
  }

  /** Where no face is seen, the nearest frame with one counts. */
  #carryOn(): void {
    const seen = this.#seen;
    const count = seen.length;
    const nearest = new Int32Array(count).fill(-1);
    for (let frame = 0, last = -1; frame < count; frame++) {
      if (seen[frame]) last = frame;
      nearest[frame] = last;
    }
    for (let frame = count - 1, next = -1; frame >= 0; frame--) {
      if (seen[frame]) next = frame;
      const before = nearest[frame]!;
      if (next >= 0 && (before < 0 || next - frame < frame - before)) nearest[frame] = next;
    }
    for (let frame = 0; frame < count; frame++) {
      const from = nearest[frame]!;
      if (from < 0 || from === frame) continue;
      this.#pose.copyWithin(frame * POSE_LENGTH, from * POSE_LENGTH, (from + 1) * POSE_LENGTH);
      this.#mouth[frame] = this.#mouth[from]!;
      this.#eyes[frame] = this.#eyes[from]!;
    }
  }
}
