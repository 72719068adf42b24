/** Parts of the instrument that look at pictures and at the mesh. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FoldMeter } from '../../eval/quality/folding.ts';
import { figuresOf } from '../../eval/quality/movement.ts';
import { Observer } from '../../eval/quality/observe.ts';
import { createFaceAnalyser, type FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import { frameShot } from '../../src/compose/framing.ts';
import {
  BLENDSHAPE_INDEX,
  type MotionFrame,
  neutralMotion,
  type Picture,
  seconds,
} from '../../src/core/index.ts';
import { readImage, scalePicture } from '../../src/media/image.ts';
import { Chance } from '../../src/motion/chance.ts';
import { drawFace } from '../engines/mesh/drawn-face.ts';

describe('the fold meter', () => {
  it('counts nothing at rest, and what a broken shape turns over', async () => {
    const { avatar } = await drawFace();
    const view = { ...frameShot(avatar, 'bust', 256), surround: null, oversampling: 1 };
    const open: MotionFrame = neutralMotion(seconds(0));
    open.weights[BLENDSHAPE_INDEX.browInnerUp] = 1;
    const meter = new FoldMeter(avatar, view);
    expect(meter.measure(neutralMotion(seconds(0)))).toBe(0);
    const whole = meter.measure(open);
    const brows = avatar.shapes.browInnerUp!;
    const far = { ...brows, deltas: brows.deltas.map((delta) => 30 * delta) };
    const broken = { ...avatar, shapes: { ...avatar.shapes, browInnerUp: far } };
    expect(new FoldMeter(broken, view).measure(open)).toBeGreaterThan(whole + 0.005);
  });
});

describe('the observer', () => {
  let analyser: FaceAnalyser;
  let portrait: Picture;

  beforeAll(async () => {
    analyser = await createFaceAnalyser();
    const path = fileURLToPath(new URL('../../demo/portraits/sam.png', import.meta.url));
    portrait = await scalePicture((await readImage(path)).picture, 360, 360);
  });
  afterAll(() => analyser[Symbol.asyncDispose]());

  /** Jitter of the portrait moved to a place in each of some frames, whole pixels. */
  async function jitterOf(place: (frame: number) => readonly [x: number, y: number]): Promise<number> {
    const observer = new Observer(analyser);
    for (let frame = 0; frame < 16; frame++) {
      const [x, y] = place(frame);
      await observer.push(moved(portrait, x, y), new AbortController().signal);
    }
    return figuresOf(observer.result).figures.jitter!;
  }

  it('finds the tremble of a face again, and little in one that glides', async () => {
    const chance = new Chance(1, 'tremble');
    const shaken = await jitterOf((frame) => [
      40 + Math.round(2 * chance.normal(2 * frame)),
      40 + Math.round(2 * chance.normal(2 * frame + 1)),
    ]);
    const gliding = await jitterOf((frame) => [40 + frame, 40]);
    expect(gliding).toBeLessThan(0.006);
    expect(shaken).toBeGreaterThan(5 * gliding);
  });
});

/** A picture within a larger grey one. */
function moved({ width, height, data }: Picture, x: number, y: number): Picture {
  const side = width + 80;
  const larger = new Uint8Array(side * side * 4).fill(128);
  for (let row = 0; row < height; row++) {
    larger.set(data.subarray(row * width * 4, (row + 1) * width * 4), ((y + row) * side + x) * 4);
  }
  return { width: side, height: side, data: larger };
}
