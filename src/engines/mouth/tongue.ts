import { mix, smoothstep } from '../../core/basics.ts';
import type { InsideRow } from './inside-row.ts';

/** What the tongue does in one frame; centimetres in the frame of the teeth. */
export interface TongueState {
  /** Where the tongue's middle is. */
  middle: number;
  /** Edge of the upper teeth, edge of the lower ones. */
  upperEdge: number;
  lowerEdge: number;
  /** Tip raised to the upper teeth, and tip between the teeth, 0..1. */
  up: number;
  out: number;
  /** As far as the tip of the tongue rises when little is open. */
  roof: number;
  /** Light in the mouth, 0..1. */
  light: number;
}

/** Half width of the tongue lying, and of its raised tip. */
const LYING = 1.75;
const RAISED = 1.0;
/** Half width of the tip between the teeth. */
const TIP = 0.95;

/**
 * The tongue behind the lower teeth: lying, a mound that comes out of the dark and is lightest in front; raised, a tip
 * that is lightest where it touches the upper teeth and whose underside goes back into the dark.
 */
export function drawTongue(row: InsideRow, colour: readonly number[], state: TongueState): void {
  const { middle, upperEdge, lowerEdge, up, light } = state;
  const gap = Math.max(0.05, lowerEdge - upperEdge);
  // at rest the back of the tongue rises behind the lower teeth; a wide mouth shows more of it
  const lying = lowerEdge - 0.16 - 0.5 * gap;
  const raised = upperEdge - 0.12;
  const top = mix(lying, raised, up);
  const half = mix(LYING, RAISED, up);
  const arch = mix(0.14, 0.3, up);
  for (let n = 0; n < row.count; n++) {
    const x = row.X[n]! - middle;
    const side = Math.abs(x);
    const down = row.Y[n]! - top - arch * side * side;
    // a raised tip widens downwards to the body
    const width = half + up * 0.5 * Math.max(0, down);
    const on = smoothstep(down / 0.2 + 0.3) * (1 - smoothstep((side - width + 0.35) / 0.5));
    if (on <= 0) continue;
    const front = smoothstep(down / Math.max(0.25, lowerEdge - lying));
    const groove = 1 - 0.16 * Math.exp(-x * x * 40) * (1 - 0.7 * up);
    const rest = 0.42 + 0.62 * front;
    const tip = 1.05 - 0.5 * smoothstep((down - 0.12) / 0.7);
    const wet = 0.1 * Math.exp(-(((side - 0.28) / 0.2) ** 2) - ((front - 0.75) / 0.22) ** 2) * (1 - up);
    const shade =
      (mix(rest, tip, up) + wet) *
      groove *
      (1 - 0.3 * smoothstep(side / width) * (1 - 0.5 * up)) *
      (0.35 + 0.65 * smoothstep(row.below[n]! / 0.4)) *
      light *
      row.light[n]!;
    row.r[n]! += (colour[0]! * shade - row.r[n]!) * on;
    row.g[n]! += (colour[1]! * shade * (0.9 + 0.1 * shade) - row.g[n]!) * on;
    row.b[n]! += (colour[2]! * shade * (0.9 + 0.1 * shade) - row.b[n]!) * on;
  }
}

/**
 * The tip of the tongue between the teeth (TH): over the lower teeth, under the upper ones or, where they leave too
 * little room to see it, a little in front of them.
 */
export function drawTongueTip(row: InsideRow, colour: readonly number[], state: TongueState): void {
  const { middle, upperEdge, lowerEdge, roof, out, light } = state;
  if (out <= 0) return;
  const shown = smoothstep(out / 0.35);
  const top = Math.min(upperEdge - 0.04, roof);
  const bottom = Math.max(top + 0.2, lowerEdge - 0.02 + 0.3 * out);
  for (let n = 0; n < row.count; n++) {
    const side = Math.abs(row.X[n]! - middle) / TIP;
    if (side >= 1.2) continue;
    const round = side * side;
    const from = row.Y[n]! - top - 0.1 * round;
    const to = bottom - 0.22 * round - row.Y[n]!;
    const on =
      shown * smoothstep(from / 0.08) * smoothstep(to / 0.08) * (1 - smoothstep((side - 0.85) / 0.3));
    if (on <= 0) continue;
    const shade =
      (0.55 + 0.55 * smoothstep(from / 0.14) + 0.14 * Math.exp(-(((from - 0.12) / 0.05) ** 2) - 3 * round)) *
      (0.45 + 0.55 * smoothstep(row.above[n]! / 0.09)) *
      (1 - 0.25 * round) *
      (0.6 + 0.4 * light) *
      row.light[n]!;
    row.r[n]! += (colour[0]! * shade - row.r[n]!) * on;
    row.g[n]! += (colour[1]! * shade - row.g[n]!) * on;
    row.b[n]! += (colour[2]! * shade - row.b[n]!) * on;
  }
}
