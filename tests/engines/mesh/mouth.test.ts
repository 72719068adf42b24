import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Avatar,
  type AvatarTeeth,
  BLENDSHAPE_INDEX,
  type Blendshape,
  neutralMotion,
  seconds,
} from '../../../src/core/index.ts';
import type { MotionRenderer, View } from '../../../src/engines/engine.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { drawFace } from './drawn-face.ts';

/** Output pixels per pixel of the drawn picture: teeth a few pixels high. */
const ZOOM = 2;

let avatar: Avatar;
let view: View;
let renderer: MotionRenderer;
beforeAll(async () => {
  const face = await drawFace();
  avatar = face.avatar;
  const { width, height } = face.picture;
  const viewport = { x: 0, y: 0, width, height };
  view = { width: width * ZOOM, height: height * ZOOM, viewport, surround: null, oversampling: 2 };
  renderer = await meshEngine.load(avatar, view);
}, 30_000);
afterAll(() => {
  renderer[Symbol.dispose]();
});

interface Look {
  readonly tongueUp?: number;
  readonly by?: MotionRenderer;
}

/** The colours in the mouth's middle, or beside it, from the upper lip down in steps of 0.02 cm. */
function column(weights: Partial<Record<Blendshape, number>>, look: Look = {}, beside = 0) {
  const frame = neutralMotion(seconds(0));
  for (const [name, weight] of Object.entries(weights))
    frame.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
  const { data } = (look.by ?? renderer).render({ ...frame, tongueUp: look.tongueUp ?? 0 }, 0);
  const { region, mouth, rig } = avatar;
  const colours: { y: number; r: number; g: number; b: number; light: number }[] = [];
  for (let y = -0.4; y < 2.4; y += 0.02) {
    const px = Math.floor((region.x + mouth.seam[120]! + beside * rig.pixelsPerCm) * ZOOM);
    const py = Math.floor((region.y + mouth.seam[121]! + y * rig.pixelsPerCm) * ZOOM);
    const p = (py * view.width + px) * 4;
    const [r, g, b] = [data[p]!, data[p + 1]!, data[p + 2]!];
    colours.push({ y, r, g, b, light: 0.3 * r + 0.59 * g + 0.11 * b });
  }
  return colours;
}

const redness = ({ r, g, b }: { r: number; g: number; b: number }) => (r - g) / (r + g + b);
/** How many centimetres of a column show teeth: bright and hardly red. */
const teeth = (colours: ReturnType<typeof column>) =>
  0.02 * colours.filter((c) => redness(c) < 0.07 && c.light > 90).length;
/** Centimetres of the dark. */
const dark = (colours: ReturnType<typeof column>) => 0.02 * colours.filter((c) => c.light < 60).length;

