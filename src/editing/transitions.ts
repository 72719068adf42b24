/**
 * Where a clip can be left and entered without anybody noticing.
 *
 * @module
 */
import { clamp } from '../core/index.ts';
import type { Material } from './material.ts';

/** 1 plays forwards, -1 backwards. */
export type Direction = 1 | -1;

/**
 * A way to go on elsewhere. A `dissolve` blends what follows `exit` into what follows `entry`. A `turn` slows down towards
 * the place between them, stops there and comes back: its `exit` is where slowing begins, `entry` the same place.
 */
export interface Transition {
  readonly kind: 'dissolve' | 'turn';
  /** Clip frame at which it begins. */
  readonly exit: number;
  /** Direction before. */
  readonly direction: Direction;
  /** Clip frame that is shown in the other picture at that moment; for a turn, when it ends. */
  readonly entry: number;
  /** Direction afterwards. */
  readonly onwards: Direction;
  /** Length in output frames. */
  readonly length: number;
  /** How much it is seen, in the unit of {@link Material}. */
  readonly cost: number;
}

/** Shortest and longest dissolve, output frames. */
export const DISSOLVE = { shortest: 4, longest: 12 } as const;
/** Seconds of a dissolve between frames that are all but equal, and of one at the limit. */
const DISSOLVE_SECONDS = { like: 0.16, limit: 0.48 } as const;
/** Largest difference over which is dissolved, in the unit of {@link Material.difference}. */
export const LARGEST_DIFFERENCE = 2;
/** Length of a turn, seconds. */
const TURN_SECONDS = 0.4;
/** A dissolve back into what has just been shown is no gain: least distance between exit and entry, seconds. */
const LEAST_LEAP = 1;
/** Seconds to either side of a place of which it is the calmest. */
const ANCHOR_SPACING = 0.2;
/** Places in a clip at most, about: a long one has more than are ever needed, and every pair is compared. */
const MOST_PLACES = 400;
/** Places that are looked at closely for each exit, those that are most alike: a long clip has hundreds. */
const MOST_LIKE = 32;
/** Entries kept for each exit: enough to choose from when some were used lately. */
const ENTRIES = 8;
/** Cost of a turn for being one: for a while the person moves backwards. */
const TURN_COST = 0.3;

/** How far a turn of `length` output frames goes beyond the place where it begins, clip frames: speed is a cosine. */
export function turnReach(length: number, step: number): number {
  return (length * step) / Math.PI;
}

/**
 * Every transition of a clip that is worth using.
 *
 * @param step - Clip frames per output frame.
 * @param fps - Output frames per second.
 * @returns Ordered by exit for each direction; never empty.
 */
export function findTransitions(
  material: Material,
  step: number,
  fps: number,
): Readonly<Record<Direction, readonly Transition[]>> {
  const anchors = calmPlaces(material);
  const alike = alikePlaces(material, anchors);
  const forwards = [...dissolves(material, alike, 1, step, fps), ...turns(material, anchors, 1, step, fps)];
  const backwards = [
    ...dissolves(material, alike, -1, step, fps),
    ...turns(material, anchors, -1, step, fps),
  ];
  const byExit = (a: Transition, b: Transition) => a.exit - b.exit || a.entry - b.entry;
  return { 1: forwards.sort(byExit), [-1]: backwards.sort(byExit) } as Record<Direction, Transition[]>;
}

/** The calmest frame of every short stretch: nothing is cut in the middle of a gesture. */
function calmPlaces({ restlessness, fps, last }: Material): number[] {
  const spacing = Math.max(1, Math.round(ANCHOR_SPACING * fps), Math.round(last / (2 * MOST_PLACES)));
  const places: number[] = [];
  for (let frame = 0; frame <= last; frame += 1) {
    let calmest = true;
    const to = Math.min(last, frame + spacing);
    for (let near = Math.max(0, frame - spacing); near <= to && calmest; near += 1) {
      const there = restlessness[near]!;
      calmest = near < frame ? restlessness[frame]! < there : restlessness[frame]! <= there;
    }
    const before = places.at(-1) ?? -Infinity;
    // A long calm stretch has one minimum and many places.
    if (calmest || frame - before >= 3 * spacing) places.push(frame);
  }
  return places;
}

