import { LOOK_LENGTH, LoquentError, type Rect, type VideoFrame } from '../../core/index.ts';
import { type FollowOptions, followFaces, type SeenFace } from './follow-faces.ts';
import { FrameList } from './frame-list.ts';
import { CUE, CUE_COUNT } from './mouth-cues.ts';
import { RawTrack } from './raw-track.ts';
import { skinFlow } from './skin-flow.ts';
import { lookOf, movementBetween, thumbnailSize } from './thumbnail.ts';

/** What was seen in a clip: one track per person, and every frame in a few bytes. Disposing removes the tracks. */
export interface WatchedClip extends AsyncDisposable {
  readonly frameCount: number;
  /** Everybody who was seen for long enough, in the order of their first appearance. */
  readonly people: readonly RawTrack[];
  /** As in `FootageSummary`. */
  readonly bodyMotion: Uint8Array;
  readonly look: Uint8Array;
  readonly cut: Uint8Array;
}

/** More people than this are not followed at once: each costs the time of one. */
const MOST_PEOPLE = 8;
/** Somebody who is seen for less than this, seconds, is a mistake of the detector or a passer-by. */
const SHORTEST = 0.4;
/** The part of the picture that belongs to a face, in sizes of the square that the network sees. */
const FACE_SHARE = 0.95;
/** Steps of body motion per level of brightness. */
const MOTION_STEPS = 16;

/**
 * Watches a clip from its first frame to its last.
 *
 * @param frames - In shared memory, see `followFaces`.
 * @param onFrame - Hears the number of frames done.
 * @throws LoquentError `FACE_NOT_FOUND`, and what `followFaces` throws.
 */
export async function watchClip(
  frames: AsyncIterable<VideoFrame>,
  size: { readonly width: number; readonly height: number },
  fps: number,
  options: FollowOptions & {
    readonly name: string;
    readonly onFrame?: ((count: number) => void) | undefined;
  },
): Promise<WatchedClip> {
  const { columns } = thumbnailSize(size.width, size.height);
  const tracks: RawTrack[] = [];
  const bodyMotion = new FrameList(new Uint8Array());
  const look = new FrameList(new Uint8Array(), LOOK_LENGTH);
  const cut = new FrameList(new Uint8Array());
  const dispose = async (): Promise<void> => {
    for (const track of tracks) await track[Symbol.asyncDispose]();
  };
  try {
    let before: Uint8Array | undefined;
    /** What the noses looked like in the frame before, by person. */
    let noses = new Map<number, Float32Array>();
    for await (const { index, faces, thumbnail, cut: isCut } of followFaces(frames, fps, options)) {
      const without = faces.map((face) => faceArea(face, size));
      const motion = before && !isCut ? movementBetween(before, thumbnail, columns, without) : 0;
      bodyMotion.push(Math.min(255, Math.round(MOTION_STEPS * motion)));
      look.push(...lookOf(thumbnail, columns));
      cut.push(isCut ? 1 : 0);
      before = thumbnail;
      const seen = new Map<number, Float32Array>();
      for (const { person, points, cues, nose } of faces) {
        if (person >= MOST_PEOPLE) continue;
        while (tracks.length <= person) tracks.push(await RawTrack.create(CUE_COUNT));
        const last = isCut ? undefined : noses.get(person);
        cues.set((last && skinFlow(last, nose)) ?? [Number.NaN, Number.NaN], CUE.flow);
        await tracks[person]!.add(index, points, cues);
        seen.set(person, nose);
      }
      noses = seen;
      options.onFrame?.(index + 1);
    }
    for (const track of tracks) await track.finish();
  } catch (error) {
    await dispose();
    throw error;
  }
  const people = tracks.filter(({ seen }) => seen >= SHORTEST * fps);
  if (people.length === 0) {
    await dispose();
    throw new LoquentError('FACE_NOT_FOUND', `No face was found in ${options.name}.`, {
      hint: 'Use a clip that shows a face from the front, large and well lit.',
    });
  }
  return {
    frameCount: cut.length,
    people,
    bodyMotion: bodyMotion.all(),
    look: look.all(),
    cut: cut.all(),
    [Symbol.asyncDispose]: dispose,
  };
}

/** Where a face is, as shares of the picture. */
function faceArea({ square }: SeenFace, { width, height }: { width: number; height: number }): Rect {
  const side = FACE_SHARE * square.size;
  return {
    x: (square.x - side / 2) / width,
    y: (square.y - side / 2) / height,
    width: side / width,
    height: side / height,
  };
}
