import type { FootagePosition, Seconds } from '../core/index.ts';

/** A place where the footage was left for another one. */
export interface FootageTransition {
  /** `dissolve` blends into another place, `turn` goes backwards from there. */
  readonly kind: 'dissolve' | 'turn';
  /** When it begins, in the video. */
  readonly at: Seconds;
  /** How long it takes. */
  readonly length: Seconds;
  /** Places in the clip between which it leads. */
  readonly from: Seconds;
  readonly to: Seconds;
}

/** What a job did with footage. */
export interface FootageReport {
  /** Number of the clip that was used, from 0. */
  readonly clip: number;
  /** Where in it the video begins. */
  readonly start: Seconds;
  readonly transitions: readonly FootageTransition[];
  /** Frames of the video in which the speaker's face is not seen: they are as filmed. */
  readonly framesWithoutFace: number;
  /** Where the next job goes on: its option `resume`. */
  readonly position: FootagePosition;
}
