import { beforeAll, describe, expect, it } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  type MotionFrame,
  neutralMotion,
  seconds,
} from '../../../src/core/index.ts';
import type { MotionRenderer, View } from '../../../src/engines/engine.ts';
import { createMeshRenderer, meshEngine } from '../../../src/engines/mesh/index.ts';
import { createReferenceRaster } from '../../../src/kernels/raster/index.ts';
import { resampleReference } from '../../../src/kernels/resample/index.ts';
import { type DrawnFace, drawFace, isPerson } from './drawn-face.ts';

type Weights = Partial<Record<Blendshape, number>>;
interface Change {
  readonly weights?: Weights;
  readonly head?: Partial<Record<keyof MotionFrame['head'], number>>;
  readonly gaze?: { readonly yaw?: number; readonly pitch?: number };
  readonly breath?: number;
}

function motion({ weights = {}, head = {}, gaze = {}, breath = 0 }: Change = {}): MotionFrame {
  const frame = neutralMotion(seconds(0.5));
  for (const [name, weight] of Object.entries(weights)) {
    frame.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
  }
  const moved = { head: { ...frame.head, ...head }, gaze: { ...frame.gaze, ...gaze } };
  return { ...frame, ...moved, breath } as MotionFrame;
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

let face: DrawnFace;
let whole: View;
beforeAll(async () => {
  face = await drawFace();
  const { width, height } = face.picture;
  whole = { width, height, viewport: { x: 0, y: 0, width, height }, surround: null, oversampling: 2 };
}, 30_000);

/** A copy of one frame. */
async function draw(change: Change = {}, view = whole): Promise<Uint8Array> {
  using renderer = await meshEngine.load(face.avatar, view);
  return renderer.render(motion(change), 0).data.slice();
}

function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.length + 1e-9));
}

/** Mean position of the pixels that `matches`, inside a box of landmarks. */
function centroid(
  data: Uint8Array,
  box: readonly number[],
  matches: (r: number, g: number, b: number) => boolean,
) {
  const [left, top, right, bottom] = box as [number, number, number, number];
  let [x, y, n] = [0, 0, 0];
  for (let row = Math.floor(top); row < bottom; row++) {
    for (let column = Math.floor(left); column < right; column++) {
      const p = (row * whole.width + column) * 4;
      if (!matches(data[p]!, data[p + 1]!, data[p + 2]!)) continue;
      x += column;
      y += row;
      n++;
    }
  }
  return { x: x / n, y: y / n, count: n };
}

const point = (v: number) => [face.landmarks[v * 3]!, face.landmarks[v * 3 + 1]!] as const;
const around = (vertices: readonly number[], pad: number) => {
  const points = vertices.map(point);
  return [
    Math.min(...points.map((p) => p[0])) - pad,
    Math.min(...points.map((p) => p[1])) - pad,
    Math.max(...points.map((p) => p[0])) + pad,
    Math.max(...points.map((p) => p[1])) + pad,
  ];
};
const isLip = (r: number, g: number) => r > 130 && r - g > 65;
const RIGHT_EYE = [33, 133, 159, 145];
const MOUTH = [61, 291, 0, 17];

describe('the photo at rest', () => {
  it('is reproduced by a neutral frame', async () => {
    expect(psnr(await draw(), face.picture.data)).toBeGreaterThan(36);
  });

  it('is opaque everywhere', async () => {
    const data = await draw({ weights: { jawOpen: 1 }, head: { yaw: 0.1 } });
    for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) throw new Error(`alpha ${data[i]} at ${i}`);
  });

  it('keeps the background bit for bit, however the person moves', async () => {
    const frames = [
      await draw({ head: { yaw: 0.1, roll: 0.05 } }),
      await draw({ head: { pitch: -0.1, x: 0.03 }, weights: { jawOpen: 1 }, breath: 1 }),
    ];
    const { width, height } = face.picture;
    let compared = 0;
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x += 2) {
        const near = [-36, 0, 36].some((dx) => [-36, 0, 36].some((dy) => isPerson(x + dx, y + dy)));
        if (near) continue;
        compared++;
        const p = (y * width + x) * 4;
        for (let k = 0; k < 3; k++) expect(frames[1]![p + k]).toBe(frames[0]![p + k]);
      }
    }
    expect(compared).toBeGreaterThan(5000);
  });

  it('comes back exactly after any other frame', async () => {
    using renderer = await meshEngine.load(face.avatar, whole);
    const first = renderer.render(motion(), 0).data.slice();
    renderer.render(
      motion({ weights: { jawOpen: 1, eyeBlinkLeft: 1, mouthPressLeft: 1 }, gaze: { yaw: 0.2 } }),
      1,
    );
    expect(renderer.render(motion(), 2).data).toEqual(first);
  });

  it('can be drawn without a cut-out person', async () => {
    const uncut = await drawFace({ matted: false });
    using renderer = await meshEngine.load(uncut.avatar, whole);
    expect(psnr(renderer.render(motion(), 0).data, face.picture.data)).toBeGreaterThan(36);
  });
});

