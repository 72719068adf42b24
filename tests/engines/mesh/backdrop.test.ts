import { beforeAll, describe, expect, it } from 'vitest';
import { type MotionFrame, neutralMotion, radians, seconds } from '../../../src/core/index.ts';
import type { MotionRenderer, View } from '../../../src/engines/engine.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { type DrawnFace, drawFace } from './drawn-face.ts';

let face: DrawnFace;
let view: View;
beforeAll(async () => {
  face = await drawFace();
  const { width, height } = face.picture;
  view = { width, height, viewport: { x: 0, y: 0, width, height }, surround: null, oversampling: 1 };
}, 30_000);

function turned(yaw: number, roll = 0): MotionFrame {
  const frame = neutralMotion(seconds(0));
  return { ...frame, head: { ...frame.head, yaw: radians(yaw), roll: radians(roll) } };
}

const pixel = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];

function plain({ width, height }: MotionRenderer, colour: readonly number[]): Uint8Array {
  return new Uint8Array(width * height * 4).map((_, i) => colour[i % 4]!);
}

describe('a backdrop behind the drawn face', () => {
  it('is seen where the person is not, exactly and in every frame', async () => {
    using renderer = await meshEngine.load(face.avatar, view);
    renderer.setBackdrop(plain(renderer, [10, 200, 30, 255]));
    for (const [index, motion] of [turned(0), turned(0.1, 0.05), turned(-0.1, -0.05)].entries()) {
      const frame = renderer.render(motion, index);
      for (const [x, y] of [
        [3, 3],
        [470, 5],
        [12, 200],
        [466, 210],
      ] as const) {
        expect(pixel(frame, x, y)).toEqual([10, 200, 30, 255]);
      }
      expect(frame.data.every((value, at) => at % 4 !== 3 || value === 255)).toBe(true);
    }
  });

  it('does not change by a bit outside the person from frame to frame', async () => {
    using renderer = await meshEngine.load(face.avatar, view);
    const motions = [turned(0), turned(0.1, 0.05), turned(-0.1, -0.06), turned(0.03, 0.1)];
    const noise = plain(renderer, [0, 0, 0, 255]).map((value, i) => (value === 255 ? 255 : (i * 7919) % 251));
    renderer.setBackdrop(plain(renderer, [0, 0, 0, 0]));
    const empty = new Uint8Array(view.width * view.height).fill(1);
    for (const motion of motions) {
      const { data } = renderer.render(motion, 0);
      for (let i = 0; i < empty.length; i++) if (data[i * 4 + 3] !== 0) empty[i] = 0;
    }
    expect(empty.filter((value) => value === 1).length).toBeGreaterThan(0.3 * empty.length);
    for (const backdrop of [noise, null]) {
      renderer.setBackdrop(backdrop);
      const still = backdrop ?? renderer.scenery();
      for (const motion of motions) {
        const { data } = renderer.render(motion, 0);
        let changed = 0;
        for (let i = 0; i < data.length; i++) if (empty[i >> 2] === 1 && data[i] !== still[i]) changed++;
        expect(changed).toBe(0);
      }
    }
  });

  it('gives way to the photo again, pixel for pixel', async () => {
    using renderer = await meshEngine.load(face.avatar, view);
    const before = renderer.render(turned(0.05), 0).data.slice();
    renderer.setBackdrop(plain(renderer, [0, 0, 0, 0]));
    renderer.render(turned(0), 1);
    renderer.setBackdrop(null);
    expect(Buffer.compare(renderer.render(turned(0.05), 2).data, before)).toBe(0);
  });

  it('that is transparent leaves alpha 0 in the corners and 255 in the face', async () => {
    using renderer = await meshEngine.load(face.avatar, view);
    renderer.setBackdrop(plain(renderer, [0, 0, 0, 0]));
    for (const yaw of [0, 0.1, -0.1]) {
      const frame = renderer.render(turned(yaw), 0);
      expect(pixel(frame, 2, 2)).toEqual([0, 0, 0, 0]);
      const [x, y] = [face.landmarks[3]!, face.landmarks[4]!].map(Math.round) as [number, number];
      for (let dy = -40; dy <= 40; dy += 4) {
        for (let dx = -40; dx <= 40; dx += 4) expect(pixel(frame, x + dx, y + dy)[3]).toBe(255);
      }
    }
  });

  it('that is transparent, laid over a colour afterwards, gives the frame drawn over that colour', async () => {
    using renderer = await meshEngine.load(face.avatar, view);
    const colour = [240, 250, 20] as const;
    renderer.setBackdrop(plain(renderer, [...colour, 255]));
    const wanted = renderer.render(turned(0.08, 0.04), 0).data.slice();
    renderer.setBackdrop(plain(renderer, [0, 0, 0, 0]));
    const { data } = renderer.render(turned(0.08, 0.04), 0);
    let worst = 0;
    for (let at = 0; at < data.length; at += 4) {
      const alpha = data[at + 3]! / 255;
      for (let k = 0; k < 3; k++) {
        worst = Math.max(worst, Math.abs(data[at + k]! * alpha + colour[k]! * (1 - alpha) - wanted[at + k]!));
      }
    }
    expect(worst).toBeLessThanOrEqual(3);
  });

  it('shows no crack in the body however the head turns', async () => {
    using renderer = await meshEngine.load(face.avatar, view);
    renderer.setBackdrop(plain(renderer, [0, 0, 0, 0]));
    const { width, height } = view;
    for (const [yaw, roll] of [
      [0.1, 0.06],
      [-0.1, -0.06],
      [0.14, -0.1],
      [0, 0.1],
    ] as const) {
      const { data } = renderer.render(turned(yaw, roll), 0);
      const alpha = (x: number, y: number) => data[(y * width + x) * 4 + 3]!;
      let cracks = 0;
      for (let y = 1; y < height - 1; y++) {
        for (let x = 1; x < width - 1; x++) {
          const closed =
            alpha(x - 1, y) === 255 &&
            alpha(x + 1, y) === 255 &&
            alpha(x, y - 1) === 255 &&
            alpha(x, y + 1) === 255;
          if (closed && alpha(x, y) < 128) cracks++;
        }
      }
      expect(cracks, `yaw ${yaw}, roll ${roll}`).toBe(0);
    }
  });
});

