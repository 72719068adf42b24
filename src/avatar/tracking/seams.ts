import { smoothstep } from '../../core/index.ts';
import { CHAINS } from '../preparation/landmark-chains.ts';
import { mouthAxes } from './lip-measures.ts';
import { CUE, SEAM_PLACES } from './mouth-cues.ts';
import type { RawTrack } from './raw-track.ts';

/** Points of a seam, as in `TrackedFace`. */
const SEAM_POINTS = 81;
/** Width of the Gaussian over time, seconds: where the dark line lies on the lips changes slowly. */
const WIDTH = 0.16;
/** Dark lines with more contrast than this, shares of white, are equally sure. */
const SURE = 0.12;
/** Weight of what is usual for this person: it counts where no dark line is seen for a while. */
const USUAL = 0.05;
/** From this lip gap on, mouth widths, the seam is the middle of the opening. */
const OPEN = 0.08;

/** Where closed lips meet in every frame, measured beside the landmarks' middle and steadied over time. */
export class Seams {
  /** {@link SEAM_PLACES} offsets per frame, mouth widths downwards. */
  readonly #offsets: Float32Array;

  private constructor(offsets: Float32Array) {
    this.#offsets = offsets;
  }

  /** Reads the whole track. */
  static async of(
    track: RawTrack,
    isCut: (frame: number) => boolean,
    frameCount: number,
    fps: number,
  ): Promise<Seams> {
    const measured = new Float32Array(frameCount * SEAM_PLACES);
    const weights = new Float32Array(frameCount * SEAM_PLACES);
    for (let frame = 0; frame < track.end; frame++) {
      const cues = (await track.at(frame))?.cues;
      if (!cues) continue;
      for (let i = 0; i < SEAM_PLACES; i++) {
        measured[frame * SEAM_PLACES + i] = cues[CUE.seam + i]!;
        weights[frame * SEAM_PLACES + i] = Math.min(SURE, cues[CUE.contrast + i]!) / SURE;
      }
    }
    const usual = usualSeam(measured, weights);
    const offsets = new Float32Array(frameCount * SEAM_PLACES);
    const sigma = WIDTH * fps;
    const reach = Math.ceil(2.5 * sigma);
    for (let frame = 0; frame < frameCount; frame++) {
      let [first, last] = [frame, frame];
      while (first > 0 && frame - first < reach && !isCut(first)) first--;
      while (last + 1 < frameCount && last - frame < reach && !isCut(last + 1)) last++;
      for (let i = 0; i < SEAM_PLACES; i++) {
        let total = USUAL;
        let sum = USUAL * usual[i]!;
        for (let other = first; other <= last; other++) {
          const at = other * SEAM_PLACES + i;
          const weight = weights[at]! * Math.exp(-((other - frame) ** 2) / (2 * sigma * sigma));
          total += weight;
          sum += weight * measured[at]!;
        }
        offsets[frame * SEAM_PLACES + i] = sum / total;
      }
    }
    return new Seams(offsets);
  }

  /**
   * The seam of a frame.
   *
   * @param gap - Lip gap over the mouth's width.
   * @returns `SEAM_POINTS` points x, y in picture pixels; the caller owns them.
   */
  at(frame: number, landmarks: Float32Array, gap: number): Float32Array {
    const { width, rightX, rightY } = mouthAxes(landmarks);
    const { innerUpper, innerLower } = CHAINS;
    const closed = 1 - smoothstep(gap / OPEN);
    const last = innerUpper.length - 1;
    const seam = new Float32Array(SEAM_POINTS * 2);
    for (let i = 0; i < SEAM_POINTS; i++) {
      const t = i / (SEAM_POINTS - 1);
      const at = Math.min(last - 1, Math.floor(t * last));
      const share = t * last - at;
      const place = t * (SEAM_PLACES - 1);
      const from = Math.min(SEAM_PLACES - 2, Math.floor(place));
      const offsets = this.#offsets.subarray(frame * SEAM_PLACES + from);
      const offset = closed * width * (offsets[0]! + (offsets[1]! - offsets[0]!) * (place - from));
      for (let axis = 0; axis < 2; axis++) {
        const middle = (k: number): number =>
          (landmarks[innerUpper[at + k]! * 3 + axis]! + landmarks[innerLower[at + k]! * 3 + axis]!) / 2;
        const down = axis === 0 ? -rightY : rightX;
        seam[2 * i + axis] = middle(0) + (middle(1) - middle(0)) * share + down * offset;
      }
    }
    return seam;
  }
}

/** The weighted median of each place over the clip. */
function usualSeam(measured: Float32Array, weights: Float32Array): Float64Array {
  const frames = measured.length / SEAM_PLACES;
  return Float64Array.from({ length: SEAM_PLACES }, (_, i) => {
    const seen: [number, number][] = [];
    let total = 0;
    for (let frame = 0; frame < frames; frame++) {
      const weight = weights[frame * SEAM_PLACES + i]!;
      if (weight === 0) continue;
      seen.push([measured[frame * SEAM_PLACES + i]!, weight]);
      total += weight;
    }
    seen.sort((a, b) => a[0] - b[0]);
    let below = 0;
    for (const [offset, weight] of seen) {
      below += weight;
      if (2 * below >= total) return offset;
    }
    return 0;
  });
}
