import { LOOK_LENGTH, POSE_LENGTH } from '../../src/core/index.ts';
import type { ClipToCut } from '../../src/editing/index.ts';

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** Smooth noise: the sum of three slow waves. */
function waves(random: () => number, slowest: number): (time: number) => number {
  const parts = [1, 0.5, 0.25].map((size) => ({
    size,
    rate: (2 * Math.PI * (0.6 + random())) / (slowest * size),
    phase: random() * 2 * Math.PI,
  }));
  return (time) =>
    parts.reduce((sum, { size, rate, phase }) => sum + size * Math.sin(time * rate + phase), 0);
}

export interface MadeUp {
  readonly seed: number;
  readonly seconds: number;
  readonly fps: number;
  /** How much the head moves; 1 is a lively speaker. */
  readonly lively?: number;
  /** Frames before which the scene changes. */
  readonly cuts?: readonly number[];
  /** Frames in which no face is seen. */
  readonly unseen?: readonly [from: number, to: number];
}

/** A person who moves, blinks and gesticulates now and then. */
export function madeUpClip({ seed, seconds, fps, lively = 1, cuts = [], unseen }: MadeUp): ClipToCut {
  const random = randomFrom(seed * 7919 + 17);
  const count = Math.round(seconds * fps);
  const pose = new Float32Array(count * POSE_LENGTH);
  const moves = [0.02, 0.01, 0.01, 0.06, 0.04, 0.03].map((size) => ({
    size,
    wave: waves(random, 4 + 3 * random()),
  }));
  const look = new Uint8Array(count * LOOK_LENGTH);
  const bodyMotion = new Uint8Array(count);
  const mouth = new Uint8Array(count);
  const eyes = new Uint8Array(count);
  const gestures = Array.from({ length: Math.ceil(seconds / 5) }, () => ({
    at: random() * seconds,
    hand: random(),
  }));
  const talking = waves(random, 0.5);
  const scenes = [0, ...cuts];
  for (let frame = 0; frame < count; frame += 1) {
    const time = frame / fps;
    const scene = scenes.findLastIndex((cut) => cut <= frame);
    moves.forEach(({ size, wave }, k) => {
      pose[frame * POSE_LENGTH + k] = lively * size * wave(time) + (k < 2 ? 1 + scene : 0);
    });
    let raised = 0;
    for (const { at, hand } of gestures) {
      const near = Math.max(0, 1 - Math.abs(time - at) / 0.8);
      raised = Math.max(raised, near * (0.5 + hand));
      if (near > 0 && near < 0.9) bodyMotion[frame] = 160;
    }
    bodyMotion[frame] = Math.max(bodyMotion[frame]!, 20 + 6 * random());
    mouth[frame] = Math.max(0, 40 * talking(time));
    eyes[frame] = time % 3.1 < 0.15 ? 8 : 80;
    for (let k = 0; k < LOOK_LENGTH; k += 1) {
      look[frame * LOOK_LENGTH + k] = 90 + 3 * k + 20 * scene + (k % 6 === 4 ? 40 * raised : 0) + random();
    }
  }
  const seen = new Uint8Array(count).fill(1);
  if (unseen) seen.fill(0, ...unseen);
  const cut = new Uint8Array(count);
  for (const frame of scenes) cut[frame] = 1;
  return { fps, frameCount: count, summary: { pose, bodyMotion, mouth, eyes, look, seen, cut } };
}
