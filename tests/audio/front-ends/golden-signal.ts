/** The signal of `eval/front_ends.py`: a rising tone with a hum, pauses and noise. */
export function goldenSignal(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, (_, n) => {
    const t = n / 16_000;
    const tone =
      0.3 * Math.sin(2 * Math.PI * (200 * t + 1500 * t * t)) + 0.1 * Math.sin(2 * Math.PI * 120 * t);
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (Math.floor(n / 2000) % 4 === 3 ? 0 : tone) + 0.02 * (state / 2 ** 32 - 0.5);
  });
}
