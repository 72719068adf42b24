/**
 * Movement as text for other programs: ARKit weights as JSON, and as the CSV of Live Link Face.
 *
 * @module
 */
import {
  BLENDSHAPES,
  type Blendshape,
  clamp,
  FULL_LOOK,
  type Gaze,
  type MotionFrame,
} from '../core/index.ts';
import { rounded } from './rounded.ts';

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

/**
 * The whole movement as one JSON document:
 * `{ format, version, fps, names, frames: [{ time, weights, head: { yaw, pitch, roll, x, y, scale }, gaze: { yaw, pitch }, tongueUp, breath, sway }] }`.
 *
 * `names` are the 52 ARKit names in the order of every `weights`; times are seconds, angles radians, shifts face
 * heights (signs as in {@link MotionFrame}). Weights have four decimals, angles five.
 */
export function toArkitJson(frames: readonly MotionFrame[], fps: number): string {
  const lines = frames.map(({ time, weights, head, gaze, tongueUp, breath, sway }) => {
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
      sway: rounded(sway, 5),
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