describe('a body that reaches beyond the moving region', () => {
  /** The drawn face in a larger picture; below the region the right half is body. */
  async function larger(
    backdrop: readonly number[] | null,
  ): Promise<{ data: Uint8Array; width: number; scenery: Uint8Array }> {
    const { picture, avatar } = face;
    const [width, height] = [picture.width, picture.height + 80];
    const data = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++)
        data.set(x < width / 2 ? [50, 90, 130, 0] : [180, 20, 60, 255], (y * width + x) * 4);
    }
    const placed = { ...avatar, picture: { width, height } };
    const viewport = { x: 0, y: 0, width, height };
    using renderer = await meshEngine.load(placed, {
      ...view,
      height,
      viewport,
      surround: { width, height, data },
    });
    if (backdrop) renderer.setBackdrop(plain(renderer, backdrop));
    return { data: renderer.render(turned(0), 0).data.slice(), width, scenery: renderer.scenery() };
  }
  const low = 540;

  it('stands before every backdrop, and in the photo as it was', async () => {
    const kept = await larger(null);
    expect([pixel(kept, 20, low), pixel(kept, 400, low)]).toEqual([
      [50, 90, 130, 255],
      [180, 20, 60, 255],
    ]);
    const white = await larger([255, 255, 255, 255]);
    expect([pixel(white, 20, low), pixel(white, 400, low)]).toEqual([
      [255, 255, 255, 255],
      [180, 20, 60, 255],
    ]);
    const empty = await larger([0, 0, 0, 0]);
    expect([pixel(empty, 20, low), pixel(empty, 400, low)]).toEqual([
      [0, 0, 0, 0],
      [180, 20, 60, 255],
    ]);
  });

  it('is missing in the scenery', async () => {
    const { scenery, width } = await larger(null);
    expect(pixel({ data: scenery, width }, 20, low)).toEqual([50, 90, 130, 255]);
    expect(pixel({ data: scenery, width }, 400, low)).toEqual([0, 0, 0, 0]);
  });
});
