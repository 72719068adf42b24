import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareLipRig } from '../../../src/avatar/preparation/index.ts';
import { LoquentError, type TrackedFace, type VideoFrame } from '../../../src/core/index.ts';
import type { LipRenderer } from '../../../src/engines/engine.ts';
import { createLipRenderer, lipEngine } from '../../../src/engines/lip/index.ts';
import { createReferenceWarp } from '../../../src/kernels/warp/index.ts';
import { type Film, motionOf, openFilm, type Shot, SIZE } from './filmed-face.ts';

const SILENCE = motionOf({});
const OPEN = motionOf({ jawOpen: 0.5 });

let film: Film;
let lips: LipRenderer;
beforeAll(async () => {
  film = await openFilm();
  lips = await lipEngine.load(film.rig, { width: SIZE, height: SIZE });
}, 240_000);
afterAll(() => lips[Symbol.dispose]());

function copyOf({ width, height, y, u, v }: VideoFrame): VideoFrame {
  return { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
}

/** Repaints a copy of a shot. */
function repainted({ frame, face }: Shot, motion = SILENCE, by = lips): VideoFrame {
  const copy = copyOf(frame);
  by.repaint(copy, face, motion);
  return copy;
}

/** Mean absolute difference of luma in a box around landmarks, as far beyond them as `pad` mouth widths. */
function difference(
  a: VideoFrame,
  b: VideoFrame,
  { landmarks }: TrackedFace,
  points: number[],
  pad = 0.1,
): number {
  const mouth = Math.hypot(
    landmarks[78 * 3]! - landmarks[308 * 3]!,
    landmarks[78 * 3 + 1]! - landmarks[308 * 3 + 1]!,
  );
  const xs = points.map((point) => landmarks[point * 3]!);
  const ys = points.map((point) => landmarks[point * 3 + 1]!);
  let [sum, count] = [0, 0];
  for (let y = Math.floor(Math.min(...ys) - pad * mouth); y < Math.max(...ys) + pad * mouth; y++) {
    for (let x = Math.floor(Math.min(...xs) - pad * mouth); x < Math.max(...xs) + pad * mouth; x++) {
      sum += Math.abs(a.y[y * a.width + x]! - b.y[y * b.width + x]!);
      count++;
    }
  }
  return sum / count;
}

/** A picture of half the size, as four bytes or one per pixel. */
function halved(data: Uint8Array, side: number, bytes: 1 | 4): Uint8Array {
  const half = side / 2;
  return Uint8Array.from({ length: half * half * bytes }, (_, i) => {
    const p = Math.floor(i / bytes);
    const at = (2 * Math.floor(p / half) * side + 2 * (p % half)) * bytes + (i % bytes);
    return (data[at]! + data[at + bytes]! + data[at + side * bytes]! + data[at + (side + 1) * bytes]!) / 4;
  });
}

const halfFace = (face: TrackedFace): TrackedFace => ({
  ...face,
  landmarks: face.landmarks.map((value) => value / 2),
  seam: face.seam.map((value) => value / 2),
  gap: face.gap / 2,
});

const MOUTH = [61, 291, 0, 17];
const CHIN = [149, 378, 17, 152];
/** Inner and outer edge of the lower lip around its middle. */
const LOWER_LIP = [
  [87, 84],
  [14, 17],
  [317, 314],
] as const;

describe('the lip engine', () => {
  it('leaves every pixel outside the returned part as it was, bit for bit', () => {
    const shot = film.shoot(motionOf({ jawOpen: 0.4 }, { yaw: 0.12, roll: 0.05 }));
    const frame = copyOf(shot.frame);
    const { x, y, width, height } = lips.repaint(
      frame,
      shot.face,
      motionOf({ jawOpen: 0.8, mouthFunnel: 0.4 }),
    );
    expect(width * height).toBeLessThan(0.3 * SIZE * SIZE);
    let changed = 0;
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        const inside = column >= x && column < x + width && row >= y && row < y + height;
        const same = frame.y[row * SIZE + column] === shot.frame.y[row * SIZE + column];
        if (inside) changed += same ? 0 : 1;
        else if (!same) expect.fail(`pixel ${column}, ${row} has changed`);
        const chroma = (row >> 1) * (SIZE / 2) + (column >> 1);
        if (inside) continue;
        expect(frame.u[chroma]).toBe(shot.frame.u[chroma]);
        expect(frame.v[chroma]).toBe(shot.frame.v[chroma]);
      }
    }
    expect(changed).toBeGreaterThan(2000);
  });

  it('has no edge: at the border of what it changes nothing moves', () => {
    const shot = film.shoot(motionOf({}));
    const frame = copyOf(shot.frame);
    const { x, y, width, height } = lips.repaint(frame, shot.face, motionOf({ jawOpen: 0.9 }));
    for (let column = x; column < x + width; column++) {
      for (const row of [y, y + 1, y + height - 1]) {
        expect(Math.abs(frame.y[row * SIZE + column]! - shot.frame.y[row * SIZE + column]!)).toBeLessThan(3);
      }
    }
    for (let row = y; row < y + height; row++) {
      for (const column of [x, x + 1, x + width - 1]) {
        expect(Math.abs(frame.y[row * SIZE + column]! - shot.frame.y[row * SIZE + column]!)).toBeLessThan(3);
      }
    }
  });

  it('leaves a silent mouth that is asked to be silent as it is', () => {
    const shot = film.shoot(motionOf({}, { yaw: 0.05, x: 0.02 }));
    const after = repainted(shot);
    expect(difference(after, shot.frame, shot.face, MOUTH)).toBeLessThan(0.8);
    expect(difference(after, shot.frame, shot.face, CHIN)).toBeLessThan(0.5);
  });

  it.each([
    ['an open jaw', motionOf({ jawOpen: 0.6 })],
    ['a small opening', motionOf({ jawOpen: 0.15 })],
    [
      'teeth',
      motionOf({
        jawOpen: 0.2,
        mouthUpperUpLeft: 0.7,
        mouthUpperUpRight: 0.7,
        mouthStretchLeft: 0.4,
        mouthStretchRight: 0.4,
      }),
    ],
    ['a turned head', motionOf({ jawOpen: 0.5 }, { yaw: -0.15, pitch: 0.08 })],
  ])('closes %s of the footage', (_, motion) => {
    const shot = film.shoot(motion);
    const truth = film.shoot({ ...motion, weights: SILENCE.weights });
    const after = repainted(shot);
    expect(lips.lipGap).toBe(0);
    const before = difference(shot.frame, truth.frame, shot.face, MOUTH);
    const left = difference(after, truth.frame, shot.face, MOUTH);
    expect(left).toBeLessThan(0.5 * before);
    // the chin goes back to where it is with closed lips
    const chinBefore = difference(shot.frame, truth.frame, truth.face, CHIN);
    expect(difference(after, truth.frame, truth.face, CHIN)).toBeLessThan(0.5 * chinBefore + 0.5);
  });

  it('lets nothing of the talking through: silence is the same whatever the footage says', () => {
    const said = [0.15, 0.3, 0.45, 0.6].map((jawOpen) => film.shoot(motionOf({ jawOpen })));
    const silent = said.map((shot) => repainted(shot));
    for (let i = 1; i < said.length; i++) {
      const { face } = said[i]!;
      const leak = difference(silent[i]!, silent[i - 1]!, face, MOUTH);
      expect(leak).toBeLessThan(0.35 * difference(said[i]!.frame, said[i - 1]!.frame, face, MOUTH));
    }
  });

  it('opens a closed mouth as far as it is told', () => {
    const shot = film.shoot(motionOf({}));
    let last = 0;
    for (const jawOpen of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      const after = repainted(shot, motionOf({ jawOpen }));
      if (jawOpen === 0) expect(lips.lipGap).toBe(0);
      else expect(lips.lipGap).toBeGreaterThan(last + 1);
      last = lips.lipGap;
      if (jawOpen < 0.4) continue;
      const truth = film.shoot(motionOf({ jawOpen }));
      const wrong = difference(shot.frame, truth.frame, truth.face, MOUTH);
      expect(difference(after, truth.frame, truth.face, MOUTH)).toBeLessThan(0.5 * wrong);
    }
  });

  it('depends on nothing but the frame: any order gives the same bytes', () => {
    const shots = [0, 0.3, 0.7].map((jawOpen) => film.shoot(motionOf({ jawOpen }, { yaw: jawOpen / 8 })));
    const forwards = shots.map((shot) => repainted(shot, OPEN));
    const backwards = shots
      .toReversed()
      .map((shot) => repainted(shot, OPEN))
      .toReversed();
    forwards.forEach((frame, i) => {
      expect(Buffer.compare(frame.y, backwards[i]!.y)).toBe(0);
      expect(Buffer.compare(frame.u, backwards[i]!.u)).toBe(0);
      expect(Buffer.compare(frame.v, backwards[i]!.v)).toBe(0);
    });
  });

  it('leaves a hidden face alone and fades softly as it becomes hidden', () => {
    const { frame, face } = film.shoot(motionOf({ jawOpen: 0.5 }));
    const seen = (visibility: number) => repainted({ frame, face: { ...face, visibility } });
    expect(Buffer.compare(seen(0).y, frame.y)).toBe(0);
    const [whole, half] = [seen(1), seen(0.5)];
    whole.y.forEach((value, i) => {
      expect(Math.abs(half.y[i]! - (value + frame.y[i]!) / 2)).toBeLessThanOrEqual(1);
    });
  });

  it('paints the same with the plain kernel as with the compiled one', async () => {
    const plain = await createLipRenderer(film.rig, { width: SIZE, height: SIZE }, createReferenceWarp);
    const shot = film.shoot(motionOf({ jawOpen: 0.3 }, { roll: 0.04 }));
    const [a, b] = [repainted(shot, OPEN), repainted(shot, OPEN, plain)];
    let apart = 0;
    a.y.forEach((value, i) => {
      if (Math.abs(value - b.y[i]!) > 4) apart++;
    });
    expect(apart).toBeLessThan(40);
    plain[Symbol.dispose]();
  });

  it('bears all weights at 1, at 2, far outside and not numbers', () => {
    const shot = film.shoot(motionOf({}));
    for (const weight of [1, 2, -50, 1e9, Number.NaN]) {
      const motion = motionOf({});
      motion.weights.fill(weight);
      expect(() => repainted(shot, { ...motion, tongueUp: weight })).not.toThrow();
      expect(lips.lipGap).toBeGreaterThanOrEqual(0);
      expect(lips.lipGap).toBeLessThan(SIZE / 2);
    }
  });

  it('bears faces that leave the frame', () => {
    const { frame, face } = film.shoot(motionOf({ jawOpen: 0.4 }));
    for (const [dx, dy] of [
      [0, 130],
      [250, 0],
      [-250, -200],
      [2000, 0],
    ] as const) {
      const landmarks = face.landmarks.map((value, i) => value + (i % 3 === 0 ? dx : i % 3 === 1 ? dy : 0));
      const seam = face.seam.map((value, i) => value + (i % 2 === 0 ? dx : dy));
      const rect = lips.repaint(copyOf(frame), { ...face, landmarks, seam }, OPEN);
      expect(rect.x + rect.width).toBeLessThanOrEqual(SIZE);
      expect(rect.y + rect.height).toBeLessThanOrEqual(SIZE);
    }
  });

  it('refuses frames of another size, impossible sizes, and to paint after it was disposed', async () => {
    const { frame, face } = film.shoot(motionOf({}));
    const small = { ...frame, width: SIZE / 2 };
    expect(() => lips.repaint(small, face, SILENCE)).toThrow(LoquentError);
    await expect(lipEngine.load(film.rig, { width: 101, height: 100 })).rejects.toThrow(LoquentError);
    await expect(lipEngine.load(film.rig, { width: 5000, height: 100 })).rejects.toThrow(LoquentError);
    const other = await lipEngine.load(film.rig, { width: SIZE, height: SIZE });
    other[Symbol.dispose]();
    expect(() => other.repaint(copyOf(frame), face, SILENCE)).toThrow('disposed');
  });

  it('paints the teeth that the footage shows, and dim ones that end higher where it shows none', async () => {
    expect(film.rig.mouth.teeth).not.toBeNull();
    const unseen = await prepareLipRig({ ...film.identity, teeth: null });
    const closed = await prepareLipRig({ ...film.identity, teeth: film.identity.portrait });
    for (const { mouth, colours } of [unseen, closed]) {
      expect(mouth.teeth).toBeNull();
      expect(mouth.teethEdge).toBeLessThan(film.rig.mouth.teethEdge);
      expect(colours.teeth[1]).toBeLessThan(0.9 * film.rig.colours.teeth[1]);
    }
  });

  it('lets no more light fall on teeth than the footage shows where lips are parted as in speech', async () => {
    const { mouth } = film.rig;
    expect(mouth.teethLight).toBe(1);
    const dim = await prepareLipRig({ ...film.identity, mouthLight: 0.5 });
    expect(dim.mouth.teethLight).toBeLessThan(0.75);
    const bright = await prepareLipRig({ ...film.identity, mouthLight: 3 });
    expect(bright.mouth.teethLight).toBe(1);
    using darker = await lipEngine.load(dim, { width: SIZE, height: SIZE });
    const shot = film.shoot(SILENCE);
    const smile = motionOf({ jawOpen: 0.3, mouthUpperUpLeft: 0.6, mouthUpperUpRight: 0.6 });
    const brightest = ({ y }: VideoFrame) => {
      const { landmarks } = shot.face;
      let most = 0;
      for (let row = Math.floor(landmarks[13 * 3 + 1]! - 6); row < landmarks[14 * 3 + 1]! + 10; row++) {
        for (let x = Math.floor(landmarks[81 * 3]!); x < landmarks[311 * 3]!; x++)
          most = Math.max(most, y[row * SIZE + x]!);
      }
      return most;
    };
    expect(brightest(repainted(shot, smile, darker))).toBeLessThan(brightest(repainted(shot, smile)) - 20);
  });

  it('shuts the small lips of a smile without the colour of its teeth on them', async () => {
    const side = SIZE / 2;
    const { picture, face: smile } = film.identity.teeth!;
    const portrait = {
      picture: { width: side, height: side, data: halved(picture.data, SIZE, 4) },
      face: halfFace(smile),
    };
    const rig = await prepareLipRig({
      ...film.identity,
      rest: halfFace(film.identity.rest),
      portrait,
      teeth: null,
    });
    using smiling = await lipEngine.load(rig, { width: side, height: side });
    const shot = film.shoot(motionOf({}));
    const frame = {
      width: side,
      height: side,
      y: halved(shot.frame.y, SIZE, 1),
      u: halved(shot.frame.u, side, 1),
      v: halved(shot.frame.v, side, 1),
    };
    const face = halfFace(shot.face);
    const shut = repainted({ frame, face }, SILENCE, smiling);
    /** Mean redness of the lower lip in its middle, at a share of its thickness below the line of contact. */
    const rednessAt = (share: number): number => {
      let sum = 0;
      for (const [inner, outer] of LOWER_LIP) {
        const [x, y] = [0, 1].map((k) => {
          const from = face.landmarks[inner * 3 + k]!;
          return from + share * (face.landmarks[outer * 3 + k]! - from);
        }) as [number, number];
        sum += shut.v[Math.floor(y / 2) * (side / 2) + Math.floor(x / 2)]! - 128;
      }
      return sum / LOWER_LIP.length;
    };
    expect(rednessAt(0.2)).toBeGreaterThan(0.91 * rednessAt(0.6));
  });

  it('gives pressed lips the shape that they have at rest', () => {
    const pressed = { mouthPressLeft: 1, mouthPressRight: 1, mouthRollLower: 0.6, mouthRollUpper: 0.6 };
    const shot = film.shoot(motionOf(pressed));
    const rest = film.shoot(motionOf({}));
    const left = difference(repainted(shot), rest.frame, shot.face, MOUTH);
    expect(left).toBeLessThan(0.35 * difference(shot.frame, rest.frame, shot.face, MOUTH));
  });

  it('draws the lips in the light of the frame, also where it changes across the mouth', () => {
    const { frame, face } = film.shoot(motionOf({ jawOpen: 0.5 }));
    const truth = film.shoot(motionOf({}));
    for (const light of [(x: number) => 0.6 + 0.2 * x, (x: number) => 1.1 - 0.5 * x]) {
      const lit = ({ width, height, y, u, v }: VideoFrame): VideoFrame => ({
        width,
        height,
        y: y.map((value, i) => 16 + (value - 16) * light((i % SIZE) / SIZE)),
        u: u.map((value, i) => 128 + (value - 128) * light((i % (SIZE / 2)) / (SIZE / 2))),
        v: v.map((value, i) => 128 + (value - 128) * light((i % (SIZE / 2)) / (SIZE / 2))),
      });
      const after = repainted({ frame: lit(frame), face });
      expect(difference(after, lit(truth.frame), truth.face, MOUTH, 0)).toBeLessThan(3.5);
    }
  });
});