describe('the chin', () => {
  it('passes over the neck, which stays where it is', async () => {
    const [x, chin] = point(152);
    const faceHeight = chin - point(10)[1];
    const [shut, open] = [await draw(), await draw({ weights: { jawOpen: 1 } })];
    const difference = (y: number) => {
      let most = 0;
      for (let column = Math.round(x) - 30; column < x + 30; column++) {
        for (let k = 0; k < 3; k++) {
          const p = (Math.round(y) * whole.width + column) * 4 + k;
          most = Math.max(most, Math.abs(open[p]! - shut[p]!));
        }
      }
      return most;
    };
    expect(difference(point(17)[1] + 8)).toBeGreaterThan(8);
    for (let away = 0.24; away < 0.6; away += 0.04) {
      expect(difference(chin + away * faceHeight)).toBeLessThanOrEqual(1);
    }
  });
});

describe('the skin', () => {
  /** Mean brightness of the picture around a place of the canonical face. */
  const brightness = (data: Uint8Array, [x, y]: readonly [number, number]) => {
    let sum = 0;
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) {
        const p = ((Math.round(y) + dy) * whole.width + Math.round(x) + dx) * 4;
        sum += data[p]! + data[p + 1]! + data[p + 2]!;
      }
    }
    return sum / 75;
  };

  it('folds beside the nose as a sneer deepens, on the sneering side only', async () => {
    const [x, y] = point(4);
    const beside = [x - 29, y + 16] as const;
    const shades: number[] = [];
    for (const weight of [0, 0.25, 0.5, 0.75, 1]) {
      shades.push(brightness(await draw({ weights: { noseSneerRight: weight } }), beside));
    }
    for (let i = 1; i < shades.length; i++) expect(shades[i]).toBeLessThan(shades[i - 1]! - 0.5);
    const other = await draw({ weights: { noseSneerLeft: 1 } });
    expect(brightness(other, beside)).toBeCloseTo(shades[0]!, 0);
  });
});

describe('lips', () => {
  let renderer: MotionRenderer;
  beforeAll(async () => {
    renderer = await meshEngine.load(face.avatar, whole);
  });
  const gap = (weights: Weights) => {
    renderer.render(motion({ weights }), 0);
    return renderer.lipGap;
  };

  it('touch exactly when nothing opens them', () => {
    expect(gap({})).toBe(0);
    expect(gap({ mouthPressLeft: 1, mouthPressRight: 1 })).toBe(0);
    expect(gap({ mouthSmileLeft: 1, mouthSmileRight: 1 })).toBe(0);
    expect(gap({ mouthRollLower: 1, mouthShrugLower: 1 })).toBe(0);
  });

  it('open with the jaw, further with more', () => {
    expect(gap({ jawOpen: 0.2 })).toBeGreaterThan(1);
    expect(gap({ jawOpen: 0.8 })).toBeGreaterThan(2 * gap({ jawOpen: 0.3 }));
  });

  it('close an open jaw with mouthClose', () => {
    expect(gap({ jawOpen: 0.5, mouthClose: 0.5 })).toBeLessThan(0.5);
  });

  it('never report a negative or endless gap for random mixes of all shapes', () => {
    const next = random(5);
    const names = Object.keys(BLENDSHAPE_INDEX) as Blendshape[];
    for (let round = 0; round < 60; round++) {
      const weights = Object.fromEntries(names.map((name) => [name, next() < 0.4 ? next() * 1.2 : 0]));
      const value = gap(weights);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(120);
    }
  });

  it('show dark between them when open and none of it when closed', async () => {
    const box = around(MOUTH, 12);
    const isCavity = (r: number, g: number, b: number) => r < 75 && g < 45 && b < 50;
    expect(centroid(await draw({ weights: { jawOpen: 0.7 } }), box, isCavity).count).toBeGreaterThan(100);
    expect(centroid(await draw(), box, isCavity).count).toBeLessThan(10);
  });
});

