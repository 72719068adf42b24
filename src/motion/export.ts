/**
 * Movement as text for other programs: ARKit weights as JSON and CSV, mouth cues as Rhubarb Lip Sync writes them.
 *
 * @module
 */
import {
  BLENDSHAPES,
  type Blendshape,
  clamp,
  type Gaze,
  type MotionFrame,
  type Seconds,
  type SpeechFrame,
  VISEMES,
  type Viseme,
} from '../core/index.ts';

/** Turn of the eyeball at which an `eyeLook...` weight is 1, radians (about 30 degrees). */
const FULL_LOOK = Math.PI / 6;

/**
 * ARKit knows the gaze as eight weights; ours is two angles. Fills the eight from the angles. Looking to the right
 * of the picture turns the person's left eye outwards and the right eye inwards.
 */
function withGaze(weights: Float32Array, gaze: Gaze): Record<Blendshape, number> {
  const named = Object.fromEntries(BLENDSHAPES.map((name, index) => [name, weights[index]])) as Record<
    Blendshape,
    number
  >;
  const look = (angle: number): number => clamp(angle / FULL_LOOK, 0, 1);
  named.eyeLookOutLeft = named.eyeLookInRight = look(gaze.yaw);
  named.eyeLookInLeft = named.eyeLookOutRight = look(-gaze.yaw);
  named.eyeLookDownLeft = named.eyeLookDownRight = look(gaze.pitch);
  named.eyeLookUpLeft = named.eyeLookUpRight = look(-gaze.pitch);
  return named;
}

const rounded = (value: number, digits: number): number => {
  const scale = 10 ** digits;
  // Adding zero turns -0 into 0.
  return Math.round(value * scale) / scale + 0;
};

/**
 * The whole movement as one JSON document:
 * `{ format, version, fps, names, frames: [{ time, weights, head: { yaw, pitch, roll, x, y, scale }, gaze: { yaw, pitch }, tongueUp, breath }] }`.
 *
 * `names` are the 52 ARKit names in the order of every `weights`; times are seconds, angles radians, shifts face
 * heights (signs as in {@link MotionFrame}). Weights have four decimals, angles five.
 */
export function toArkitJson(frames: readonly MotionFrame[], fps: number): string {
  const lines = frames.map(({ time, weights, head, gaze, tongueUp, breath }) => {
    const named = withGaze(weights, gaze);
    return JSON.stringify({
      time: rounded(time, 6),
      weights: BLENDSHAPES.map((name) => rounded(named[name], 4)),
      head: {
        yaw: rounded(head.yaw, 5),
        pitch: rounded(head.pitch, 5),
        roll: rounded(head.roll, 5),
        x: rounded(head.x, 5),
        y: rounded(head.y, 5),
        scale: rounded(head.scale, 5),
      },
      gaze: { yaw: rounded(gaze.yaw, 5), pitch: rounded(gaze.pitch, 5) },
      tongueUp: rounded(tongueUp, 4),
      breath: rounded(breath, 4),
    });
  });
  const head = JSON.stringify({ format: 'loquent-arkit', version: 1, fps, names: BLENDSHAPES }).slice(0, -1);
  return `${head},"frames":[\n${lines.join(',\n')}\n]}\n`;
}

const SIDED = (side: 'Left' | 'Right'): Blendshape[] => [
  `eyeBlink${side}`,
  `eyeLookDown${side}`,
  `eyeLookIn${side}`,
  `eyeLookOut${side}`,
  `eyeLookUp${side}`,
  `eyeSquint${side}`,
  `eyeWide${side}`,
];
/** Blendshapes in the order of the columns that Live Link Face records. */
const CSV_ORDER: readonly Blendshape[] = [
  ...SIDED('Left'),
  ...SIDED('Right'),
  'jawForward',
  'jawRight',
  'jawLeft',
  'jawOpen',
  'mouthClose',
  'mouthFunnel',
  'mouthPucker',
  'mouthRight',
  'mouthLeft',
  'mouthSmileLeft',
  'mouthSmileRight',
  'mouthFrownLeft',
  'mouthFrownRight',
  'mouthDimpleLeft',
  'mouthDimpleRight',
  'mouthStretchLeft',
  'mouthStretchRight',
  'mouthRollLower',
  'mouthRollUpper',
  'mouthShrugLower',
  'mouthShrugUpper',
  'mouthPressLeft',
  'mouthPressRight',
  'mouthLowerDownLeft',
  'mouthLowerDownRight',
  'mouthUpperUpLeft',
  'mouthUpperUpRight',
  'browDownLeft',
  'browDownRight',
  'browInnerUp',
  'browOuterUpLeft',
  'browOuterUpRight',
  'cheekPuff',
  'cheekSquintLeft',
  'cheekSquintRight',
  'noseSneerLeft',
  'noseSneerRight',
  'tongueOut',
];
const CSV_POSE = ['Yaw', 'Pitch', 'Roll'];
const CSV_COLUMNS = [
  ...CSV_ORDER.map((name) => name[0].toUpperCase() + name.slice(1)),
  ...CSV_POSE.map((axis) => `Head${axis}`),
  ...CSV_POSE.map((axis) => `LeftEye${axis}`),
  ...CSV_POSE.map((axis) => `RightEye${axis}`),
];

