import { beforeAll, describe, expect, it } from 'vitest';
import { BLENDSHAPE_INDEX, type Blendshape, neutralMotion, seconds } from '../../../src/core/index.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { type DrawnFace, drawFace, RIM_COLOUR } from './drawn-face.ts';

type Test = (r: number, g: number, b: number) => boolean;

let plain: DrawnFace;
let lashed: DrawnFace;
let spectacled: DrawnFace;
beforeAll(async () => {
  plain = await drawFace();
  lashed = await drawFace({ lashes: true });
  spectacled = await drawFace({ glasses: true });
}, 180_000);

interface Pose {
  readonly weights?: Partial<Record<Blendshape, number>>;
  readonly pitch?: number;
  readonly yaw?: number;
}

/** Frames of a face in several poses. */
async function draw(face: DrawnFace, poses: readonly Pose[]): Promise<Uint8Array[]> {
  const { width, height } = face.picture;
  const view = { width, height, viewport: { x: 0, y: 0, width, height }, surround: null, oversampling: 2 };
  using renderer = await meshEngine.load(face.avatar, view);
  return poses.map(({ weights = {}, pitch = 0, yaw = 0 }, index) => {
    const motion = neutralMotion(seconds(0));
    for (const [name, weight] of Object.entries(weights)) {
      motion.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
    }
    const frame = { ...motion, gaze: { yaw, pitch } } as typeof motion;
    return renderer.render(frame, index).data.slice();
  });
}

const blink = (weight: number): Pose => ({ weights: { eyeBlinkLeft: weight, eyeBlinkRight: weight } });

/** The surroundings of one eye in pixels: its width is the unit of `pad`. */
function box({ avatar }: DrawnFace, which: 0 | 1, pad: number) {
  const { left, right, width, iris } = avatar.eyes[which];
  return {
    left: Math.floor(left[0] - pad * width),
    right: Math.ceil(right[0] + pad * width),
    top: Math.floor(iris[1] - (0.25 + pad) * width),
    bottom: Math.ceil(iris[1] + (0.25 + pad) * width),
  };
}

function pixels(
  face: DrawnFace,
  data: Uint8Array,
  which: 0 | 1,
  pad: number,
): [r: number, g: number, b: number, at: number][] {
  const found: [number, number, number, number][] = [];
  const { left, right, top, bottom } = box(face, which, pad);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * face.picture.width + x) * 4;
      found.push([data[at]!, data[at + 1]!, data[at + 2]!, at]);
    }
  }
  return found;
}

/** Whether a pixel lies between the corners and no farther from the line through them than lids do. */
function inOpening({ avatar, picture }: DrawnFace, which: 0 | 1, at: number): boolean {
  const { left, right, width, iris } = avatar.eyes[which];
  const [x, y] = [(at / 4) % picture.width, Math.floor(at / 4 / picture.width)];
  return x > left[0] && x < right[0] && Math.abs(y - iris[1]) < 0.25 * width;
}

const count = (face: DrawnFace, data: Uint8Array, which: 0 | 1, test: Test) =>
  pixels(face, data, which, 0.1).filter(([r, g, b]) => test(r, g, b)).length;

const isEye: Test = (r, g, b) => Math.min(r, g, b) > 190 || b > r + 15;

