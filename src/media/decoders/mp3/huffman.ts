import type { BitReader } from '../bit-reader.ts';
import { PrefixCode } from '../prefix-code.ts';
import { LINEAR_BITS, PAIR_CODES, QUAD_CODES } from './tables.ts';

const pairCodes = new Map<number, PrefixCode>();

function pairCode(table: number): PrefixCode {
  const known = pairCodes.get(table);
  if (known) return known;
  const { lengths, pairs } = PAIR_CODES[table]!;
  const values = Array.from(lengths, (_, index) =>
    Number.parseInt(pairs.slice(index * 2, index * 2 + 2), 16),
  );
  const code = new PrefixCode(lengths, values);
  pairCodes.set(table, code);
  return code;
}

const quadCode = new PrefixCode(
  QUAD_CODES.lengths,
  Array.from(QUAD_CODES.quads, (digit) => Number.parseInt(digit, 16)),
);

/**
 * Reads pairs of quantised values into `target` from `start` to `end`.
 *
 * @param table - 0..31 as the side information selects it.
 */
export function readPairs(
  bits: BitReader,
  table: number,
  target: Int16Array,
  start: number,
  end: number,
): void {
  if (table === 0 || table === 4 || table === 14) return void target.fill(0, start, end);
  const linear = table >= 16 ? LINEAR_BITS[table - 16]! : 0;
  const code = pairCode(table >= 24 ? 24 : table >= 16 ? 16 : table);
  for (let at = start; at < end; at += 2) {
    const pair = code.read(bits);
    target[at] = readValue(bits, pair >> 4, linear);
    target[at + 1] = readValue(bits, pair & 15, linear);
  }
}

function readValue(bits: BitReader, code: number, linear: number): number {
  if (code === 0) return 0;
  const value = code === 15 && linear > 0 ? 15 + bits.unsigned(linear) : code;
  return bits.unsigned(1) ? -value : value;
}

/**
 * Reads quadruples of -1, 0, 1 up to bit `end`.
 *
 * @param plain - Four bits per quadruple (table B) instead of the prefix code (table A).
 * @returns Where the values end in `target`.
 */
export function readQuads(
  bits: BitReader,
  plain: boolean,
  target: Int16Array,
  start: number,
  end: number,
): number {
  let at = start;
  while (bits.position < end && at + 4 <= target.length) {
    const quad = plain ? bits.unsigned(4) ^ 15 : quadCode.read(bits);
    for (let k = 0; k < 4; k += 1) target[at + k] = quad & (8 >> k) ? (bits.unsigned(1) ? -1 : 1) : 0;
    // A quadruple that reaches beyond the granule was never written.
    if (bits.position > end) {
      target.fill(0, at, at + 4);
      break;
    }
    at += 4;
  }
  return at;
}
