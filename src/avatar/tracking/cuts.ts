import { likeness, movementBetween } from './thumbnail.ts';

/** Frames that differ by fewer levels of brightness belong together whatever else. */
const LEAST_DIFFERENCE = 8;
/** Frames of one scene are at least this alike, also in fast movement; flashes and fades only change brightness. */
const LEAST_LIKENESS = 0.75;

/** Whether two consecutive frames, as thumbnails of `columns` columns, belong to different scenes. */
export function isCut(before: Uint8Array, after: Uint8Array, columns: number): boolean {
  return (
    movementBetween(before, after, columns, []) > LEAST_DIFFERENCE && likeness(before, after) < LEAST_LIKENESS
  );
}
