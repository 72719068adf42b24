import { type LipRig, smoothstep } from '../../core/basics.ts';

/** How far the mask goes beyond the corners of the mouth, centimetres. */
const SIDE = 1.8;
/** How far it goes up and down, as shares of the way to the nose and to the tip of the chin. */
const UP = 0.95;
const DOWN = 0.85;
/** It is round like a superellipse of this power, and whole up to this share of its extent. */
const ROUNDNESS = 2.5;
const WHOLE = 0.62;
const WHOLE_POWER = WHOLE ** ROUNDNESS;
/** Below the nose, and tip of the chin. */
const NOSE = 2;
const CHIN = 152;

/**
 * Where the mouth is drawn with the person's own lips at rest: all of the lips, the shadow under them and the corners, with
 * soft edges on plain skin.
 */
export class LipMask {
  /** Middle of the closed lips, head centimetres. */
  readonly middle: readonly [number, number, number];
  readonly #side: number;
  readonly #up: number;
  readonly #down: number;

  constructor({ landmarks, mesh, mouth }: LipRig) {
    const at = mouth.innerUpper[mouth.innerUpper.length >> 1]! * 3;
    this.middle = [mesh.rest[at]!, mesh.rest[at + 1]!, mesh.rest[at + 2]!];
    this.#side = mouth.width / 2 + SIDE;
    this.#up = UP * Math.max(0.5, this.middle[1] - landmarks[NOSE * 3 + 1]!);
    this.#down = DOWN * Math.max(0.5, landmarks[CHIN * 3 + 1]! - this.middle[1]);
  }

  /** How much of the mask is at a place beside {@link middle}, head centimetres: 0..1. */
  at(x: number, y: number): number {
    const across = Math.abs(x) / this.#side;
    const along = y < 0 ? -y / this.#up : y / this.#down;
    if (across >= 1 || along >= 1) return 0;
    const power = across * across * Math.sqrt(across) + along * along * Math.sqrt(along);
    if (power <= WHOLE_POWER) return 1;
    if (power >= 1) return 0;
    const radius = power ** (1 / ROUNDNESS);
    return 1 - smoothstep((radius - WHOLE) / (1 - WHOLE));
  }
}