describe('eyes', () => {
  const isWhite = (r: number, g: number, b: number) => Math.min(r, g, b) > 195;
  const isIris = (r: number, _g: number, b: number) => b > r + 15;

  it('show no white when closed', async () => {
    const box = around(RIGHT_EYE, 6);
    expect(centroid(await draw(), box, isWhite).count).toBeGreaterThan(20);
    const closed = await draw({ weights: { eyeBlinkRight: 1, eyeBlinkLeft: 1 } });
    expect(centroid(closed, box, isWhite).count).toBe(0);
    expect(centroid(closed, box, isIris).count).toBe(0);
  });

  it('follow the gaze to the right and down, and the ARKit look shapes likewise', async () => {
    const box = around(RIGHT_EYE, 4);
    const rest = centroid(await draw(), box, isIris);
    expect(centroid(await draw({ gaze: { yaw: 0.15 } }), box, isIris).x).toBeGreaterThan(rest.x + 0.5);
    expect(centroid(await draw({ gaze: { yaw: -0.15 } }), box, isIris).x).toBeLessThan(rest.x - 0.5);
    expect(centroid(await draw({ weights: { eyeLookInRight: 0.5 } }), box, isIris).x).toBeGreaterThan(
      rest.x + 0.5,
    );
    expect(centroid(await draw({ gaze: { pitch: 0.2 } }), box, isIris).y).toBeGreaterThan(rest.y + 0.2);
    expect(centroid(await draw({ gaze: { pitch: -0.2 } }), box, isIris).y).toBeLessThan(rest.y - 0.2);
  });
});

describe('the head', () => {
  it('turns, nods, tilts and shifts the right way', async () => {
    const lips = around(MOUTH, 30);
    const restLips = centroid(await draw(), lips, isLip);
    const turned = await draw({ head: { yaw: 0.1 } });
    expect(centroid(turned, lips, isLip).x).toBeGreaterThan(restLips.x + 2);
    const nodded = await draw({ head: { pitch: 0.1 } });
    expect(centroid(nodded, lips, isLip).y).toBeGreaterThan(restLips.y + 2);
    const tilted = await draw({ head: { roll: 0.06 } });
    // clockwise about the neck: what is above it goes right
    expect(centroid(tilted, lips, isLip).x).toBeGreaterThan(restLips.x + 1);
    const shifted = await draw({ head: { x: 0.03, y: 0.02 } });
    expect(centroid(shifted, lips, isLip).x).toBeGreaterThan(restLips.x + 4);
    expect(centroid(shifted, lips, isLip).y).toBeGreaterThan(restLips.y + 2);
  });

  it('stays within what the photo bears, however large the movement', async () => {
    const far = await draw({ head: { yaw: 3, pitch: -3, roll: 2 } });
    const farther = await draw({ head: { yaw: 30, pitch: -30, roll: 20 } });
    expect(psnr(far, farther)).toBeGreaterThan(30);
    expect(centroid(farther, [0, 0, whole.width, whole.height], isLip).count).toBeGreaterThan(200);
  });
});

