import { BLENDSHAPE_INDEX, BLENDSHAPES, type Blendshape, clamp, smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import {
  EMOTION_POSES,
  type Feeling,
  INDIFFERENT,
  POSED_EMOTIONS,
  type ShapeWeights,
} from './emotion-poses.ts';

/** How much a held expression comes and goes, as a share of it, and how quickly: independent values per second. */
const DRIFT = 0.09;
const DRIFT_RATE = 0.35;
/** Largest difference between the two halves of a face, as a share of the expression. */
const ASYMMETRY = 0.07;
/** Jaw opening from which speech has the lips fully apart. */
const TALKING = 0.12;
/** How much of a drawn or lowered mouth corner rounded lips take back, and of a lowered one an open jaw. */
const ROUNDED_CORNERS = 0.5;
/** How much of a pushed-up chin speech takes back. */
const TALKING_CHIN = 0.7;

/** A part of the face that comes and goes on its own. */
const REGIONS = ['brow', 'eyes', 'nose', 'mouth'] as const;
type Region = (typeof REGIONS)[number];

const regionOf = (shape: Blendshape): Region =>
  shape.startsWith('brow')
    ? 'brow'
    : /^(eye|cheekSquint)/.test(shape)
      ? 'eyes'
      : /^nose/.test(shape)
        ? 'nose'
        : 'mouth';

/** What decides how a weight joins speech. */
type Joining =
  /** Added: speech does not use it. */
  | 'free'
  /** Draws the corners; cannot part closed lips. Gives way to rounding. */
  | 'corners'
  /** Pushes the chin up; cannot part closed lips. */
  | 'chin'
  /** Presses the lips together: shown while they are. */
  | 'sealing'
  /** Parts the lips: shown as far as speech has them apart. */
  | 'parting';

const JOINING: readonly (readonly [RegExp, Joining])[] = [
  [/^mouth(Smile|Frown|Dimple|Stretch)/, 'corners'],
  [/^mouthShrug/, 'chin'],
  [/^mouth(Press|Roll)/, 'sealing'],
  [/^(mouth(UpperUp|LowerDown|Funnel)|jawOpen)/, 'parting'],
];
const joiningOf = (shape: Blendshape): Joining => JOINING.find(([names]) => names.test(shape))?.[1] ?? 'free';

/** One blendshape that some emotion uses. */
interface UsedShape {
  readonly index: number;
  readonly joining: Joining;
  readonly region: number;
  /** -1 right half, 1 left half, 0 both. */
  readonly side: number;
  /** Weight at full intensity by emotion, in the order of {@link POSED_EMOTIONS}. */
  readonly weights: Float64Array;
}

function usedShapes(oneSided: 'Left' | 'Right'): UsedShape[] {
  const full = POSED_EMOTIONS.map((name) => withSides(EMOTION_POSES[name].face, oneSided));
  return BLENDSHAPES.flatMap((shape, index) => {
    const weights = Float64Array.from(full, (pose) => pose[shape] ?? 0);
    if (weights.every((weight) => weight === 0)) return [];
    const side = shape.endsWith('Left') ? 1 : shape.endsWith('Right') ? -1 : 0;
    return [{ index, joining: joiningOf(shape), region: REGIONS.indexOf(regionOf(shape)), side, weights }];
  });
}

/** ARKit names with their sides: `mouthSmile` stands for both halves, `mouthSmile?` for the one that `oneSided` names. */
function withSides(face: ShapeWeights, oneSided: string): Partial<Record<Blendshape, number>> {
  const result: Partial<Record<Blendshape, number>> = {};
  for (const [name, weight] of Object.entries(face)) {
    const names = name.endsWith('?')
      ? [name.replace('?', oneSided)]
      : name in BLENDSHAPE_INDEX
        ? [name]
        : [`${name}Left`, `${name}Right`];
    for (const full of names) result[full as Blendshape] = weight;
  }
  return result;
}

/** How speech holds the mouth in a frame, 0..1 each. */
export interface SpokenMouth {
  /** How close the lips are to touching each other. */
  readonly contact: number;
  /** How close the lower lip is to the upper teeth. */
  readonly biting: number;
}

/**
 * Puts emotions on a face that speaks. The upper face is added. The mouth is combined so that speech keeps what it needs:
 * no emotion parts lips that touch or that rest, or takes the lower lip from the teeth. A held expression is not frozen: brows, eyes, nose
 * and mouth come and go a little on their own, and no face is quite symmetric (both belong to the seed).
 */
export class EmotionalFace {
  readonly #shapes: readonly UsedShape[];
  readonly #drift: readonly Chance[];
  readonly #side: number;
  readonly #factors = new Float64Array(REGIONS.length);

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    const chance = new Chance(seed, 'emotion');
    this.#shapes = usedShapes(chance.uniform(0) < 0.5 ? 'Left' : 'Right');
    this.#side = ASYMMETRY * (2 * chance.uniform(1) - 1);
    this.#drift = REGIONS.map((name) => new Chance(seed, `emotion ${name}`));
  }

  /**
   * Combines emotions with what is in `weights`.
   *
   * @param weights - 52 ARKit weights with speech and blinks in them.
   * @param intensities - 0..1 in the order of {@link POSED_EMOTIONS}.
   * @param time - Media time, seconds.
   */
  write(
    weights: Float32Array,
    intensities: ArrayLike<number>,
    { contact, biting }: SpokenMouth,
    time: number,
  ): void {
    let strongest = 0;
    for (let e = 0; e < intensities.length; e++) strongest = Math.max(strongest, intensities[e]!);
    if (strongest === 0) return;
    for (let r = 0; r < REGIONS.length; r++) {
      this.#factors[r] = Math.max(0, 1 + DRIFT * this.#drift[r]!.noise(time * DRIFT_RATE));
    }
    const at = (shape: Blendshape): number => weights[BLENDSHAPE_INDEX[shape]]!;
    const apart = (1 - contact) * (1 - biting);
    const talking = clamp((at('jawOpen') - at('mouthClose')) / TALKING, 0, 1) * apart;
    const rounded = Math.max(at('mouthPucker'), at('mouthFunnel'));
    const shown: Record<Joining, number> = {
      free: 1,
      corners: 1 - ROUNDED_CORNERS * rounded,
      chin: 1 - TALKING_CHIN * talking,
      sealing: 1 - talking,
      parting: talking,
    };
    const lids = Math.max(at('eyeBlinkLeft'), at('eyeBlinkRight'));
    for (const { index, joining, region, side, weights: full } of this.#shapes) {
      let without = 1;
      for (let e = 0; e < full.length; e++) without *= 1 - full[e]! * intensities[e]!;
      const value = clamp(
        (1 - without) * this.#factors[region]! * (1 + this.#side * side) * shown[joining],
        0,
        1,
      );
      // Two causes of one movement add up without ever going beyond its end.
      weights[index] = weights[index]! + value * (1 - weights[index]!);
    }
    for (const eye of [BLENDSHAPE_INDEX.eyeWideLeft, BLENDSHAPE_INDEX.eyeWideRight])
      weights[eye]! *= 1 - lids;
    weights[BLENDSHAPE_INDEX.jawOpen] = Math.min(
      1,
      at('jawOpen') + gape(intensities) * apart * (1 - talking),
    );
  }
}

/** Above this intensity an emotion whose mouth falls open shows that in silence too. */
const GAPES_ABOVE = 0.8;

/** How far the jaw falls in silence: only the strongest surprise and fear open a mouth that does not speak. */
function gape(intensities: ArrayLike<number>): number {
  let jaw = 0;
  POSED_EMOTIONS.forEach((name, e) => {
    jaw += (EMOTION_POSES[name].gape ?? 0) * smoothstep((intensities[e]! - GAPES_ABOVE) / (1 - GAPES_ABOVE));
  });
  return jaw;
}

/** What emotions do to everything but the face, weighted by their intensities. All zero without any. */
export function feelingOf(intensities: ArrayLike<number>): Feeling {
  const sum = { ...INDIFFERENT };
  POSED_EMOTIONS.forEach((name, e) => {
    const { feeling } = EMOTION_POSES[name];
    for (const key in feeling) sum[key as keyof Feeling] += feeling[key as keyof Feeling]! * intensities[e]!;
  });
  return sum;
}
