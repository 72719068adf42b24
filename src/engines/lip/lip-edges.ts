import { clamp, type LipRig, smoothstep, type VideoFrame } from '../../core/basics.ts';

/** Steps from a lip's inner landmarks outwards, and how far they go: share of the lip's thickness. */
const STEPS = 12;
const SEARCH = 0.5;
/** Where a lip shows its own colour for sure, shares of its thickness. */
const PLAIN: readonly number[] = [0.45, 0.6, 0.75];
/** Share of the lip's colourfulness below which something is no lip, and from which it is one. */
const PALE = { no: 0.4, yes: 0.75 } as const;
/** Likewise for what is darker (the inside, a seam) and what is brighter (teeth), shares of its brightness. */
const DARK = { no: 0.45, yes: 0.8 } as const;
const BRIGHT = { yes: 1.35, no: 1.8 } as const;
/** What is darker than this share of the lip's brightness is the inside of the mouth, or a seam. */
const BLACK = { yes: 0.35, no: 0.6 } as const;
/** What is at least this bright beside the lip, and pale, is a tooth. */
const TOOTH = { no: 0.65, yes: 0.9 } as const;
/** Rounds of smoothing along a lip. */
const SMOOTHING = 2;

/**
 * Finds out how far what is no lip (teeth, the dark, a seam) reaches beyond the lips' inner landmarks in a frame. Counts
 * softly, so that it changes little when the picture does.
 */
export class LipEdges {
  /** Per contour vertex, pixels from the landmarks outwards: upper lip, lower lip. */
  readonly depths: readonly [Float32Array, Float32Array];
  /** How much of that is dark, likewise. */
  readonly holes: readonly [Float32Array, Float32Array];
  /** How surely teeth are seen at each contour vertex, 0..1: likewise. */
  readonly teeth: readonly [Float32Array, Float32Array];
  readonly #rig: LipRig;
  readonly #sample = new Float64Array(3);

  constructor(rig: LipRig) {
    this.#rig = rig;
    const length = rig.mouth.innerUpper.length;
    this.depths = [new Float32Array(length), new Float32Array(length)];
    this.holes = [new Float32Array(length), new Float32Array(length)];
    this.teeth = [new Float32Array(length), new Float32Array(length)];
  }

  /** @param points - x, y per vertex, frame pixels. */
  update(frame: VideoFrame, points: Float32Array): void {
    const { innerUpper, innerLower, outerUpper, outerLower } = this.#rig.mouth;
    this.#search(frame, points, innerUpper, outerUpper, 0);
    this.#search(frame, points, innerLower, outerLower, 1);
  }

  #search(
    frame: VideoFrame,
    points: Float32Array,
    inner: Uint16Array,
    outer: Uint16Array,
    side: 0 | 1,
  ): void {
    const sample = this.#sample;
    const depths = this.depths[side];
    const holes = this.holes[side];
    const teeth = this.teeth[side];
    const last = inner.length - 1;
    let [y, blue, red, count] = [0, 0, 0, 0];
    for (let i = last >> 2; i <= last - (last >> 2); i++) {
      for (let n = 0; n < PLAIN.length; n++) {
        this.#look(frame, points, inner[i]!, outer[i]!, PLAIN[n]!);
        y += sample[0]!;
        blue += sample[1]!;
        red += sample[2]!;
        count++;
      }
    }
    y = Math.max(1, y / count);
    blue /= count;
    red /= count;
    const colourful = Math.max(1, blue * blue + red * red);
    for (let i = 0; i <= last; i++) {
      const a = inner[i]! * 2;
      const b = outer[i]! * 2;
      const length = Math.hypot(points[b]! - points[a]!, points[b + 1]! - points[a + 1]!);
      let depth = 0;
      let foreign = 1;
      let hole = 0;
      let black = 1;
      for (let step = 0; step < STEPS && foreign > 0; step++) {
        this.#look(frame, points, inner[i]!, outer[i]!, ((step + 0.5) / STEPS) * SEARCH);
        const hue = (sample[1]! * blue + sample[2]! * red) / colourful;
        const light = sample[0]! / y;
        const rosy = smoothstep((hue - PALE.no) / (PALE.yes - PALE.no));
        if (step === 0) teeth[i] = (1 - rosy) * smoothstep((light - TOOTH.no) / (TOOTH.yes - TOOTH.no));
        const lip =
          rosy *
          smoothstep((light - DARK.no) / (DARK.yes - DARK.no)) *
          smoothstep((BRIGHT.no - light) / (BRIGHT.no - BRIGHT.yes));
        // only what goes on from the edge counts: a gloss further out belongs to the lip
        foreign = Math.min(foreign, 1 - lip);
        depth += foreign;
        black = Math.min(black, smoothstep((BLACK.no - light) / (BLACK.no - BLACK.yes)));
        hole += black;
      }
      depths[i] = (depth / STEPS) * SEARCH * length;
      holes[i] = (hole / STEPS) * SEARCH * length;
    }
    soften(depths);
    soften(holes);
    soften(teeth);
  }

  /** Reads luma and both chroma differences between two vertices. */
  #look(frame: VideoFrame, points: Float32Array, a: number, b: number, share: number): void {
    const { width, height, y, u, v } = frame;
    const px = points[a * 2]! + share * (points[b * 2]! - points[a * 2]!);
    const py = points[a * 2 + 1]! + share * (points[b * 2 + 1]! - points[a * 2 + 1]!);
    this.#sample[0] = bilinear(y, width, height, px, py) - 16;
    this.#sample[1] = bilinear(u, width >> 1, height >> 1, px / 2, py / 2) - 128;
    this.#sample[2] = bilinear(v, width >> 1, height >> 1, px / 2, py / 2) - 128;
  }
}

function soften(values: Float32Array): void {
  for (let round = 0; round < SMOOTHING; round++) {
    let before = values[0]!;
    for (let i = 1; i < values.length - 1; i++) {
      const here = values[i]!;
      values[i] = (before + 2 * here + values[i + 1]!) / 4;
      before = here;
    }
  }
}

function bilinear(plane: Uint8Array, width: number, height: number, x: number, y: number): number {
  const column = clamp(x - 0.5, 0, width - 1.001);
  const row = clamp(y - 0.5, 0, height - 1.001);
  const p = (row | 0) * width + (column | 0);
  const s = column - (column | 0);
  const t = row - (row | 0);
  const top = plane[p]! * (1 - s) + plane[p + 1]! * s;
  return top * (1 - t) + (plane[p + width]! * (1 - s) + plane[p + width + 1]! * s) * t;
}
