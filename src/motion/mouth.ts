import { BLENDSHAPE_INDEX, type Blendshape, clamp, type MouthStyle, mix } from '../core/index.ts';
import type { MouthPose } from './articulation.ts';
import { Chance } from './chance.ts';

/** Movement below this size is no movement: it brings the lips to exactly closed. */
const DEAD_ZONE = 0.025;
/** Share of the jaw's opening that remains behind closed lips. */
const JAW_BEHIND_LIPS = 0.5;
/** Curves of rounding and width may be exaggerated so far. */
const MOST = 1.35;
/**
 * Stretch per opening. A jaw that falls alone draws the corners together; people who speak hold them apart (their width
 * grows with their opening, r = 0.3 to 0.4 in videos).
 */
const STRETCH_AGAINST_JAW = 0.4;
/** Share of the opening that is gone when the lower lip is at the teeth. */
const OPENING_LOST_TO_BITE = 0.85;
/** Largest difference between the two halves of a face, as a share of the movement. */
const ASYMMETRY = 0.04;

/** 0 up to the dead zone, then continuous, 1 at 1. */
const beyondDeadZone = (value: number): number => Math.max(0, value - DEAD_ZONE) / (1 - DEAD_ZONE);

/** Writes mouth poses as ARKit weights, with a slight asymmetry that belongs to the person (the seed). */
export class MouthShaper {
  readonly #style: MouthStyle;
  readonly #side: number;
  readonly #drift: Chance;

  /**
   * @param style - How this person moves the mouth. How far it opens is not applied here: the pose has it already.
   * @param seed - Seed of the movement.
   */
  constructor(style: MouthStyle, seed: number) {
    this.#style = style;
    const chance = new Chance(seed, 'asymmetry');
    this.#side = (chance.uniform(0) < 0.5 ? -1 : 1) * chance.between(1, ASYMMETRY / 3, (2 * ASYMMETRY) / 3);
    this.#drift = new Chance(seed, 'asymmetry drift');
  }

  /**
   * Writes the mouth into `weights`.
   *
   * @param weights - 52 ARKit weights.
   * @param pose - What the parts of the mouth do.
   * @param contact - How close the lips are to touching each other, 0..1; at 1 they come out exactly closed.
   * @param biting - How close the lower lip is to the upper teeth, 0..1.
   * @param time - Media time, seconds.
   * @param amount - 0 no movement, 1 natural, 2 double.
   * @returns Height of the tongue tip, 0..1.
   */
  write(
    weights: Float32Array,
    pose: MouthPose,
    contact: number,
    biting: number,
    time: number,
    amount: number,
  ): number {
    const style = this.#style;
    if (amount === 0) return 0;
    const closed = contact * Math.min(1, style.closure);
    const apart = 1 - closed;
    const open = beyondDeadZone(clamp(pose.open, 0, 1)) * (1 - OPENING_LOST_TO_BITE * biting);
    const teeth = beyondDeadZone(clamp(pose.teeth, 0, 1));
    const bite = beyondDeadZone(clamp(Math.max(pose.labiodental, biting), 0, 1)) * apart;
    const round = beyondDeadZone(clamp(pose.rounding * style.round, 0, MOST));
    const flare = beyondDeadZone(clamp(pose.flare * style.round, 0, MOST));
    const spread = beyondDeadZone(clamp(pose.width * style.wide, 0, MOST));
    // Visible rounding needs a mouth that speaks; the curve alone is not quite zero at rest.
    const speaking = clamp(4 * (open + flare), 0, 1);
    const pursed = round * clamp(speaking + 4 * contact, 0, 1);

    const set = (shape: Blendshape, value: number): void => {
      weights[BLENDSHAPE_INDEX[shape]] = clamp(value * amount, 0, 1);
    };
    const side = this.#side + (ASYMMETRY / 3) * 0.5 * this.#drift.noise(time * 0.4);
    const pair = (left: Blendshape, right: Blendshape, value: number): void => {
      set(left, value * (1 + side));
      set(right, value * (1 - side));
    };

    const jaw = 0.9 * open + 0.05 * teeth + 0.07 * bite;
    const pressed = contact * style.closure;
    const hidden = clamp(jaw * closed * JAW_BEHIND_LIPS * amount, 0, 1);
    weights[BLENDSHAPE_INDEX.mouthClose] = hidden;
    weights[BLENDSHAPE_INDEX.jawOpen] = clamp(jaw * apart * amount + hidden, 0, 1);
    pair('mouthUpperUpLeft', 'mouthUpperUpRight', (0.26 * open + 0.26 * teeth) * apart + 0.5 * bite);
    pair('mouthLowerDownLeft', 'mouthLowerDownRight', (0.48 * open + 0.32 * teeth) * apart * (1 - bite));
    set('mouthFunnel', (0.55 * round * speaking * (0.4 + open) + 0.3 * flare) * apart);
    set('mouthPucker', 0.75 * pursed * (1 - 0.5 * open * apart));
    pair(
      'mouthStretchLeft',
      'mouthStretchRight',
      (0.75 * spread * clamp(4 * (open + teeth), 0, 1) + 0.12 * teeth) * mix(1, 0.4, contact) +
        STRETCH_AGAINST_JAW * open * clamp(1 - round, 0, 1) * apart,
    );
    pair('mouthSmileLeft', 'mouthSmileRight', 0.28 * spread * clamp(4 * open, 0, 1) * apart);
    pair('mouthPressLeft', 'mouthPressRight', 0.3 * pressed);
    set('mouthRollUpper', 0.16 * pressed);
    set('mouthRollLower', 0.18 * pressed + 0.75 * bite);
    set('mouthShrugLower', 0.1 * flare * apart);
    set('tongueOut', 0.5 * beyondDeadZone(clamp(pose.tongueOut, 0, 1)) * apart);
    return clamp(beyondDeadZone(clamp(pose.tongueUp, 0, 1)) * apart * Math.min(1, amount), 0, 1);
  }
}
