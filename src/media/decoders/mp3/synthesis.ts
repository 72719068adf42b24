/**
 * From frequency lines to samples: alias reduction, inverse MDCT with overlap, polyphase synthesis.
 *
 * @module
 */
import { type Granule, SHORT } from './side-info.ts';
import { LINES } from './spectrum.ts';
import { SYNTHESIS_WINDOW } from './tables.ts';

const SUBBANDS = 32;
/** Lines and time slots of one subband. */
const SLOTS = 18;

const ALIAS = [-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037].map((c) => {
  const norm = Math.sqrt(1 + c * c);
  return [1 / norm, c / norm] as const;
});

/** Inverse MDCT of `n / 2` lines to `n` values: `cos(pi / 2n * (2i + 1 + n / 2) * (2k + 1))`. */
function transform(n: number): Float32Array {
  return Float32Array.from({ length: (n * n) / 2 }, (_, index) => {
    const i = Math.floor(index / (n / 2));
    const k = index % (n / 2);
    return Math.cos((Math.PI / (2 * n)) * (2 * i + 1 + n / 2) * (2 * k + 1));
  });
}
const LONG_TRANSFORM = transform(36);
const SHORT_TRANSFORM = transform(12);

const sine = (n: number, length: number) => Math.sin((Math.PI / length) * (n + 0.5));
/** Windows by block type; type 2 is the short one, of which three overlap. */
const WINDOWS: readonly Float32Array[] = [
  Float32Array.from({ length: 36 }, (_, n) => sine(n, 36)),
  Float32Array.from({ length: 36 }, (_, n) =>
    n < 18 ? sine(n, 36) : n < 24 ? 1 : n < 30 ? sine(n - 18, 12) : 0,
  ),
  Float32Array.from({ length: 12 }, (_, n) => sine(n, 12)),
  Float32Array.from({ length: 36 }, (_, n) =>
    n < 6 ? 0 : n < 12 ? sine(n - 6, 12) : n < 18 ? 1 : sine(n, 36),
  ),
];

/** Synthesis window with the mirrored half filled in. */
const WINDOW = Float32Array.from({ length: 512 }, (_, n) => {
  if (n <= 256) return SYNTHESIS_WINDOW[n]! / 65_536;
  const mirrored = SYNTHESIS_WINDOW[512 - n]! / 65_536;
  return (512 - n) % 64 === 0 ? mirrored : -mirrored;
});
/** Matrix of the polyphase filter: `cos((16 + i) * (2k + 1) * pi / 64)` for i = 17..48, the part without symmetries. */
const MATRIX = Float32Array.from({ length: 32 * SUBBANDS }, (_, index) => {
  const i = 17 + Math.floor(index / SUBBANDS);
  return Math.cos(((16 + i) * (2 * (index % SUBBANDS) + 1) * Math.PI) / 64);
});

/** The filter memory of one channel. */
export class Synthesis {
  /** Second halves of the last transform, by subband and slot. */
  readonly #overlap = new Float32Array(LINES);
  /** Sixteen rows of 64 values, used as a ring. */
  readonly #history = new Float32Array(1024);
  #head = 0;
  readonly #subband = new Float32Array(36);
  readonly #slots = new Float32Array(LINES);

  /**
   * Turns the lines of one granule (changed on the way) into 576 samples.
   *
   * @param target - Interleaved samples; every `stride`-th from `offset` on is written.
   */
  run(lines: Float32Array, granule: Granule, target: Float32Array, offset: number, stride: number): void {
    reduceAliases(lines, granule);
    for (let band = 0; band < SUBBANDS; band += 1) this.#inverse(lines, granule, band);
    for (let slot = 0; slot < SLOTS; slot += 1)
      this.#polyphase(slot, target, offset + slot * SUBBANDS * stride, stride);
  }

  #inverse(lines: Float32Array, granule: Granule, band: number): void {
    const type = granule.mixed && band < 2 ? 0 : granule.blockType;
    const values = this.#subband;
    if (type === SHORT) shortBlocks(lines, band * SLOTS, values);
    else longBlock(lines, band * SLOTS, WINDOWS[type]!, values);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const at = band * SLOTS + slot;
      const sum = values[slot]! + this.#overlap[at]!;
      // The filter bank turns every second subband around.
      this.#slots[slot * SUBBANDS + band] = band & slot & 1 ? -sum : sum;
      this.#overlap[at] = values[slot + SLOTS]!;
    }
  }

  /** One step of the synthesis filter (figure A.2 of the standard): 32 subband values in, 32 samples out. */
  #polyphase(slot: number, target: Float32Array, offset: number, stride: number): void {
    this.#head = (this.#head - 64) & 1023;
    const history = this.#history;
    const head = this.#head;
    const input = this.#slots.subarray(slot * SUBBANDS, slot * SUBBANDS + SUBBANDS);
    for (let i = 17, row = 0; i <= 48; i += 1, row += SUBBANDS) {
      let sum = 0;
      for (let k = 0; k < SUBBANDS; k += 1) sum += MATRIX[row + k]! * input[k]!;
      history[head + i] = sum;
      if (i <= 32) history[head + 32 - i] = -sum;
      else if (i < 48) history[head + 96 - i] = sum;
    }
    history[head + 16] = 0;
    for (let j = 0; j < SUBBANDS; j += 1) {
      let sum = 0;
      for (let i = 0; i < 8; i += 1) {
        sum += history[(head + i * 128 + j) & 1023]! * WINDOW[i * 64 + j]!;
        sum += history[(head + i * 128 + 96 + j) & 1023]! * WINDOW[i * 64 + 32 + j]!;
      }
      target[offset + j * stride] = sum;
    }
  }
}

/** Undoes the leakage between neighbouring subbands; short blocks have none. */
function reduceAliases(lines: Float32Array, granule: Granule): void {
  const borders = granule.blockType !== SHORT ? SUBBANDS - 1 : granule.mixed ? 1 : 0;
  for (let border = 1; border <= borders; border += 1) {
    const middle = border * SLOTS;
    for (const [n, [cs, ca]] of ALIAS.entries()) {
      const below = lines[middle - 1 - n]!;
      const above = lines[middle + n]!;
      lines[middle - 1 - n] = below * cs - above * ca;
      lines[middle + n] = above * cs + below * ca;
    }
  }
}

function longBlock(lines: Float32Array, start: number, window: Float32Array, values: Float32Array): void {
  for (let i = 0; i < 36; i += 1) {
    // The transform's output is odd around 8.5 and even around 26.5, so half of it is enough.
    if (i >= 9 && i < 18) values[i] = -values[17 - i]!;
    else if (i >= 27) values[i] = values[53 - i]!;
    else {
      let sum = 0;
      for (let k = 0; k < SLOTS; k += 1) sum += lines[start + k]! * LONG_TRANSFORM[i * SLOTS + k]!;
      values[i] = sum;
    }
  }
  for (let i = 0; i < 36; i += 1) values[i]! *= window[i]!;
}

function shortBlocks(lines: Float32Array, start: number, values: Float32Array): void {
  values.fill(0);
  const window = WINDOWS[SHORT]!;
  for (let block = 0; block < 3; block += 1) {
    for (let i = 0; i < 12; i += 1) {
      let sum = 0;
      for (let k = 0; k < 6; k += 1) sum += lines[start + k * 3 + block]! * SHORT_TRANSFORM[i * 6 + k]!;
      values[6 + block * 6 + i]! += sum * window[i]!;
    }
  }
}
