/** `value` with so many decimals, for text that is read by people and programs. Never -0. */
export function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale + 0;
}
