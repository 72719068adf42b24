/** The corners of the mouth, on a picture whose lips end in a dark, noisy line: where flecks would show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  type Blendshape,
  neutralMotion,
  seconds,
} from '../../../src/core/index.ts';
import type { MotionRenderer } from '../../../src/engines/engine.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { builtAva, posed } from '../../avatar/test-faces.ts';

type Weights = Partial<Record<Blendshape, number>>;
const both = (name: string, weight: number): Weights => ({
  [`${name}Left`]: weight,
  [`${name}Right`]: weight,
});

const SHAPES: Readonly<Record<string, Weights>> = {
  ajar: { jawOpen: 0.15 },
  open: { jawOpen: 0.45 },
  wide: { jawOpen: 0.8 },
  spread: { jawOpen: 0.2, ...both('mouthStretch', 0.6), ...both('mouthLowerDown', 0.4) },
  round: { jawOpen: 0.3, mouthFunnel: 0.7 },
  pursed: { jawOpen: 0.1, mouthPucker: 0.8 },
  smiling: { jawOpen: 0.3, ...both('mouthSmile', 0.8) },
  askew: { jawOpen: 0.3, mouthSmileLeft: 0.7, mouthLowerDownRight: 0.5 },
  rolled: { ...both('mouthPress', 0.6), mouthRollLower: 0.5, mouthRollUpper: 0.4 },
};

let avatar: Avatar;
let renderer: MotionRenderer;
beforeAll(async () => {
  avatar = await builtAva();
  const { width, height } = avatar.region;
  const viewport = { x: avatar.region.x, y: avatar.region.y, width, height };
  renderer = await meshEngine.load(avatar, { width, height, viewport, surround: null, oversampling: 2 });
}, 60_000);
afterAll(() => {
  renderer[Symbol.dispose]();
});

function draw(weights: Weights): Uint8Array {
  const motion = neutralMotion(seconds(0));
  for (const [name, weight] of Object.entries(weights))
    motion.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
  return renderer.render(motion, 0).data.slice();
}

/** Luminances of the pixels in an ellipse around a corner; `beyond` keeps only those outside the mouth. */
function around(data: Uint8Array, weights: Weights, end: 'left' | 'right', beyond: boolean): number[] {
  const vertex = avatar.mouth.innerUpper.at(end === 'left' ? 0 : -1)!;
  const positions = posed(avatar, weights);
  const [cx, cy] = [positions[vertex * 3]!, positions[vertex * 3 + 1]!];
  const cm = avatar.rig.pixelsPerCm;
  const outwards = end === 'left' ? -1 : 1;
  const found: number[] = [];
  for (let y = Math.ceil(cy - 0.5 * cm); y < cy + 0.5 * cm; y++) {
    for (let x = Math.ceil(cx - 0.5 * cm); x < cx + 0.5 * cm; x++) {
      const [dx, dy] = [(x + 0.5 - cx) / cm, (y + 0.5 - cy) / cm];
      if (Math.hypot(dx, dy) > 0.5 || (beyond && dx * outwards < 0.1)) continue;
      const p = (y * renderer.width + x) * 4;
      found.push(0.3 * data[p]! + 0.59 * data[p + 1]! + 0.11 * data[p + 2]!);
    }
  }
  return found;
}

/** How many square centimetres around a corner are dark, though they are neither inside the mouth nor at its edge. */
function darkBesideOpening(data: Uint8Array, weights: Weights, end: 'left' | 'right'): number {
  const { innerUpper, innerLower } = avatar.mouth;
  const positions = posed(avatar, weights);
  const outline = [...innerUpper, ...[...innerLower].reverse()].map((v) => [
    positions[v * 3]!,
    positions[v * 3 + 1]!,
  ]);
  const corner = outline[end === 'left' ? 0 : innerUpper.length - 1]!;
  const cm = avatar.rig.pixelsPerCm;
  const skin = around(data, weights, end, true).sort((a, b) => a - b);
  const darkest = 0.65 * skin[skin.length >> 1]!;
  let dark = 0;
  for (let y = Math.ceil(corner[1]! - cm); y < corner[1]! + cm; y++) {
    for (let x = Math.ceil(corner[0]! - cm); x < corner[0]! + cm; x++) {
      const p = (y * renderer.width + x) * 4;
      const light = 0.3 * data[p]! + 0.59 * data[p + 1]! + 0.11 * data[p + 2]!;
      if (light < darkest && distance(x + 0.5, y + 0.5, outline) > 0.1 * cm) dark++;
    }
  }
  return dark / cm ** 2;
}

/** Distance of a point from a closed outline, 0 inside it. */
function distance(x: number, y: number, outline: readonly (readonly number[])[]): number {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  outline.forEach(([ax, ay], i) => {
    const [bx, by] = outline[(i + 1) % outline.length] as [number, number];
    if (ay! > y !== by > y && x < ax! + ((y - ay!) / (by - ay!)) * (bx - ax!)) inside = !inside;
    const [dx, dy] = [bx - ax!, by - ay!];
    const t = Math.min(1, Math.max(0, ((x - ax!) * dx + (y - ay!) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(x - ax! - t * dx, y - ay! - t * dy));
  });
  return inside ? 0 : nearest;
}

describe('corners of the mouth', () => {
  it.each(Object.entries(SHAPES))('show no speck when the mouth is %s', (_, weights) => {
    const [rest, moved] = [draw({}), draw(weights)];
    for (const end of ['left', 'right'] as const) {
      const [skin, now] = [around(rest, {}, end, true), around(moved, weights, end, true)];
      expect(Math.max(...now)).toBeLessThan(Math.max(...skin) + 8);
      expect(Math.min(...now)).toBeGreaterThan(Math.min(...skin) - 12);
      const [face, all] = [around(rest, {}, end, false), around(moved, weights, end, false)];
      expect(Math.max(...all)).toBeLessThan(Math.max(...face) + 10);
    }
  });

  it.each(['left', 'right'] as const)(
    '%s: leave no dark of the seam on the lips beside the opening',
    (end) => {
      const weights = { jawOpen: 0.8 };
      const rest = darkBesideOpening(draw({}), {}, end);
      expect(rest).toBeGreaterThan(0.01);
      expect(darkBesideOpening(draw(weights), weights, end)).toBeLessThan(0.25 * rest);
    },
  );

  it('are exactly as in the photo while the lips are closed', () => {
    const rest = draw({});
    expect(draw({ jawOpen: 0, mouthClose: 0 })).toEqual(rest);
  });
});