describe('a lid', () => {
  it('shows less of the eye with every step of a blink, and nothing when closed', async () => {
    for (const face of [plain, lashed]) {
      const frames = await draw(
        face,
        Array.from({ length: 11 }, (_, i) => blink(i / 10)),
      );
      for (const which of [0, 1] as const) {
        const shown = frames.map((data) => count(face, data, which, isEye));
        expect(shown[0]).toBeGreaterThan(80);
        for (let i = 1; i < shown.length; i++) expect(shown[i]).toBeLessThanOrEqual(shown[i - 1]!);
        expect(shown[5]).toBeLessThan(0.75 * shown[0]!);
        expect(shown[10]).toBe(0);
      }
    }
  });

  it('begins to close without a jump', async () => {
    for (const face of [plain, lashed, spectacled]) {
      const [rest, begun] = await draw(face, [blink(0), blink(0.008)]);
      for (const which of [0, 1] as const) {
        const seen = pixels(face, begun!, which, 0.3);
        let sum = 0;
        for (const [r, g, b, at] of seen) {
          sum += (Math.abs(r - rest![at]!) + Math.abs(g - rest![at + 1]!) + Math.abs(b - rest![at + 2]!)) / 3;
        }
        expect(sum / seen.length).toBeLessThan(3);
      }
    }
  });

  it('closes as far when the eye is squinted or opened wide at the same time', async () => {
    for (const other of ['eyeSquint', 'eyeWide', 'cheekSquint'] as const) {
      const weights = { eyeBlinkLeft: 1, eyeBlinkRight: 1, [`${other}Left`]: 1, [`${other}Right`]: 1 };
      const [data] = await draw(plain, [{ weights }]);
      expect(count(plain, data!, 0, isEye) + count(plain, data!, 1, isEye)).toBe(0);
    }
  });

  it('is smooth skin when closed: no lash is drawn out into a streak', async () => {
    const [closed] = await draw(lashed, [blink(1)]);
    for (const which of [0, 1] as const) {
      const { left, right, iris, width } = lashed.avatar.eyes[which];
      let [across, along] = [0, 0];
      const light = (x: number, y: number) => {
        const at = (y * lashed.picture.width + x) * 4;
        return closed![at]! + closed![at + 1]! + closed![at + 2]!;
      };
      for (let y = Math.round(iris[1] - 0.15 * width); y < iris[1]; y++) {
        for (let x = Math.round(left[0] + 0.2 * width); x < right[0] - 0.2 * width; x++) {
          across += (light(x + 1, y) - light(x - 1, y)) ** 2;
          along += (light(x, y + 1) - light(x, y - 1)) ** 2;
        }
      }
      const size = 0.15 * width * 0.6 * width;
      // three channels: one step of 255 in each is 3
      expect(Math.sqrt(across / size)).toBeLessThan(12);
      expect(across).toBeLessThan(2.5 * along + 36 * size);
    }
  });

  it('takes its lashes along: they hang below it when it is closed', async () => {
    const isDark: Test = (r, g, b) => r + g + b < 380;
    const [rest, closed] = await draw(lashed, [blink(0), blink(1)]);
    const { iris, width } = lashed.avatar.eyes[0];
    const rows = (data: Uint8Array, from: number, to: number) =>
      pixels(lashed, data, 0, 0.2).filter(([r, g, b, at]) => {
        const y = Math.floor(at / 4 / lashed.picture.width);
        return isDark(r, g, b) && y >= iris[1] + from * width && y < iris[1] + to * width;
      }).length;
    expect(rows(rest!, -0.4, -0.22)).toBeGreaterThan(15);
    expect(rows(closed!, -0.4, -0.22)).toBeLessThan(0.1 * rows(rest!, -0.4, -0.22));
    expect(rows(closed!, 0.1, 0.4)).toBeGreaterThan(20);
  });

  it('follows the gaze down, and shows more of the eye when it goes up', async () => {
    const frames = await draw(plain, [{ pitch: -0.25 }, {}, { pitch: 0.25 }]);
    const [up, level, down] = frames.map((data) => count(plain, data, 0, isEye));
    expect(down).toBeLessThan(0.95 * level!);
    expect(up).toBeGreaterThan(1.02 * level!);
  });
});

describe('spectacles', () => {
  it('stay as they are in a blink', async () => {
    const isRim: Test = (r, g, b) =>
      Math.abs(r - RIM_COLOUR[0]) + Math.abs(g - RIM_COLOUR[1]) + Math.abs(b - RIM_COLOUR[2]) < 60;
    const [rest, half, closed] = await draw(spectacled, [blink(0), blink(0.5), blink(1)]);
    for (const which of [0, 1] as const) {
      const rims = pixels(spectacled, rest!, which, 0.5).filter(
        ([r, g, b, at]) => isRim(r, g, b) && !inOpening(spectacled, which, at),
      );
      expect(rims.length).toBeGreaterThan(60);
      for (const data of [half!, closed!]) {
        const changed = rims.filter(
          ([r, g, b, at]) =>
            Math.abs(data[at]! - r) + Math.abs(data[at + 1]! - g) + Math.abs(data[at + 2]! - b) > 12,
        );
        expect(changed.length).toBeLessThan(0.01 * rims.length);
      }
    }
  });
});

describe('an eyeball', () => {
  it('shows its whole round iris when it looks up, although the lids hide part of it in the photo', async () => {
    const isIris: Test = (r, g, b) => b > r + 15 || r + g + b < 90;
    const [up, down] = await draw(plain, [{ pitch: -0.3 }, { pitch: 0.3 }]);
    const { iris, irisRadius } = plain.avatar.eyes[0];
    const extent = (data: Uint8Array) => {
      const rows = pixels(plain, data, 0, 0.1)
        .filter(
          ([r, g, b, at]) => isIris(r, g, b) && Math.abs(((at / 4) % 480) + 0.5 - iris[0]) < 0.5 * irisRadius,
        )
        .map(([, , , at]) => Math.floor(at / 4 / 480));
      return [Math.min(...rows), Math.max(...rows)] as const;
    };
    expect(extent(up!)[1]).toBeLessThan(extent(down!)[1]);
  });

  it('leaves white where its iris was', async () => {
    const [aside] = await draw(plain, [{ yaw: 0.4 }]);
    const { iris, irisRadius, left, right } = plain.avatar.eyes[0];
    const place = pixels(plain, aside!, 0, 0).filter(([, , , at]) => {
      const [x, y] = [((at / 4) % 480) + 0.5, Math.floor(at / 4 / 480) + 0.5];
      return (
        x > left[0] &&
        x < right[0] &&
        Math.abs(x - (iris[0] - 0.85 * irisRadius)) < 1 &&
        Math.abs(y - iris[1]) < 2
      );
    });
    expect(place.length).toBeGreaterThan(4);
    for (const [r, g, b] of place) expect(Math.min(r, g, b)).toBeGreaterThan(165);
  });
});
