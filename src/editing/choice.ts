/**
 * Which clip fits a speech, and where in it to begin.
 *
 * @module
 */
import type { Material } from './material.ts';

/** Where to begin, and how well the speech fits there. */
export interface Beginning {
  /** Clip frame. */
  readonly start: number;
  /** How much is seen of beginning, cuts and end; lower fits better. */
  readonly cost: number;
}

/** Cost of each transition that a speech makes necessary, beyond what it shows. */
const TRANSITION = 1;
/** Cost of a second of footage whose face is not seen,. */
const HIDDEN_SECOND = 1;
/** Cost of leaving the first quarter of a clip unused, and of footage beyond the speech. */
const LATE = 0.5;
const SURPLUS = 1;
/** Seconds that coming to rest makes up for when the footage is a little too short. */
const SLACK = 0.2;
/** Share of a clip in which a speech longer than it begins. */
const FIRST_PART = 0.25;

/**
 * Where a speech begins: at a calm moment from which it also ends at one. A speech as long as the clip begins with it; a
 * longer one near its beginning.
 *
 * @param duration - Seconds of the speech; `null` if nobody knows.
 */
export function chooseBeginning(material: Material, duration: number | null): Beginning {
  const { fps, last, restlessness, endCost } = material;
  const count = last + 1;
  const frames = duration === null ? Infinity : Math.max(1, Math.round(duration * fps));
  if (frames <= count) {
    let best: Beginning = { start: 0, cost: Infinity };
    for (let start = 0; start + frames <= count; start += 1) {
      const unseen = material.unseenIn(start, start + frames) / fps;
      const cost =
        restlessness[start]! + endCost[start + frames - 1]! + HIDDEN_SECOND * unseen + (LATE * start) / count;
      if (cost < best.cost) best = { start, cost };
    }
    return { start: best.start, cost: best.cost + (SURPLUS * (count - frames)) / count };
  }
  if (frames <= count + SLACK * fps) return { start: 0, cost: restlessness[0]! + endCost[last]! };
  let best: Beginning = { start: 0, cost: Infinity };
  for (let start = 0; start <= last * FIRST_PART; start += 1) {
    const cost =
      restlessness[start]! + (LATE * start) / (count * FIRST_PART) + (material.sees(start) ? 0 : 2);
    if (cost < best.cost) best = { start, cost };
  }
  const transitions = duration === null ? fps / count : Math.ceil(frames / count);
  return { start: best.start, cost: best.cost + TRANSITION * transitions };
}

/**
 * The clip that fits best: one in which the speech ends at a calm moment without any transition, else the one that needs
 * the fewest.
 *
 * @returns Its number, and where to begin in it.
 */
export function chooseClip(
  clips: readonly Material[],
  duration: number | null,
): { readonly clip: number; readonly beginning: Beginning } {
  let clip = 0;
  let beginning = chooseBeginning(clips[0]!, duration);
  for (let other = 1; other < clips.length; other += 1) {
    const candidate = chooseBeginning(clips[other]!, duration);
    if (candidate.cost < beginning.cost) [clip, beginning] = [other, candidate];
  }
  return { clip, beginning };
}
