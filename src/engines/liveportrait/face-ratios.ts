import {
  type Avatar,
  BLENDSHAPE_INDEX,
  BLENDSHAPES,
  type Blendshape,
  clamp,
  type MotionFrame,
  type ShapeName,
} from '../../core/basics.ts';

/** Landmarks of one opening: middle of the upper and the lower edge, and its corners. */
const LIPS = [13, 14, 61, 291] as const;
const RIGHT_EYE = [159, 145, 33, 133] as const;
const LEFT_EYE = [386, 374, 362, 263] as const;
/** Blendshapes of the lids of both eyes: closing, half-closing, opening wide. */
const LIDS = [
  ['eyeBlinkRight', 'eyeSquintRight', 'eyeWideRight'],
  ['eyeBlinkLeft', 'eyeSquintLeft', 'eyeWideLeft'],
] as const satisfies readonly (readonly Blendshape[])[];
/** How far they go, in openings of the eye: those of the mesh engine. */
const SQUINTING = 0.12;
const WIDENING = 0.16;
/** Corrections of the photo's own lips that hold in every frame. */
const ALWAYS: ShapeName = 'restClose';

/** How far mouth and eyes are open: heights in widths. */
export interface FaceRatios {
  readonly lips: number;
  /** The eye on the left of the picture first. */
  readonly eyes: readonly [number, number];
}

/** Moves only the landmarks that openings are measured at. */
class Opening {
  readonly #rest: Float64Array;
  /** Displacement of the four landmarks at weight 1, by blendshape. */
  readonly #moves: readonly (readonly [index: number, deltas: Float64Array])[];
  readonly #placed = new Float64Array(12);

  constructor({ mesh, shapes }: Pick<Avatar, 'mesh' | 'shapes'>, landmarks: readonly number[]) {
    this.#rest = Float64Array.from(
      { length: 12 },
      (_, at) => mesh.rest[landmarks[Math.trunc(at / 3)]! * 3 + (at % 3)]!,
    );
    const movesOf = (name: ShapeName): Float64Array | null => {
      const shape = shapes[name];
      if (!shape) return null;
      const deltas = new Float64Array(12);
      for (const [place, landmark] of landmarks.entries()) {
        const at = shape.indices.indexOf(landmark);
        if (at >= 0) deltas.set(shape.deltas.subarray(at * 3, at * 3 + 3), place * 3);
      }
      return deltas.some((delta) => delta !== 0) ? deltas : null;
    };
    this.#moves = [ALWAYS, ...BLENDSHAPES].flatMap((name, index) => {
      const deltas = movesOf(name);
      return deltas ? [[index - 1, deltas] as const] : [];
    });
  }

  /** Height in widths; `null` measures the photo as it is. */
  ratio(weights: Float32Array | null): number {
    const p = this.#placed;
    p.set(this.#rest);
    if (weights) {
      for (const [index, deltas] of this.#moves) {
        const weight = index < 0 ? 1 : weights[index]!;
        if (weight !== 0) for (let at = 0; at < 12; at += 1) p[at]! += weight * deltas[at]!;
      }
    }
    const [across, down] = [p[9]! - p[6]!, p[10]! - p[7]!];
    const width = Math.hypot(across, down) || 1;
    // Downwards, across the line between the corners: edges that have passed each other are closed.
    const height = ((p[4]! - p[1]!) * across - (p[3]! - p[0]!) * down) / width;
    return Math.max(0, height) / width;
  }
}

/** Measures how far movements open mouth and eyes of one person. */
export class RatioMeter {
  /** As photographed. */
  readonly photo: FaceRatios;
  readonly #lips: Opening;

  constructor(avatar: Avatar) {
    this.#lips = new Opening(avatar, LIPS);
    const eyes = [RIGHT_EYE, LEFT_EYE].map((eye) => new Opening(avatar, eye).ratio(null));
    this.photo = { lips: this.#lips.ratio(null), eyes: [eyes[0]!, eyes[1]!] };
  }

  /** As a movement has them: lips as far apart as those of the mesh, lids by their weights. */
  of({ weights }: Pick<MotionFrame, 'weights'>): FaceRatios {
    const [right, left] = LIDS.map((lids, eye) => {
      const [blink, squint, wide] = lids.map((name) => clamp(weights[BLENDSHAPE_INDEX[name]]!, 0, 1));
      return this.photo.eyes[eye]! * (1 - blink!) * (1 - SQUINTING * squint!) * (1 + WIDENING * wide!);
    });
    return { lips: this.#lips.ratio(weights), eyes: [right!, left!] };
  }
}
