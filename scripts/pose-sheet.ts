/**
 * Draws contact sheets of an avatar: mouth shapes, blinks and gaze close up, and head poses. What a change to
 * preparation or renderer does to a face is seen here first.
 *
 * `node scripts/pose-sheet.ts [--out folder] [--size pixels] photo-or-avatar...`
 *
 * @module
 */
import '../src/platform/node/use.ts';
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { frameShot } from '../src/compose/framing.ts';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  type Blendshape,
  degrees,
  type MotionFrame,
  neutralMotion,
  outset,
  type Rect,
  seconds,
} from '../src/core/index.ts';
import type { MotionRenderer } from '../src/engines/engine.ts';
import { meshEngine } from '../src/engines/mesh/index.ts';
import { loadIfAvatar } from '../src/pipeline/avatar-file.ts';
import { prepareAvatar } from '../src/pipeline/prepare-avatar.ts';

interface Pose {
  /** Names without a side stand for both sides. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Degrees. */
  readonly head?: { readonly yaw?: number; readonly pitch?: number; readonly roll?: number };
  /** Degrees. */
  readonly gaze?: { readonly yaw?: number; readonly pitch?: number };
}

const VISEMES: readonly Pose[] = [
  {},
  { weights: { mouthPress: 0.8 } },
  { weights: { mouthRollLower: 0.9, mouthUpperUp: 0.3, jawOpen: 0.08 } },
  { weights: { jawOpen: 0.22, mouthLowerDown: 0.15, tongueOut: 0.8 } },
  { weights: { jawOpen: 0.14, mouthFunnel: 0.75, mouthUpperUp: 0.15, mouthLowerDown: 0.25 } },
  { weights: { jawOpen: 0.07, mouthStretch: 0.35, mouthLowerDown: 0.35, mouthUpperUp: 0.2 } },
  { weights: { jawOpen: 0.16, mouthFunnel: 0.5, mouthPucker: 0.2 } },
  { weights: { jawOpen: 0.68, mouthLowerDown: 0.1, mouthUpperUp: 0.18 } },
  { weights: { jawOpen: 0.42, mouthStretch: 0.35, mouthLowerDown: 0.2, mouthUpperUp: 0.15 } },
  {
    weights: { jawOpen: 0.16, mouthStretch: 0.6, mouthSmile: 0.12, mouthLowerDown: 0.3, mouthUpperUp: 0.15 },
  },
  { weights: { jawOpen: 0.38, mouthLowerDown: 0.1 } },
  { weights: { jawOpen: 0.5, mouthFunnel: 0.6, mouthPucker: 0.25 } },
  { weights: { jawOpen: 0.2, mouthPucker: 0.8, mouthFunnel: 0.3 } },
  { weights: { mouthSmile: 0.8 } },
  { weights: { jawOpen: 0.3, mouthSmile: 0.7, mouthUpperUp: 0.3 } },
];
const EYES: readonly Pose[] = [
  ...[0, 0.25, 0.5, 0.75, 1].map((eyeBlink) => ({ weights: { eyeBlink } })),
  ...[-20, -10, 10, 20].map((yaw) => ({ gaze: { yaw } })),
  ...[-15, 15].map((pitch) => ({ gaze: { pitch } })),
  { weights: { eyeSquint: 1, browInnerUp: 0.8 } },
];
const HEADS: readonly Pose[] = [
  {},
  { head: { yaw: -8 }, gaze: { yaw: 8 }, weights: { jawOpen: 0.3 } },
  { head: { yaw: 8 }, gaze: { yaw: -8 }, weights: { jawOpen: 0.3 } },
  { head: { pitch: -7 }, weights: { jawOpen: 0.1 } },
  { head: { pitch: 7 }, weights: { jawOpen: 0.5 } },
  { head: { roll: -5 }, weights: { mouthSmile: 0.7 } },
  { head: { roll: 5 }, weights: { eyeBlink: 1 } },
  { weights: { jawOpen: 0.68, browInnerUp: 0.6, browOuterUp: 0.5 } },
];

