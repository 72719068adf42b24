/**
 * Sheets for the eye: what a portrait looks like in every mouth shape, emotion and pose. The shapes are made by the
 * product from phones and controls, not set by hand.
 *
 * @module
 */
import sharp from 'sharp';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import {
  BLENDSHAPE_INDEX,
  EMOTIONS,
  type MotionFrame,
  type Picture,
  type PoseOverride,
  type Rect,
  seconds,
  type TrackOptions,
  trackPhones,
} from '../../src/index.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { areasOf, type Subject, VIEW } from './subject.ts';

/** Pictures of one portrait, as JPEG. */
export interface PortraitSheets {
  readonly portrait: string;
  /** Mouths saying each of {@link SOUNDS}. */
  readonly mouths: Uint8Array;
  /** Eyes through a blink and a look around. */
  readonly eyes: Uint8Array;
  /** Whole frames: emotions by row, poses by column, silent in the first column and speaking in the others. */
  readonly faces: Uint8Array;
}

/** What mouths say on the sheet: one sound of each mouth class, and a spread `ee`. */
export const SOUNDS = [
  '',
  'p',
  'f',
  'θ',
  't',
  'k',
  'tʃ',
  's',
  'n',
  'ɹ',
  'ɑ',
  'ɛ',
  'ɪ',
  'ɔ',
  'u',
  'i',
] as const;
/** Poses of the sheet, degrees. */
export const POSES: readonly { readonly name: string; readonly pose: PoseOverride }[] = [
  { name: 'straight', pose: {} },
  { name: 'turned left', pose: { yaw: -10, roll: -2 } },
  { name: 'turned right', pose: { yaw: 10, roll: 2 } },
  { name: 'up', pose: { pitch: -8, roll: 4 } },
  { name: 'down', pose: { pitch: 8, roll: -4 } },
];
const BLINKS = [0, 0.25, 0.5, 0.75, 1];
const GLANCES = [
  [-15, 0],
  [15, 0],
  [0, 10],
] as const;

/** Side of the frames that the sheets are cut from, pixels. */
const SIDE = 1024;
/** Length of a sound that is held, seconds, and rest before and after it. */
const HELD = 0.4;
const REST = 0.6;

/** Draws the sheets of a portrait. */
export async function drawSheets(subject: Subject, signal: AbortSignal): Promise<PortraitSheets> {
  using renderer = await loadRenderer(meshEngine, subject.avatar, { ...VIEW, size: SIDE });
  const draw = (motion: MotionFrame): Picture => {
    signal.throwIfAborted();
    const { width, height, data } = renderer.render(motion, 0);
    return { width, height, data: data.slice() };
  };
  const mouths: Picture[] = [];
  for (const sound of SOUNDS) mouths.push(draw(await hold(sound, {})));
  const rest = await hold('', {});
  const eyes = [
    ...BLINKS.map((amount) => withBlink(rest, amount)),
    ...(await Promise.all(
      GLANCES.map(([theta, phi]) => hold('', { gaze: { theta, phi }, gazeGuidance: 2 })),
    )),
  ].map(draw);
  const faces: Picture[] = [];
  for (const [row, emotion] of EMOTIONS.entries()) {
    for (const [column, { pose }] of POSES.entries()) {
      // the first column is silent: there the emotion is seen alone
      const sound = column === 0 ? '' : SOUNDS[(row * 7 + column * 3) % SOUNDS.length]!;
      faces.push(draw(await hold(sound, { emotion: { [emotion]: 1 }, pose: { ...STRAIGHT, ...pose } })));
    }
  }
  const areas = sheetAreas(subject);
  return {
    portrait: subject.name,
    mouths: await grid(mouths, areas.mouth, 8, 200),
    eyes: await grid(eyes, areas.eyes, 4, 400),
    faces: await grid(faces, areas.head, POSES.length, 320),
  };
}

const STRAIGHT: PoseOverride = { yaw: 0, pitch: 0, roll: 0, x: 0, y: 0, scale: 1 };

/** The middle of a sound that is held, without movement of chance. */
async function hold(sound: string, options: TrackOptions): Promise<MotionFrame> {
  const times = { start: seconds(REST), end: seconds(REST + HELD) };
  const spoken = sound === '' ? [] : [{ ...times, symbol: sound }];
  const pause = { start: seconds(REST + HELD), end: seconds(2 * REST + HELD), symbol: '' };
  const { frames, fps } = await trackPhones(
    { notation: 'ipa', phones: [...spoken, pause] },
    { still: true, blink: 0, head: 0, gazeAmount: 0, ...options },
  );
  return frames[Math.round((REST + 0.6 * HELD) * fps)]!;
}

function withBlink(motion: MotionFrame, amount: number): MotionFrame {
  const weights = motion.weights.slice();
  weights[BLENDSHAPE_INDEX.eyeBlinkLeft] = amount;
  weights[BLENDSHAPE_INDEX.eyeBlinkRight] = amount;
  return { ...motion, weights };
}

/** Parts of the frame that the sheets show, pixels of a frame of {@link SIDE}. */
function sheetAreas({ photo, face }: Subject): Readonly<Record<'mouth' | 'eyes' | 'head', Rect>> {
  const areas = areasOf(face, face);
  const { x, y, width, height } = areas.face;
  const scale = SIDE / photo.width;
  const scaled = (rect: Rect): Rect => ({
    x: rect.x * scale,
    y: rect.y * scale,
    width: rect.width * scale,
    height: rect.height * scale,
  });
  return {
    mouth: scaled(grown(areas.mouth, 1.15)),
    eyes: scaled({ x, y: y + 0.14 * height, width, height: 0.4 * height }),
    head: scaled(grown({ x: x + (width - height) / 2, y, width: height, height }, 1.5)),
  };
}

/** A rectangle about the same middle. */
function grown({ x, y, width, height }: Rect, by: number): Rect {
  const [more, taller] = [width * (by - 1), height * (by - 1)];
  return { x: x - more / 2, y: y - taller / 2, width: width + more, height: height + taller };
}

/** Puts the same part of every picture side by side. */
async function grid(
  pictures: readonly Picture[],
  area: Rect,
  columns: number,
  cell: number,
): Promise<Uint8Array> {
  const { width, height } = pictures[0]!;
  const left = Math.max(0, Math.round(area.x));
  const top = Math.max(0, Math.round(area.y));
  const part = {
    left,
    top,
    width: Math.min(width - left, Math.round(area.width)),
    height: Math.min(height - top, Math.round(area.height)),
  };
  const high = Math.round((cell * part.height) / part.width);
  const tiles = pictures.map(async ({ data }, index) => ({
    input: await sharp(data, { raw: { width, height, channels: 4 } })
      .extract(part)
      .resize(cell, high, { fit: 'fill' })
      .removeAlpha()
      .png({ compressionLevel: 1 })
      .toBuffer(),
    left: (index % columns) * cell,
    top: Math.floor(index / columns) * high,
  }));
  const rows = Math.ceil(pictures.length / columns);
  const paper = { width: columns * cell, height: rows * high, channels: 3, background: '#000' } as const;
  return sharp({ create: paper })
    .composite(await Promise.all(tiles))
    .jpeg({ quality: 82, mozjpeg: true })
    .toBuffer();
}
