import { type Avatar, BLENDSHAPE_INDEX, type Blendshape, type GainPatch } from '../../core/basics.ts';
import type {
  ClipRect,
  GainMap,
  PlacedGains,
  Raster,
  ShadeCall,
  Surface,
} from '../../kernels/raster/index.ts';

/** Largest gain, as a share of the full one, that nobody sees: some half per cent of the brightness. */
const UNSEEN = 0.012;

/** The shading of one blendshape. */
interface Fold {
  /** Its place among the weights. */
  readonly index: number;
  readonly gains: PlacedGains;
  /** Weight up to which it is not seen; taken off every weight, so that it comes in without a step. */
  readonly unseen: number;
  /** Numbers of the triangles on which it lies. */
  readonly triangles: Uint16Array;
}

/**
 * Shades the skin: adds up the folds of the frame's expression and multiplies the drawn face by them. Only the
 * triangles on which they lie are touched, none at rest.
 */
export class Shading {
  readonly #raster: Raster;
  readonly #folds: readonly Fold[];
  readonly #map: GainMap;
  readonly #call: Omit<ShadeCall, 'count'>;
  /** All triangles of the map, and which of them the frame needs. */
  readonly #triangles: Uint16Array;
  readonly #needed: Uint8Array;

  /** @param screen - x, y per vertex, target pixels, as the rig moves them. */
  constructor(avatar: Avatar, raster: Raster, screen: Float32Array, target: Surface, clip: ClipRect) {
    const { width, height, uv, triangles, tint, folds } = avatar.shading;
    this.#raster = raster;
    this.#map = { width, height, data: raster.gains(width * height) };
    this.#triangles = triangles;
    this.#needed = new Uint8Array(triangles.length / 3);
    this.#folds = Object.entries(folds).map(([name, patch]) => {
      const data = raster.gains(patch.gains.length);
      data.set(patch.gains);
      const largest = patch.gains.reduce((most, gain) => Math.max(most, Math.abs(gain)), 1);
      return {
        index: BLENDSHAPE_INDEX[name as Blendshape],
        gains: { ...patch, data },
        unseen: (UNSEEN * 32_767) / largest,
        triangles: trianglesUnder(patch, triangles, uv),
      };
    });
    const places = raster.floats(uv.length);
    places.set(uv);
    const mesh = { triangles: raster.indices(triangles.length), screen, uv: places };
    this.#call = { mesh, first: 0, gains: this.#map, tint, target, clip };
  }

  /**
   * Shades the face that was drawn last.
   *
   * @param weights - Of all blendshapes, within limits.
   */
  draw(weights: Float32Array): void {
    let any = false;
    for (const { index, gains, unseen, triangles } of this.#folds) {
      const weight = weights[index]! - unseen;
      if (weight <= 0) continue;
      if (!any) {
        any = true;
        this.#map.data.fill(0);
        this.#needed.fill(0);
      }
      this.#raster.addGains(this.#map, gains, Math.min(1, weight));
      for (let i = 0; i < triangles.length; i++) this.#needed[triangles[i]!] = 1;
    }
    if (any) this.#raster.shade({ ...this.#call, count: this.#gather() });
  }

  /** Puts the needed triangles one after the other and returns their number. */
  #gather(): number {
    const { triangles } = this.#call.mesh;
    let count = 0;
    for (let t = 0; t < this.#needed.length; t++) {
      if (this.#needed[t] === 0) continue;
      for (let k = 0; k < 3; k++) triangles[count * 3 + k] = this.#triangles[t * 3 + k]!;
      count++;
    }
    return count;
  }
}

/** Numbers of the triangles that have a visible gain of the patch, or a texel beside one, in the box around them. */
function trianglesUnder(patch: GainPatch, triangles: Uint16Array, uv: Float32Array): Uint16Array {
  const found: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t]! * 2, triangles[t + 1]! * 2, triangles[t + 2]! * 2];
    const left = Math.max(0, Math.floor(Math.min(uv[a]!, uv[b]!, uv[c]!) - 1) - patch.x);
    const right = Math.min(patch.width, Math.max(uv[a]!, uv[b]!, uv[c]!) + 1 - patch.x);
    const top = Math.max(0, Math.floor(Math.min(uv[a + 1]!, uv[b + 1]!, uv[c + 1]!) - 1) - patch.y);
    const bottom = Math.min(patch.height, Math.max(uv[a + 1]!, uv[b + 1]!, uv[c + 1]!) + 1 - patch.y);
    let seen = false;
    for (let y = top; y < bottom && !seen; y++) {
      for (let x = left; x < right && !seen; x++) {
        seen = Math.abs(patch.gains[y * patch.width + x]!) > UNSEEN * 32_767;
      }
    }
    if (seen) found.push(t / 3);
  }
  return Uint16Array.from(found);
}
