import { throwIfAborted, type VideoFrame } from '../../core/index.ts';
import { type FaceGeometry, faceGeometry } from '../analysis/face-geometry.ts';
import type { TurnedSquare } from '../analysis/picture-sampler.ts';
import { isCut } from './cuts.ts';
import { drag, isSamePlace, predictSquare, squareOfHead } from './squares.ts';
import { thumbnailSize } from './thumbnail.ts';
import type { TrackingThreads } from './tracking-threads.ts';
import type { Look, MeasuredFace, Search, Sight } from './worker.ts';

/** One face in one frame, as the network saw it. */
export interface SeenFace extends MeasuredFace {
  /** Number of the person: in the order of their first appearance. */
  readonly person: number;
}

/** What was found in one frame. */
export interface SeenFrame {
  readonly index: number;
  readonly faces: readonly SeenFace[];
  /** See `thumbnail.ts`. */
  readonly thumbnail: Uint8Array;
  /** Whether the picture before belongs to another scene. */
  readonly cut: boolean;
}

/**
 * How many frames are looked at at once. What is found in a frame decides where faces are looked for this many frames
 * later: always, so that the result does not depend on the number of threads.
 */
export const LANES = 2;
/** Frames that must stay as they are while others are read: those looked at and the one that is handed over. */
export const FRAMES_HELD = LANES + 2;
/** A glance for newcomers is taken this often, seconds; somebody who was lost is looked for in every frame. */
const GLANCE_EVERY = 0.24;
/** A search for small newcomers takes longer. */
const SEARCH_EVERY = 2;
/** Somebody who was lost, and may be small by now. */
const SEARCH_LOST_EVERY = 0.24;
/** Faces of a few dozen pixels are looked for this often, until somebody is found. */
const SEARCH_THOROUGHLY_EVERY = 2;
/** A face that comes back this near to where it was lost (in sizes of its square) is the same person's. */
const BACK_WITHIN = 0.8;
const BACK_LARGER = 1.8;

/** Options of {@link followFaces}. */
export interface FollowOptions {
  /** Who looks at the frames; stays the caller's. More than {@link LANES} are of no use. */
  readonly threads: TrackingThreads;
  readonly signal?: AbortSignal | undefined;
}

/** A frame that is being looked at. */
interface Pending {
  readonly index: number;
  readonly task: Look;
  /** Whom the task expects. */
  readonly numbers: readonly number[];
  readonly sight: Promise<Sight>;
}

interface Person {
  readonly number: number;
  /** What the landmarks of the last two frames asked for; empty while the face is lost. */
  asked: TurnedSquare[];
  /** Where it was looked for last. */
  square: TurnedSquare | undefined;
  /** Where it was seen last. */
  lastSeen: TurnedSquare;
}

/**
 * Finds the faces of a video and follows each through it. Every face is looked for where it was and where it was going;
 * the detectors run now and then, and when one is lost.
 *
 * @param frames - In shared memory; each stays as it is while {@link FRAMES_HELD} more are asked for.
 * @returns One for every frame, in order.
 * @throws LoquentError `ASSET_*`, `SIMD_MISSING`, `CANCELLED`, and what `frames` throws.
 */
export async function* followFaces(
  frames: AsyncIterable<VideoFrame>,
  fps: number,
  { threads, signal }: FollowOptions,
): AsyncGenerator<SeenFrame, void, undefined> {
  const people = new People(await faceGeometry());
  const pending: Pending[] = [];
  let before: Uint8Array | undefined;
  let columns = 0;
  const take = async (): Promise<SeenFrame> => {
    const { index, task, numbers, sight } = pending.shift()!;
    const { followed, found, thumbnail } = await sight;
    throwIfAborted(signal);
    const cut = before === undefined || isCut(before, thumbnail, columns);
    before = thumbnail;
    let faces = people.meet(numbers, followed, found);
    if (cut && (task.search === 'no' || task.search === 'glance')) {
      // The scene is new, so everything is; the frame is still there.
      const again = await threads.look(index, { ...task, search: 'yes' });
      faces = people.meet(numbers, again.followed, again.found);
    }
    return { index, faces, thumbnail, cut };
  };
  let index = 0;
  for await (const frame of frames) {
    throwIfAborted(signal);
    columns = thumbnailSize(frame.width, frame.height).columns;
    const { numbers, expected } = people.expect();
    const search = people.searchAt(index, fps);
    const task: Look = { frame, expected, search };
    const sight = threads.look(index, task);
    // A failure is thrown when its turn comes; until then it must not count as unhandled.
    sight.catch(() => undefined);
    pending.push({ index, task, numbers, sight });
    // The first frame is awaited, so that the second one knows its faces.
    if (index++ === 0 || pending.length >= LANES) yield await take();
  }
  while (pending.length > 0) yield await take();
}