function toMotion({ weights = {}, head = {}, gaze = {} }: Pose): MotionFrame {
  const frame = neutralMotion(seconds(0));
  for (const [name, weight] of Object.entries(weights)) {
    for (const full of [name, `${name}Left`, `${name}Right`]) {
      if (full in BLENDSHAPE_INDEX) frame.weights[BLENDSHAPE_INDEX[full as Blendshape]] = weight;
    }
  }
  const turn = (value = 0) => degrees(value);
  return {
    ...frame,
    head: { ...frame.head, yaw: turn(head.yaw), pitch: turn(head.pitch), roll: turn(head.roll) },
    gaze: { yaw: turn(gaze.yaw), pitch: turn(gaze.pitch) },
  };
}

/** Draws every pose, cuts out `part` (frame pixels), enlarges it and puts all into a grid. */
async function drawSheet(
  renderer: MotionRenderer,
  poses: readonly Pose[],
  part: Rect,
  zoom: number,
  columns: number,
  file: string,
): Promise<void> {
  const { width, height } = renderer;
  const { x: left, y: top, ...extent } = outset(part, width, height);
  const cut = { left, top, ...extent };
  const cell = { width: Math.round(cut.width * zoom), height: Math.round(cut.height * zoom) };
  const tiles = [];
  for (const [i, pose] of poses.entries()) {
    const { data } = renderer.render(toMotion(pose), i);
    const picture = sharp(data, { raw: { width, height, channels: 4 } }).extract(cut);
    const input = await picture
      .resize({ ...cell, fit: 'fill', kernel: 'cubic' })
      .png()
      .toBuffer();
    tiles.push({ input, left: (i % columns) * cell.width, top: Math.floor(i / columns) * cell.height });
  }
  const rows = Math.ceil(poses.length / columns);
  const sheet = { width: columns * cell.width, height: rows * cell.height, channels: 3 } as const;
  await sharp({ create: { ...sheet, background: '#000' } })
    .composite(tiles)
    .png()
    .toFile(file);
}

async function drawAvatar(avatar: Avatar, size: number, name: string): Promise<void> {
  const shot = frameShot(avatar, 'bust', size);
  const scale = shot.width / shot.viewport.width;
  using renderer = await meshEngine.load(avatar, { ...shot, surround: null, oversampling: 2 });
  /** The part of the frame around two region points. */
  const between = (a: ArrayLike<number>, b: ArrayLike<number>, pad: number): Rect => ({
    x: (a[0]! - pad + avatar.region.x - shot.viewport.x) * scale,
    y: (Math.min(a[1]!, b[1]!) - pad + avatar.region.y - shot.viewport.y) * scale,
    width: (b[0]! - a[0]! + 2 * pad) * scale,
    height: (Math.abs(b[1]! - a[1]!) + 2 * pad) * scale,
  });
  const { seam, width } = avatar.mouth;
  const [right, left] = avatar.eyes;
  const mouth = between(seam, seam.subarray(240), 0.5 * width);
  const eyes = between(right.left, left.right, 0.6 * left.width);
  await drawSheet(renderer, VISEMES, mouth, 3, 4, `${name}-mouth.png`);
  await drawSheet(renderer, EYES, eyes, 3, 3, `${name}-eyes.png`);
  await drawSheet(
    renderer,
    HEADS,
    { x: 0, y: 0, width: shot.width, height: shot.height },
    1,
    4,
    `${name}-head.png`,
  );
}

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: 'out' }, size: { type: 'string', default: '512' } },
  allowPositionals: true,
});
mkdirSync(values.out, { recursive: true });
for (const file of positionals) {
  const avatar = (await loadIfAvatar(file)) ?? (await prepareAvatar(file));
  await drawAvatar(avatar, Number(values.size), `${values.out}/${basename(file).replace(/\.\w+$/, '')}`);
  console.log(file);
}