/** The places that show about the same as each place does, far enough from it. */
function alikePlaces(material: Material, anchors: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const leap = LEAST_LEAP * material.fps;
  const found = anchors.map((): { readonly anchor: number; readonly apart: number }[] => []);
  for (const [i, first] of anchors.entries()) {
    for (let j = i + 1; j < anchors.length; j += 1) {
      const second = anchors[j]!;
      if (second - first < leap) continue;
      // Twice the limit: a few frames beside the anchor it may be better.
      const apart = material.difference(first, second, 2 * LARGEST_DIFFERENCE);
      if (apart > 2 * LARGEST_DIFFERENCE) continue;
      found[i]!.push({ anchor: second, apart });
      found[j]!.push({ anchor: first, apart });
    }
  }
  const alike = new Map<number, readonly number[]>();
  for (const [i, places] of found.entries()) {
    if (places.length > MOST_LIKE) places.sort((a, b) => a.apart - b.apart || a.anchor - b.anchor);
    alike.set(
      anchors[i]!,
      places.slice(0, MOST_LIKE).map(({ anchor }) => anchor),
    );
  }
  return alike;
}

function dissolves(
  material: Material,
  alike: ReadonlyMap<number, readonly number[]>,
  direction: Direction,
  step: number,
  fps: number,
): Transition[] {
  const found: Transition[] = [];
  for (const [exit, anchors] of alike) {
    const best: Transition[] = [];
    for (const anchor of anchors) {
      const dissolve = bestNear(material, exit, direction, anchor, step, fps);
      if (dissolve) best.push(dissolve);
    }
    best.sort((a, b) => a.cost - b.cost || a.entry - b.entry);
    found.push(...best.slice(0, ENTRIES));
  }
  return found;
}

/** The best dissolve from `exit` to a frame near `anchor`, or `null` if all of them would be seen. */
function bestNear(
  material: Material,
  exit: number,
  direction: Direction,
  anchor: number,
  step: number,
  fps: number,
): Transition | null {
  const reach = Math.max(1, Math.round((ANCHOR_SPACING * material.fps) / 2));
  const span = step * DISSOLVE.shortest;
  let nearest = -1;
  let least: number = LARGEST_DIFFERENCE;
  for (let entry = anchor - reach; entry <= anchor + reach; entry += 1) {
    const apart = apartOver(material, exit, direction, entry, span, least);
    if (apart < least) [nearest, least] = [entry, apart];
  }
  if (nearest < 0) return null;
  const { like, limit } = DISSOLVE_SECONDS;
  const seconds = like + (limit - like) * (least / LARGEST_DIFFERENCE);
  const length = clamp(Math.round(seconds * fps), DISSOLVE.shortest, DISSOLVE.longest);
  const apart = apartOver(material, exit, direction, nearest, step * length, LARGEST_DIFFERENCE);
  if (apart >= LARGEST_DIFFERENCE) return null;
  const moving = (material.restlessness[exit]! + material.restlessness[nearest]!) / 2;
  return {
    kind: 'dissolve',
    exit,
    direction,
    entry: nearest,
    onwards: 1,
    length,
    cost: apart + 0.5 * moving,
  };
}

/**
 * Largest difference between what follows `exit` and what follows `entry` over `span` clip frames: two pictures that are
 * alike and move alike. Above `limit` where a dissolve is impossible.
 */
function apartOver(
  material: Material,
  exit: number,
  direction: Direction,
  entry: number,
  span: number,
  limit: number,
): number {
  const end = Math.ceil(span);
  const left = exit + direction * end;
  if (!material.whole(exit, left) || !material.whole(entry, entry + end)) return limit;
  let most = 0;
  for (const share of [0, 1, 0.5]) {
    const after = Math.round(share * end);
    most = Math.max(most, material.difference(exit + direction * after, entry + after, limit));
    if (most >= limit) return limit;
  }
  return most;
}

function turns(
  material: Material,
  anchors: readonly number[],
  direction: Direction,
  step: number,
  fps: number,
): Transition[] {
  const { last } = material;
  const length = Math.max(
    2,
    Math.min(Math.round(TURN_SECONDS * fps), Math.floor((last * Math.PI) / (2 * step))),
  );
  const reach = turnReach(length, step);
  const found: Transition[] = [];
  const add = (place: number, exit: number, extra: number) => {
    let moving = 0;
    const from = Math.round(Math.min(exit, place));
    const to = Math.round(Math.max(exit, place));
    for (let frame = from; frame <= to; frame += 1) moving = Math.max(moving, material.restlessness[frame]!);
    const cost = TURN_COST + moving + extra;
    found.push({
      kind: 'turn',
      exit,
      direction,
      entry: exit,
      onwards: -direction as Direction,
      length,
      cost,
    });
  };
  for (const place of anchors) {
    const exit = place - direction * reach;
    if (exit >= 0 && material.whole(Math.round(exit), place)) add(place, exit, 0);
  }
  // The last resort, wherever the footage ends.
  const edge = direction === 1 ? last : 0;
  add(edge, clamp(edge - direction * reach, 0, last), 1);
  return found;
}
