/**
 * Mouth cues for 2D animation, as Rhubarb Lip Sync writes them.
 *
 * @module
 */
import { type Seconds, type SpeechFrame, seconds, VISEMES, type Viseme } from '../core/index.ts';
import { rounded } from './rounded.ts';
import { runsOf, withoutShort } from './runs.ts';

/** Mouth shapes of Rhubarb Lip Sync (the Hanna-Barbera set). X is the mouth at rest. */
export type CueShape = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'X';

/** One mouth shape from `start` to `end`, media seconds. */
export interface MouthCue {
  readonly start: Seconds;
  readonly end: Seconds;
  readonly value: CueShape;
}

/**
 * Shape of each viseme: A closed lips, B teeth nearly closed, C open, D wide open, E slightly round, F puckered,
 * G lower lip at the teeth, H tongue up, X rest.
 */
const CUE_OF: Readonly<Record<Viseme, CueShape>> = {
  sil: 'X',
  PP: 'A',
  FF: 'G',
  TH: 'B',
  DD: 'B',
  kk: 'B',
  CH: 'B',
  SS: 'B',
  nn: 'H',
  RR: 'E',
  aa: 'D',
  E: 'C',
  ih: 'B',
  oh: 'E',
  ou: 'F',
};
/** No shape is shown for less than this, seconds; closed lips may be shorter because they are seen at once. */
const SHORTEST_CUE = 0.08;
const SHORTEST_CLOSURE = 0.04;
/** Rest shorter than this is part of the speech, seconds. */
const SHORTEST_REST = 0.2;
/** An opening below this makes a vowel the narrower shape B, above {@link WIDE} the wide shape D. */
const NARROW = 0.22;
const WIDE = 0.6;

function cueShape(frame: SpeechFrame): CueShape {
  if (frame.speech < 0.5) return 'X';
  let best = 0;
  for (let index = 1; index < VISEMES.length; index++) {
    if (frame.visemes[index] > frame.visemes[best]) best = index;
  }
  const shape = CUE_OF[VISEMES[best]];
  if (shape === 'C' || shape === 'D') {
    if (frame.aperture < NARROW) return 'B';
    return frame.aperture > WIDE ? 'D' : 'C';
  }
  return shape;
}

const leastLength = (shape: CueShape): number =>
  shape === 'A' ? SHORTEST_CLOSURE : shape === 'X' ? SHORTEST_REST : SHORTEST_CUE;

/**
 * Mouth cues from 0 to `end` without gaps. Cues shorter than their least length go to the longer neighbour.
 *
 * @param frames - Speech frames in order of time, from 0, without gaps.
 * @param end - Length of the speech.
 */
export function toMouthCues(frames: readonly SpeechFrame[], end: Seconds): MouthCue[] {
  if (frames.length === 0) return [{ start: seconds(0), end, value: 'X' }];
  const runs = withoutShort(runsOf(frames, end, cueShape), leastLength, (shape) => shape === 'X');
  return runs.map((run) => ({
    start: seconds(rounded(run.start, 2)),
    end: seconds(rounded(run.end, 2)),
    value: run.value,
  }));
}

/** Cues as Rhubarb's TSV: one line `start<TAB>shape` per cue, then a last line `end<TAB>X`. */
export function cuesToTsv(cues: readonly MouthCue[]): string {
  const end = cues.at(-1)?.end ?? 0;
  const lines = cues.map(({ start, value }) => `${start.toFixed(2)}\t${value}\n`);
  return `${lines.join('')}${end.toFixed(2)}\tX\n`;
}

/**
 * Cues as Rhubarb's JSON: `{ metadata: { soundFile, duration }, mouthCues: [{ start, end, value }] }`.
 *
 * @param soundFile - Name of the recording, copied into the metadata.
 */
export function cuesToJson(cues: readonly MouthCue[], soundFile: string): string {
  const metadata = { soundFile, duration: cues.at(-1)?.end ?? 0 };
  return `${JSON.stringify({ metadata, mouthCues: cues }, null, 2)}\n`;
}