describe('teeth', () => {
  it('do not show through closed lips, whatever the jaw does behind them', () => {
    for (const weights of [{}, { jawOpen: 0.6, mouthClose: 0.6 }, { mouthPressLeft: 1, mouthPressRight: 1 }])
      expect(teeth(column(weights, {}, 0.3))).toBe(0);
  });

  it('of the upper row stay with the skull while the jaw opens', () => {
    const edges: number[] = [];
    for (const jawOpen of [0.5, 0.7, 0.9]) {
      const colours = column({ jawOpen }, {}, 0.3);
      const upper = colours.filter((c) => c.y < 0.7 && redness(c) < 0.07 && c.light > 90);
      expect(upper.length * 0.02).toBeGreaterThan(0.1);
      edges.push(upper.at(-1)!.y);
    }
    expect(Math.max(...edges) - Math.min(...edges)).toBeLessThan(0.07);
    expect(edges[0]).toBeCloseTo(avatar.mouth.teethEdge, 0);
  });

  it('of the lower row go down with the jaw, under the tongue and over the lip', () => {
    const lower = (jawOpen: number) => {
      const weights = { jawOpen, mouthLowerDownLeft: 0.6, mouthLowerDownRight: 0.6 };
      const colours = column(weights, {}, 0.25);
      return colours.filter((c) => c.y > 0.7 && redness(c) < 0.09 && c.light > 80).map((c) => c.y);
    };
    const [some, wide] = [lower(0.7), lower(1)];
    expect(some.length).toBeGreaterThan(3);
    expect(wide.length).toBeGreaterThan(3);
    expect(wide[0]! - some[0]!).toBeGreaterThan(0.2);
  });

  it('of the upper row are light on a lower lip that is drawn in under them', () => {
    // the same narrow opening in both: what the lower lip gives by rolling, the jaw takes
    const shown = (weights: Partial<Record<Blendshape, number>>) => {
      const inside = column(weights, {}, 0.3).filter((c) => c.y > -0.1 && c.y < 0.4 && redness(c) < 0.1);
      return { height: inside.length, light: Math.max(0, ...inside.map((c) => c.light)) };
    };
    const [ajar, tucked] = [shown({ jawOpen: 0.2 }), shown({ jawOpen: 0.3, mouthRollLower: 0.7 })];
    expect(Math.abs(ajar.height - tucked.height)).toBeLessThan(5);
    expect(tucked.light).toBeGreaterThan(1.25 * ajar.light);
  });

  it('of the lower row hide behind lips that are rounded', () => {
    const lower = (weights: Partial<Record<Blendshape, number>>) =>
      column(weights, {}, 0.25).filter((c) => c.y > 0.7 && redness(c) < 0.09 && c.light > 60).length;
    const shape = { jawOpen: 0.6, mouthLowerDownLeft: 0.4, mouthLowerDownRight: 0.4 };
    expect(lower(shape)).toBeGreaterThan(4);
    expect(lower({ ...shape, mouthFunnel: 0.8 })).toBeLessThan(lower(shape) - 3);
  });

  it('are parted by fine lines, and darken towards the corners', () => {
    const smile = { jawOpen: 0.3, mouthUpperUpLeft: 1, mouthUpperUpRight: 1 };
    const at = (x: number) =>
      Math.max(
        ...column(smile, {}, x)
          .slice(10, 40)
          .map((c) => c.light),
      );
    const [incisor, next, canine] = [at(0.42), at(1.15), at(1.7)];
    expect(incisor).toBeGreaterThan(next * 0.98);
    expect(next).toBeGreaterThan(canine);
    const bright = (x: number) => column(smile, {}, x).find((c) => c.y > 0.15)!.light;
    expect(bright(0)).toBeLessThan(0.93 * bright(0.35));
  });

  it('lie in the shadow that lies on the lips', async () => {
    const foreground = avatar.layers.foreground.slice();
    const edge = Math.round(avatar.mouth.seam[120]!);
    for (let at = 0; at < foreground.length; at++)
      if ((at >> 2) % avatar.region.width > edge && (at & 3) !== 3) foreground[at]! *= 0.55;
    using shaded = await meshEngine.load({ ...avatar, layers: { ...avatar.layers, foreground } }, view);
    const light = (by: MotionRenderer, x: number) =>
      Math.max(
        ...column({ jawOpen: 0.5 }, { by }, x)
          .filter((c) => redness(c) < 0.09)
          .map((c) => c.light),
      );
    expect(light(renderer, 1.15) / light(renderer, -1.15)).toBeCloseTo(1, 1);
    expect(light(shaded, 1.15)).toBeLessThan(0.8 * light(shaded, -1.15));
  });

  it("are the person's own where a photo shows them", async () => {
    const own = ownTeeth([90, 130, 200]);
    using person = await meshEngine.load({ ...avatar, mouth: { ...avatar.mouth, teeth: own } }, view);
    const colours = column({ jawOpen: 0.6 }, { by: person }, 0.3);
    const blue = colours.filter((c) => c.b > 1.15 * c.r);
    expect(blue.length * 0.02).toBeGreaterThan(0.1);
    expect(blue.every((c) => c.y < avatar.mouth.teethEdge + 0.1)).toBe(true);
    expect(column({}, { by: person }, 0.3).some((c) => c.b > c.r)).toBe(false);
  });
});

describe('the tongue', () => {
  const flesh = (colours: ReturnType<typeof column>, from: number, to: number) =>
    0.02 * colours.filter((c) => c.y > from && c.y < to && redness(c) > 0.09 && c.light > 55).length;

  it('lies at the bottom of an open mouth, and the back of the mouth is dark', () => {
    const colours = column({ jawOpen: 0.9 });
    expect(dark(colours)).toBeGreaterThan(0.15);
    expect(flesh(colours, 0.6, 1.3)).toBeGreaterThan(0.25);
  });

  it('is seen under the upper teeth for l', () => {
    const [rest, raised] = [column({ jawOpen: 0.5 }), column({ jawOpen: 0.5 }, { tongueUp: 1 })];
    expect(flesh(raised, 0.3, 0.6)).toBeGreaterThan(flesh(rest, 0.3, 0.6) + 0.08);
  });

  it('is seen between the teeth for th', () => {
    const [rest, out] = [column({ jawOpen: 0.25 }), column({ jawOpen: 0.25, tongueOut: 0.5 })];
    expect(teeth(rest)).toBeGreaterThan(teeth(out) + 0.06);
    expect(flesh(out, 0.1, 0.36)).toBeGreaterThan(flesh(rest, 0.1, 0.36) + 0.06);
  });
});

/** A plate of one colour from 0.6 cm above the edge of the teeth down to it. */
function ownTeeth(colour: readonly [number, number, number]): AvatarTeeth {
  const [width, height, perCm] = [96, 48, 24];
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at++) {
    const y = Math.floor(at / width) / perCm - 1;
    if (y <= avatar.mouth.teethEdge && y > avatar.mouth.teethEdge - 0.6) pixels.set([...colour, 255], at * 4);
  }
  return { width, height, perCm, left: -2, top: -1, pixels };
}
