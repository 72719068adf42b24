import type { Preset, RenderOptions } from '../core/index.ts';

/** How much is done for a video: named sets of options that say only what differs from the defaults. */
export const PROFILES = {
  ultra_fast: { fps: 12, size: 384, preset: 'fast' },
  enhanced: { fps: 20, size: 448, preset: 'fast' },
  standard: {},
} as const satisfies Record<string, Partial<RenderOptions>>;

/** One of {@link PROFILES}. */
export type Profile = keyof typeof PROFILES;

/** What decides how long a video takes to make. */
export interface Effort {
  readonly fps: number;
  /** Longer side of the video, pixels. */
  readonly size: number;
  readonly preset: Preset;
}

/** What the options of a video are where nothing is said. */
export const USUAL_EFFORT: Effort = { fps: 25, size: 512, preset: 'balanced' };

/** Seconds until drawing begins. */
const START = 1.2;
/** Seconds for one frame of a million pixels, until videos were made here: as on two cores of a small server. */
const FIRST_GUESS: Readonly<Record<Preset, number>> = { fast: 0.018, balanced: 0.023, best: 0.06 };
/** Weight of the newest video among those before. */
const NEWEST = 0.3;
/** A video may take so much longer than those before, as machines have other things to do. */
const MARGIN = 1.25;

/** Learns how fast videos are made here, and says what can be made in a given time. */
export class Pacemaker {
  readonly #costs: Record<Preset, number> = { ...FIRST_GUESS };

  /** Takes in how long a video took: `frames` of `pixels` each in `elapsed` seconds. */
  learn(preset: Preset, frames: number, pixels: number, elapsed: number): void {
    const cost = Math.max(0, elapsed - START) / (frames * pixels * 1e-6);
    this.#costs[preset] += NEWEST * (cost - this.#costs[preset]);
  }

  /** Seconds that a video of `duration` seconds takes, on the safe side. */
  estimate(duration: number, { fps, size, preset }: Effort): number {
    return START + MARGIN * duration * fps * size * size * 1e-6 * this.#costs[preset];
  }

  /**
   * What is asked for, lowered as little as it takes to be ready in time.
   *
   * @param seconds - Time that is left.
   * @returns The effort, and whether it can be done in time at all.
   */
  fit(
    duration: number,
    asked: Effort,
    seconds: number,
  ): { readonly effort: Effort; readonly inTime: boolean } {
    const steps = [asked, lowered(asked, PROFILES.enhanced), lowered(asked, PROFILES.ultra_fast)];
    const found = steps.find((effort) => this.estimate(duration, effort) <= seconds);
    return { effort: found ?? steps.at(-1)!, inTime: found !== undefined };
  }
}

/** The lower of both in everything. */
function lowered(asked: Effort, profile: Effort): Effort {
  const { fps, size, preset } = profile;
  return { fps: Math.min(asked.fps, fps), size: Math.min(asked.size, size), preset };
}
