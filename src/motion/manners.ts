import type { Manner } from '../core/index.ts';

/** How much of everything there is, as factors on the ordinary. */
export interface MannerAmounts {
  /** Extent of postures and sway. */
  readonly head: number;
  /** How many of the stressed syllables are nodded to, and how deeply. */
  readonly nods: number;
  /** How often and how far the brows rise. */
  readonly brows: number;
  /** How often the eyes leave the viewer. */
  readonly aversion: number;
  /** How often the eyes blink. */
  readonly blink: number;
  /** How soon one posture follows the other. */
  readonly tempo: number;
  /** How far the mouth opens. */
  readonly mouth: number;
}

/** Names of the amounts. */
export const MANNER_AXES = [
  'head',
  'nods',
  'brows',
  'aversion',
  'blink',
  'tempo',
  'mouth',
] as const satisfies readonly (keyof MannerAmounts)[];

/** Ways of speaking. `presenter` is the measure of the others. */
export const MANNER_AMOUNTS: Readonly<Record<Manner, MannerAmounts>> = Object.freeze({
  calm: { head: 0.6, nods: 0.5, brows: 0.45, aversion: 0.8, blink: 0.9, tempo: 0.75, mouth: 0.92 },
  presenter: { head: 1, nods: 1, brows: 1, aversion: 1, blink: 1, tempo: 1, mouth: 1 },
  lively: { head: 1.4, nods: 1.5, brows: 1.6, aversion: 1.3, blink: 1.1, tempo: 1.25, mouth: 1.1 },
});