describe('robustness', () => {
  it('bears all weights at 1, at 2, far outside and not numbers', async () => {
    using renderer = await meshEngine.load(face.avatar, whole);
    for (const value of [1, 2, -5, Number.NaN, Infinity]) {
      const frame = motion({
        head: { yaw: value, scale: value, x: value },
        gaze: { yaw: value, pitch: value },
      });
      frame.weights.fill(value);
      const { data } = renderer.render({ ...frame, tongueUp: value, breath: value }, 0);
      expect(Number.isFinite(renderer.lipGap)).toBe(true);
      for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) throw new Error(`hole at ${i}`);
    }
    expect(psnr(renderer.render(motion(), 1).data, face.picture.data)).toBeGreaterThan(36);
  });

  it('keeps one buffer and does not grow over 500 frames', async () => {
    const small = { ...whole, width: 120, height: 120 };
    using renderer = await meshEngine.load(face.avatar, small);
    const { buffer } = renderer.render(motion(), 0).data;
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 1; i <= 500; i++) {
      const frame = renderer.render(
        motion({ weights: { jawOpen: (i % 10) / 10 }, head: { yaw: 0.002 * (i % 50) } }),
        i,
      );
      expect(frame.data.buffer).toBe(buffer);
      expect(frame.index).toBe(i);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
  });

  it('refuses to draw after it was disposed', async () => {
    const renderer = await meshEngine.load(face.avatar, whole);
    renderer[Symbol.dispose]();
    expect(() => renderer.render(motion(), 0)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('draws the same with the reference kernels as with the compiled ones', async () => {
    using reference = await createMeshRenderer(face.avatar, whole, resampleReference, createReferenceRaster);
    const change: Change = { weights: { jawOpen: 0.5, eyeBlinkLeft: 0.4 }, head: { yaw: 0.08, roll: 0.03 } };
    const expected = reference.render(motion(change), 0).data;
    const actual = await draw(change);
    let largest = 0;
    for (let i = 0; i < actual.length; i++) largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!));
    expect(largest).toBeLessThanOrEqual(6);
  });
});

describe('views', () => {
  const change: Change = { weights: { jawOpen: 0.4 }, head: { yaw: 0.06 } };

  it('agree across sizes', async () => {
    const large = await draw(change);
    const half = { ...whole, width: whole.width / 2, height: whole.height / 2 };
    const small = await draw(change, half);
    const averaged = new Uint8Array(small.length);
    for (let y = 0; y < half.height; y++) {
      for (let x = 0; x < half.width * 4; x++) {
        const p = 2 * y * whole.width * 4 + (x >> 2) * 8 + (x & 3);
        const stride = whole.width * 4;
        averaged[y * half.width * 4 + x] =
          (large[p]! + large[p + 4]! + large[p + stride]! + large[p + stride + 4]!) / 4;
      }
    }
    expect(psnr(small, averaged)).toBeGreaterThan(30);
  });

  it('show a part of the picture at its place', async () => {
    const viewport = { x: 100, y: 80, width: 240, height: 200 };
    const part = await draw(change, { ...whole, width: 240, height: 200, viewport });
    const all = await draw(change);
    const cut = new Uint8Array(part.length);
    for (let y = 0; y < 200; y++) {
      const from = ((y + 80) * whole.width + 100) * 4;
      cut.set(all.subarray(from, from + 240 * 4), y * 240 * 4);
    }
    expect(psnr(part, cut)).toBeGreaterThan(38);
  });

  it('beyond the region show the whole picture and redraw only the region', async () => {
    const { avatar, picture } = face;
    const [width, height] = [picture.width + 120, picture.height + 80];
    const data = new Uint8Array(width * height * 4);
    for (let i = 0; i < data.length; i++) data[i] = (i & 3) === 3 ? 255 : (i * 7) % 200;
    for (let y = 0; y < picture.height; y++) {
      const row = picture.data.subarray(y * picture.width * 4, (y + 1) * picture.width * 4);
      data.set(row, ((y + 50) * width + 70) * 4);
    }
    const placed = { ...avatar, picture: { width, height }, region: { ...avatar.region, x: 70, y: 50 } };
    const surround = { width, height, data };
    const view: View = { width, height, viewport: { x: 0, y: 0, width, height }, surround, oversampling: 2 };
    using renderer = await meshEngine.load(placed, view);
    const frame = renderer.render(motion(change), 3);
    expect(frame.changed).toEqual({ x: 70, y: 50, width: picture.width, height: picture.height });
    for (let y = 0; y < height; y += 3) {
      for (let x = 0; x < width; x += 3) {
        if (x >= 70 && x < 70 + picture.width && y >= 50 && y < 50 + picture.height) continue;
        const p = (y * width + x) * 4;
        for (let k = 0; k < 3; k++) expect(frame.data[p + k]).toBe(data[p + k]);
      }
    }
    expect(psnr(renderer.render(motion(), 4).data, data)).toBeGreaterThan(36);
  });
});