/** Who was seen so far, and where. */
class People {
  readonly #people: Person[] = [];
  readonly #geometry: FaceGeometry;

  constructor(geometry: FaceGeometry) {
    this.#geometry = geometry;
  }

  /** Where to look for whom. */
  expect(): { numbers: number[]; expected: TurnedSquare[] } {
    const followed = this.#people.filter(({ asked }) => asked.length > 0);
    for (const person of followed) {
      const [latest, earlier] = person.asked.toReversed() as [TurnedSquare, TurnedSquare | undefined];
      person.square = drag(person.square, predictSquare(latest, earlier, LANES));
    }
    return {
      numbers: followed.map(({ number }) => number),
      expected: followed.map(({ square }) => square!),
    };
  }

  /** Whether newcomers are looked for in a frame. */
  searchAt(index: number, fps: number): Search {
    const every = (seconds: number): boolean => index % Math.max(1, Math.round(seconds * fps)) === 0;
    if (this.#people.length === 0) {
      if (every(SEARCH_THOROUGHLY_EVERY)) return 'thorough';
      return every(GLANCE_EVERY) ? 'yes' : 'no';
    }
    if (this.#people.some(({ asked }) => asked.length === 0))
      return every(SEARCH_LOST_EVERY) ? 'yes' : 'glance';
    if (every(SEARCH_EVERY)) return 'yes';
    return every(GLANCE_EVERY) ? 'glance' : 'no';
  }

  /** Tells who the faces of a frame belong to. */
  meet(
    numbers: readonly number[],
    followed: readonly (MeasuredFace | null)[],
    found: readonly MeasuredFace[],
  ): SeenFace[] {
    const seen: SeenFace[] = [];
    const add = (person: Person, result: MeasuredFace): void => {
      const asked = squareOfHead(this.#geometry, result.points);
      person.asked = [...person.asked.slice(-1), asked];
      person.lastSeen = asked;
      seen.push({ ...result, person: person.number });
    };
    for (const [i, number] of numbers.entries()) {
      const person = this.#people[number]!;
      const result = followed[i]!;
      // Two squares that end on one face: the one who was there first keeps it.
      if (result && !seen.some((other) => isSamePlace(other.square, result.square))) add(person, result);
      else this.#lose(person);
    }
    for (const result of found) {
      if (seen.some((other) => isSamePlace(other.square, result.square))) continue;
      add(this.#who(result, seen), result);
    }
    return seen;
  }

  #lose(person: Person): void {
    person.asked = [];
    person.square = undefined;
  }

  /** Whose face was found: of those who are not in the picture, the one seen nearest to it; else somebody new. */
  #who(result: MeasuredFace, seen: readonly SeenFace[]): Person {
    const square = squareOfHead(this.#geometry, result.points);
    const away = this.#people.filter(({ number }) => !seen.some(({ person }) => person === number));
    const distance = ({ lastSeen: { x, y, size } }: Person): number =>
      Math.hypot(x - square.x, y - square.y) / Math.max(size, square.size);
    const near = away
      .filter(
        (person) =>
          distance(person) < BACK_WITHIN &&
          Math.max(person.lastSeen.size / square.size, square.size / person.lastSeen.size) < BACK_LARGER,
      )
      .sort((a, b) => distance(a) - distance(b))[0];
    if (near) return near;
    const person = { number: this.#people.length, asked: [], square: undefined, lastSeen: square };
    this.#people.push(person);
    return person;
  }
}
