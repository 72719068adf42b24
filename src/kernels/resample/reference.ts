import type { AlphaKind, Resample, ResampleSource } from './contract.ts';
import { type Filter, makeFilter } from './filters.ts';

/** {@link Resample} in plain TypeScript: what the kernel is compared with. */
export const resampleReference: Resample = (source, region, width, height, alpha = 'opaque', detail) => {
  const horizontal = makeFilter(source.width, region.x, region.width, width, detail);
  const vertical = makeFilter(source.height, region.y, region.height, height, detail);
  const out = new Uint8Array(width * height * 4);
  const sum = new Float64Array(width * 4);
  const { taps, first, weights } = vertical;
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let tap = 0; tap < taps; tap++) {
      const row = Math.min(source.height - 1, Math.max(0, first[y]! + tap));
      addRow(source, row, horizontal, weights[y * taps + tap]!, sum);
    }
    storeRow(sum, out, y * width * 4, alpha);
  }
  return out;
};

/** Scales one row of the source and adds it to `sum`, `share` times. */
function addRow(
  { data, width }: ResampleSource,
  row: number,
  filter: Filter,
  share: number,
  sum: Float64Array,
) {
  const { taps, first, weights } = filter;
  for (let x = 0; x < first.length; x++) {
    for (let tap = 0; tap < taps; tap++) {
      const column = Math.min(width - 1, Math.max(0, first[x]! + tap));
      const weight = weights[x * taps + tap]! * share;
      for (let k = 0; k < 4; k++) sum[x * 4 + k]! += weight * data[(row * width + column) * 4 + k]!;
    }
  }
}

function storeRow(sum: Float64Array, out: Uint8Array, at: number, alpha: AlphaKind): void {
  for (let i = 0; i < sum.length; i += 4) {
    const a = alpha === 'opaque' ? 255 : Math.floor(Math.min(255, Math.max(0, sum[i + 3]!)) + 0.5);
    // premultiplied colours can never exceed their alpha; a sharpening filter would overshoot there
    for (let k = 0; k < 3; k++) out[at + i + k] = Math.min(a, Math.max(0, Math.floor(sum[i + k]! + 0.5)));
    out[at + i + 3] = a;
  }
}
