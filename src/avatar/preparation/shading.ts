import { type AvatarShading, type Blendshape, clamp, type GainPatch } from '../../core/index.ts';
import { RELIEF_SHAPES, type Relief, reliefOf } from './relief.ts';
import { GRID, type SkinLight } from './skin-light.ts';
import type { Topology } from './topology.ts';

/** Light that a fold of one centimetre would lose from all around, as a share: skylight does not reach its ground. */
const OCCLUSION = 0.9;
/** Relative change of brightness that the largest number stands for. */
const FULL = 0.45;
/** Changes below this share of brightness are left out: half a step of 8 bits. */
const INVISIBLE = 0.002;
/**
 * How much faster shadows take away the channels that skin reflects less: light in a fold has met the skin more than
 * once.
 */
const REDDENING = 1.5;
const SPEEDS = { least: 0.7, most: 1.35 } as const;

/**
 * Works out how every expression changes the brightness of the skin: the relief of its folds in the light of the photo.
 *
 * Skin of slope `s` in light of direction `l` is brighter by `-l * s`, relative to its brightness (Lambert, first
 * order), and darker by {@link OCCLUSION} times its depth.
 *
 * @param skin - Colour of the skin, RGB.
 */
export function shadeFolds(
  light: SkinLight,
  topology: Topology,
  skin: readonly [number, number, number],
): AvatarShading {
  const folds: Partial<Record<Blendshape, GainPatch>> = {};
  for (const shape of RELIEF_SHAPES) {
    const patch = gains(reliefOf(shape), light);
    if (patch) folds[shape] = patch;
  }
  const uv = new Float32Array((Math.max(...topology.coarse) + 1) * 2);
  for (let v = 0; v * 2 < uv.length; v += 1) {
    uv[v * 2] = (topology.canonical[v * 3] - GRID.left) / GRID.cell;
    uv[v * 2 + 1] = (GRID.top - topology.canonical[v * 3 + 1]) / GRID.cell;
  }
  const size = { width: GRID.width, height: GRID.height };
  return { ...size, uv, triangles: topology.coarse, tint: shadowTint(skin), folds };
}

/** Change per channel at a gain of {@link FULL}, so that brightness changes by just that. */
function shadowTint(skin: readonly [number, number, number]): [number, number, number] {
  const mean = 0.299 * skin[0] + 0.587 * skin[1] + 0.114 * skin[2] + 8;
  const speed = skin.map((value) => clamp(((value + 8) / mean) ** -REDDENING, SPEEDS.least, SPEEDS.most));
  const share = 0.299 * skin[0] * speed[0] + 0.587 * skin[1] * speed[1] + 0.114 * skin[2] * speed[2] + 8;
  return [0, 1, 2].map((k) => Math.min(1, (FULL * speed[k] * mean) / share)) as [number, number, number];
}

/** The gains of one shape, cut to the cells where they can be seen; `null` if there are none. */
function gains({ bounds, height }: Relief, { slope, skin }: SkinLight): GainPatch | null {
  const { cell, left, top } = GRID;
  const limit = (value: number, most: number) => Math.min(most, Math.max(0, Math.floor(value)));
  const x0 = limit((bounds[0] - left) / cell, GRID.width);
  const x1 = limit((bounds[2] - left) / cell + 1, GRID.width);
  const y0 = limit((top - bounds[3]) / cell, GRID.height);
  const y1 = limit((top - bounds[1]) / cell + 1, GRID.height);
  const [width, rows] = [x1 - x0, y1 - y0];
  const values = new Int16Array(width * rows);
  const half = cell / 2;
  // A cell's right edge is the next one's left, its lower edge the upper one of the cell below: no height is asked twice.
  const upper = new Float64Array(width).fill(Number.NaN);
  let seen = false;
  for (let row = 0; row < rows; row += 1) {
    const y = top - (y0 + row + 0.5) * cell;
    let leftEdge = Number.NaN;
    for (let column = 0; column < width; column += 1) {
      const shown = skin.data[(y0 + row) * GRID.width + x0 + column];
      if (shown < 0.01) {
        leftEdge = upper[column] = Number.NaN;
        continue;
      }
      const x = left + (x0 + column + 0.5) * cell;
      const before = Number.isNaN(leftEdge) ? height(x - half, y) : leftEdge;
      const above = Number.isNaN(upper[column]) ? height(x, y + half) : upper[column];
      leftEdge = height(x + half, y);
      upper[column] = height(x, y - half);
      const lit = -(slope[0] * (leftEdge - before) + slope[1] * (above - upper[column])) / cell;
      const gain = shown * (lit + OCCLUSION * Math.min(0, height(x, y)));
      if (Math.abs(gain) < INVISIBLE) continue;
      seen = true;
      values[row * width + column] = Math.round(Math.min(1, Math.max(-1, gain / FULL)) * 32_767);
    }
  }
  return seen ? { x: x0, y: y0, width, height: rows, gains: values } : null;
}
