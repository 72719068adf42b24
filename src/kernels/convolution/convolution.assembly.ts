// One row of a convolution over time in WebAssembly SIMD. The reference is `reference.ts`.
//
// Outputs come in groups of 32: eight accumulators stay in registers while one input value after the other is spread
// over the lanes. Weights lie in the order in which they are read: [group][tap][input][32].

const LANES = 32;

/**
 * Computes one output row.
 *
 * @param taps - `kernel` addresses of input rows (u32), oldest tap first.
 * @param kernel - Number of taps.
 * @param inputs - Values per input row.
 * @param weights - Weights in reading order.
 * @param biases - `groups * 32` values.
 * @param output - Receives `groups * 32` values.
 * @param groups - Groups of 32 outputs.
 */
export function convolve(
  taps: usize,
  kernel: i32,
  inputs: i32,
  weights: usize,
  biases: usize,
  output: usize,
  groups: i32,
): void {
  const rowEnd = <usize>inputs << 2;
  for (let group = 0; group < groups; group++) {
    let a = v128.load(biases, 0);
    let b = v128.load(biases, 16);
    let c = v128.load(biases, 32);
    let d = v128.load(biases, 48);
    let e = v128.load(biases, 64);
    let f = v128.load(biases, 80);
    let g = v128.load(biases, 96);
    let h = v128.load(biases, 112);
    for (let tap = 0; tap < kernel; tap++) {
      const row = <usize>load<u32>(taps + (<usize>tap << 2));
      for (let at: usize = 0; at < rowEnd; at += 4) {
        const value = v128.load32_splat(row + at);
        a = f32x4.add(a, f32x4.mul(value, v128.load(weights, 0)));
        b = f32x4.add(b, f32x4.mul(value, v128.load(weights, 16)));
        c = f32x4.add(c, f32x4.mul(value, v128.load(weights, 32)));
        d = f32x4.add(d, f32x4.mul(value, v128.load(weights, 48)));
        e = f32x4.add(e, f32x4.mul(value, v128.load(weights, 64)));
        f = f32x4.add(f, f32x4.mul(value, v128.load(weights, 80)));
        g = f32x4.add(g, f32x4.mul(value, v128.load(weights, 96)));
        h = f32x4.add(h, f32x4.mul(value, v128.load(weights, 112)));
        weights += LANES * 4;
      }
    }
    v128.store(output, a, 0);
    v128.store(output, b, 16);
    v128.store(output, c, 32);
    v128.store(output, d, 48);
    v128.store(output, e, 64);
    v128.store(output, f, 80);
    v128.store(output, g, 96);
    v128.store(output, h, 112);
    biases += LANES * 4;
    output += LANES * 4;
  }
}