/** `HH:MM:SS:FF.mmm`: hours, minutes, seconds, frame, thousandths of a frame. */
function timecode(index: number, fps: number): string {
  const second = Math.floor(index / fps + 1e-9);
  const within = Math.max(0, index - second * fps);
  const frame = Math.floor(within + 1e-6);
  const thousandths = Math.min(999, Math.max(0, Math.round((within - frame) * 1000)));
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60, frame]
    .map(two)
    .join(':');
  return `${clock}.${String(thousandths).padStart(3, '0')}`;
}

/**
 * The movement as the CSV that Live Link Face records: a header, then one row per frame with `Timecode`,
 * `BlendShapeCount` (61: 52 weights and nine angles) and the values. Angles in radians.
 */
export function toArkitCsv(frames: readonly MotionFrame[], fps: number): string {
  const rows = frames.map(({ weights, head, gaze }, index) => {
    const named = withGaze(weights, gaze);
    const angles = [head.yaw, head.pitch, head.roll, gaze.yaw, gaze.pitch, 0, gaze.yaw, gaze.pitch, 0];
    const values = [...CSV_ORDER.map((name) => named[name]), ...angles].map((value) => rounded(value, 5));
    return [timecode(index, fps), CSV_COLUMNS.length, ...values].join(',');
  });
  return `${['Timecode', 'BlendShapeCount', ...CSV_COLUMNS].join(',')}\n${rows.map((row) => `${row}\n`).join('')}`;
}

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

/**
 * Mouth cues from 0 to `end` without gaps. Cues shorter than their least length go to the longer neighbour.
 *
 * @param frames - Speech frames in order of time, from 0, without gaps.
 * @param end - Length of the speech.
 */
export function toMouthCues(frames: readonly SpeechFrame[], end: Seconds): MouthCue[] {
  let runs: Run[] = [];
  frames.forEach((frame, index) => {
    const next = frames[index + 1];
    append(runs, {
      start: index === 0 ? 0 : Math.min(end, frame.time - HALF_FRAME),
      end: next ? Math.min(end, next.time - HALF_FRAME) : end,
      value: cueShape(frame),
    });
  });
  if (runs.length === 0) runs.push({ start: 0, end, value: 'X' });
  for (let merged = mergeShort(runs); merged.length < runs.length; merged = mergeShort(runs)) runs = merged;
  return runs.map((run) => ({
    start: rounded(run.start, 2) as Seconds,
    end: rounded(run.end, 2) as Seconds,
    value: run.value,
  }));
}

interface Run {
  start: number;
  end: number;
  value: CueShape;
}

const HALF_FRAME = 0.01;
const lengthOf = (run: Run | undefined): number => (run ? run.end - run.start : -1);

/** Adds a run that follows the last one; joins them if they have the same shape. */
function append(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last?.value === run.value) last.end = run.end;
  else runs.push({ ...run });
}

function tooShort(runs: readonly Run[], index: number): boolean {
  const run = runs[index];
  if (run === undefined) return false;
  // Rest at the very beginning or end stays, however short.
  if (run.value === 'X' && (index === 0 || index === runs.length - 1)) return false;
  const least = run.value === 'A' ? SHORTEST_CLOSURE : run.value === 'X' ? SHORTEST_REST : SHORTEST_CUE;
  return lengthOf(run) + 1e-9 < least;
}

/** One pass: every short run that is shorter than its short neighbours goes to its longer neighbour. */
function mergeShort(runs: readonly Run[]): Run[] {
  const merged: Run[] = [];
  let borrowed: number | null = null;
  runs.forEach((run, index) => {
    const start: number = borrowed ?? run.start;
    borrowed = null;
    const before = runs[index - 1];
    const after = runs[index + 1];
    const yields =
      runs.length > 1 &&
      tooShort(runs, index) &&
      !(tooShort(runs, index - 1) && lengthOf(before) <= lengthOf(run)) &&
      !(tooShort(runs, index + 1) && lengthOf(after) < lengthOf(run));
    if (!yields) append(merged, { ...run, start });
    else if (before && lengthOf(before) >= lengthOf(after)) merged[merged.length - 1].end = run.end;
    else borrowed = start;
  });
  return merged;
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
