import type { Patch } from './contract.ts';
import { NOTHING, planLaying, type Taps, tapsOf } from './taps.ts';

/** {@link Patch} in plain TypeScript: what the kernel is compared with. */
export const referencePatch: Patch = {
  read({ data, width, height }, area, side, target) {
    const across = tapsOf(width, area.x, area.width, side, 'linear');
    const down = tapsOf(height, area.y, area.height, side, 'linear');
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++)
        target[row * side + column] = valueAt(data, width, across, column, down, row);
  },
  lay(plane, area, picture) {
    const plan = planLaying(plane, area, picture);
    if (!plan) return;
    const { side, values, mask } = picture;
    for (let row = 0; row < plan.height; row++) {
      for (let column = 0; column < plan.width; column++) {
        const share = Math.min(1, valueAt(mask, side, plan.maskAcross, column, plan.maskDown, row));
        if (share < NOTHING) continue;
        const at = (plan.top + row) * plane.width + plan.left + column;
        const old = plane.data[at]!;
        const painted = valueAt(values, side, plan.across, column, plan.down, row);
        plane.data[at] = Math.min(255, Math.max(0, old + share * (painted - old) + 0.5));
      }
    }
  },
};

/** One element of a scaled picture. */
function valueAt(
  values: ArrayLike<number>,
  stride: number,
  across: Taps,
  column: number,
  down: Taps,
  row: number,
): number {
  let sum = 0;
  for (let i = 0; i < down.count; i++) {
    const start = (down.first[row]! + i) * stride + across.first[column]!;
    let line = 0;
    for (let k = 0; k < across.count; k++)
      line += across.weights[column * across.count + k]! * values[start + k]!;
    sum += down.weights[row * down.count + i]! * line;
  }
  return sum;
}
