import { clamp, type LipRig, mix, type VideoFrame } from '../../core/basics.ts';
import { LIGHT_REACH } from '../mouth/mouth-inside.ts';
import type { HeadPlacement } from './head-placement.ts';
import type { LipLayer } from './lip-layer.ts';

/** Radius around a place on the skin that is averaged, centimetres. */
const PATCH = 0.2;
/** Limits of what the light may do to colours. */
const GAIN = { least: 0.3, most: 2 } as const;
/** Places along the mouth where the light is looked at, and how often their differences are smoothed. */
const ENTRIES = 49;
const SMOOTHING = 40;
/** Where the lips are looked at, centimetres from the edge of their own lip outwards. */
const ON_LIPS: readonly number[] = [0.24, 0.31, 0.38, 0.45];
/** Share of the differences that reaches in behind the lips, and its limits. */
const REACHES_IN = 0.65;
const DARKEST = 0.65;
const BRIGHTEST = 1.2;

/** What the light of one frame is like beside that in which the colours of the rig were measured. */
export class FrameLight {
  /** Factors of red, green and blue. */
  readonly gain = new Float64Array([1, 1, 1]);
  /** Brightness beside the middle of the mouth, from -{@link LIGHT_REACH} to {@link LIGHT_REACH}. */
  readonly across = new Float32Array(ENTRIES).fill(1);
  readonly #rig: LipRig;
  readonly #samples = new Float64Array(2 * ON_LIPS.length);

  constructor(rig: LipRig) {
    this.#rig = rig;
  }

  /**
   * Looks at the skin of a frame, and at the lips in it.
   *
   * @param frame - As filmed.
   * @param painted - With its new lips.
   */
  update(
    frame: VideoFrame,
    landmarks: Float32Array,
    painted: VideoFrame,
    lips: LipLayer,
    head: HeadPlacement,
  ): void {
    this.#compareSkin(frame, landmarks, Math.max(1, Math.round(PATCH * head.scale)));
    this.#lookAcross(painted, head, lips.to);
  }

  #compareSkin(frame: VideoFrame, landmarks: Float32Array, radius: number): void {
    const { width, height, y: luma, u, v } = frame;
    const { places, colour } = this.#rig.skin;
    let sumY = 0;
    let sumU = 0;
    let sumV = 0;
    let count = 0;
    for (let i = 0; i < places.length; i++) {
      const cx = Math.floor(landmarks[places[i]! * 3]!);
      const cy = Math.floor(landmarks[places[i]! * 3 + 1]!);
      const [left, right] = [Math.max(0, cx - radius), Math.min(width - 1, cx + radius)];
      const [top, bottom] = [Math.max(0, cy - radius), Math.min(height - 1, cy + radius)];
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          const chroma = (row >> 1) * (width >> 1) + (column >> 1);
          sumY += luma[row * width + column]!;
          sumU += u[chroma]!;
          sumV += v[chroma]!;
          count++;
        }
      }
    }
    if (count === 0) return;
    const y = 1.16438 * (sumY / count - 16);
    const cb = sumU / count - 128;
    const cr = sumV / count - 128;
    const { gain } = this;
    gain[0] = y + 1.79274 * cr;
    gain[1] = y - 0.21325 * cb - 0.53291 * cr;
    gain[2] = y + 2.1124 * cb;
    for (let k = 0; k < 3; k++) gain[k] = clamp(gain[k]! / Math.max(1, colour[k]!), GAIN.least, GAIN.most);
  }

  /** A shadow over half the mouth falls on half the teeth. */
  #lookAcross({ width, height, y: luma }: VideoFrame, head: HeadPlacement, points: Float32Array): void {
    const { innerUpper, innerLower, width: mouth } = this.#rig.mouth;
    const { across } = this;
    const samples = this.#samples;
    const last = innerUpper.length - 1;
    const [downX, downY] = [head.matrix[1]!, head.matrix[4]!];
    for (let i = 0; i < ENTRIES; i++) {
      const x = LIGHT_REACH * ((2 * i) / (ENTRIES - 1) - 1);
      const at = clamp(last * (0.5 + x / mouth), 0.05 * last, 0.95 * last - 1e-6);
      let count = 0;
      for (let side = -1; side <= 1; side += 2) {
        const contour = side < 0 ? innerUpper : innerLower;
        const a = contour[at | 0]! * 2;
        const b = contour[(at | 0) + 1]! * 2;
        const px = mix(points[a]!, points[b]!, at - (at | 0));
        const py = mix(points[a + 1]!, points[b + 1]!, at - (at | 0));
        for (let n = 0; n < ON_LIPS.length; n++) {
          const column = clamp(Math.floor(px + side * ON_LIPS[n]! * downX), 0, width - 1);
          const row = clamp(Math.floor(py + side * ON_LIPS[n]! * downY), 0, height - 1);
          samples[count++] = luma[row * width + column]! - 16;
        }
      }
      samples.sort();
      across[i] = samples[samples.length >> 1]!;
    }
    for (let round = 0; round < SMOOTHING; round++) {
      let before = across[0]!;
      for (let i = 1; i < ENTRIES - 1; i++) {
        const here = across[i]!;
        across[i] = (before + 2 * here + across[i + 1]!) / 4;
        before = here;
      }
    }
    let mean = 0;
    for (let i = 0; i < ENTRIES; i++) mean += across[i]! / ENTRIES;
    for (let i = 0; i < ENTRIES; i++)
      across[i] = clamp(mix(1, across[i]! / Math.max(1, mean), REACHES_IN), DARKEST, BRIGHTEST);
  }
}
