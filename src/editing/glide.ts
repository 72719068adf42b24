/**
 * How the place in a clip moves while output frames go by.
 *
 * @module
 */
import { type Direction, turnReach } from './transitions.ts';

/** The place in the clip at an output frame, in clip frames with fractions. */
export interface Glide {
  at(frame: number): number;
}

/**
 * Plays on evenly.
 *
 * @param start - Output frame at which the clip is at `place`.
 * @param pace - Clip frames per output frame, below 0 backwards.
 */
export function evenly(start: number, place: number, pace: number): Glide {
  // From the start every time: sums of a fraction would drift in a long job.
  return { at: (frame) => place + (frame - start) * pace };
}

/** Slows down, stops, comes back to `place`: the speed is a cosine, so it passes zero smoothly. */
export function turning(start: number, place: number, pace: number, length: number, room: number): Glide {
  const reach = Math.min(turnReach(length, Math.abs(pace)), room) * Math.sign(pace);
  return { at: (frame) => place + reach * Math.sin((Math.PI * (frame - start)) / length) };
}

/** Share of the usual way that is covered while coming to rest. */
export const EASING_SHARE = 2 / Math.PI;

/** Comes to rest within `length` output frames and stays there. */
export function easing(start: number, place: number, pace: number, length: number): Glide {
  const reach = pace * length * EASING_SHARE;
  return {
    at: (frame) => place + reach * Math.sin((Math.PI / 2) * Math.min(1, (frame - start) / length)),
  };
}

/** The pace of a direction. */
export function paceOf(direction: Direction, step: number): number {
  return direction * step;
}
