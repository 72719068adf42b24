import type { Pixels } from './units.ts';

/** An axis-aligned rectangle; origin top left, y down. The surrounding comment names the picture it lies in. */
export interface Rect {
  /** Left edge. */
  readonly x: number;
  /** Top edge. */
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point in a picture; origin top left, y down; pixel centres lie at `.5`. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A size in pixels. */
export interface Size {
  readonly width: Pixels | number;
  readonly height: Pixels | number;
}

/** The smallest rectangle with integer edges that holds `rect`, cut at the bounds `0..width` x `0..height`. */
export function outset(rect: Rect, width: number, height: number): Rect {
  const x = Math.max(0, Math.floor(rect.x));
  const y = Math.max(0, Math.floor(rect.y));
  const right = Math.min(width, Math.ceil(rect.x + rect.width));
  const bottom = Math.min(height, Math.ceil(rect.y + rect.height));
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}

/** Hermite step: 0 at or below 0, 1 at or above 1, smooth (C1) between. */
export function smoothstep(t: number): number {
  const c = t < 0 ? 0 : t > 1 ? 1 : t;
  return c * c * (3 - 2 * c);
}

/** Limits `value` to `low..high`. */
export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/** Linear blend: `a` at `t = 0`, `b` at `t = 1`. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** Share of a soft limit up to which nothing is changed. */
const KNEE = 0.65;

/**
 * Limits a movement softly: exact up to a knee, then bending towards `limit` without ever reaching it.
 *
 * @param limit - Above 0.
 */
export function softLimit(value: number, limit: number): number {
  const knee = KNEE * limit;
  const size = Math.abs(value);
  if (size <= knee) return value;
  const room = limit - knee;
  return Math.sign(value) * (knee + room * Math.tanh((size - knee) / room));
}
