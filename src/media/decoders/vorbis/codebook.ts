import { bitLength, type PacketBits } from './packet-bits.ts';

/** Mark that every codebook begins with ("BCV"). */
const SYNC = 0x56_43_42;
/** Entry of a tree node that is not reached by any code. */
const NONE = 0x7fff_ffff;

/** A prefix code over entry numbers, and the vectors that they stand for. */
export class Codebook {
  readonly dimensions: number;
  readonly entries: number;
  /** `entries * dimensions` values, or `null` if the code only gives numbers. */
  readonly vectors: Float32Array | null;
  /** Two children per node: a node's number, or the complement of an entry's. */
  readonly #tree: number[];

  private constructor(dimensions: number, lengths: Uint8Array, vectors: Float32Array | null) {
    this.dimensions = dimensions;
    this.entries = lengths.length;
    this.vectors = vectors;
    this.#tree = buildTree(lengths);
  }

  /** Reads a codebook from the setup header; `null` if it is broken. */
  static read(bits: PacketBits): Codebook | null {
    if (bits.unsigned(24) !== SYNC) return null;
    const dimensions = bits.unsigned(16);
    const entries = bits.unsigned(24);
    if (bits.ended || entries === 0 || (dimensions === 0 && entries > 1)) return null;
    const lengths = readLengths(bits, entries);
    if (!lengths) return null;
    const vectors = readVectors(bits, entries, dimensions);
    return vectors === undefined ? null : new Codebook(dimensions, lengths, vectors);
  }

  /** Reads one code; -1 at the end of the packet or for an unused code. */
  read(bits: PacketBits): number {
    let node = 0;
    while (node >= 0) {
      node = this.#tree[node * 2 + bits.bit()]!;
      if (node === NONE) return -1;
    }
    return bits.ended ? -1 : ~node;
  }
}

function readLengths(bits: PacketBits, entries: number): Uint8Array | null {
  const lengths = new Uint8Array(entries);
  if (bits.bit() === 1) {
    let length = bits.unsigned(5) + 1;
    for (let entry = 0; entry < entries; length += 1) {
      const count = bits.unsigned(bitLength(entries - entry));
      if (length > 32 || entry + count > entries || bits.ended) return null;
      lengths.fill(length, entry, entry + count);
      entry += count;
    }
    return lengths;
  }
  const sparse = bits.bit() === 1;
  for (let entry = 0; entry < entries && !bits.ended; entry += 1) {
    if (!sparse || bits.bit() === 1) lengths[entry] = bits.unsigned(5) + 1;
  }
  return bits.ended ? null : lengths;
}

/** Vectors by entry; `null` for a code without, `undefined` for a broken header. */
function readVectors(bits: PacketBits, entries: number, dimensions: number): Float32Array | null | undefined {
  const kind = bits.unsigned(4);
  if (kind === 0) return null;
  if (kind > 2) return undefined;
  const minimum = readFloat(bits);
  const step = readFloat(bits);
  const width = bits.unsigned(4) + 1;
  const sequence = bits.bit() === 1;
  const count = kind === 1 ? latticeSize(entries, dimensions) : entries * dimensions;
  const values = new Float32Array(count);
  for (let n = 0; n < count && !bits.ended; n += 1) values[n] = bits.unsigned(width);
  if (bits.ended || entries * dimensions > 1 << 24) return undefined;
  const vectors = new Float32Array(entries * dimensions);
  for (let entry = 0; entry < entries; entry += 1) {
    let last = 0;
    for (let dimension = 0, divisor = 1; dimension < dimensions; dimension += 1, divisor *= count) {
      const index = kind === 1 ? Math.floor(entry / divisor) % count : entry * dimensions + dimension;
      const value = values[index]! * step + minimum + last;
      if (sequence) last = value;
      vectors[entry * dimensions + dimension] = value;
    }
  }
  return vectors;
}

/** The largest number whose power of `dimensions` does not exceed `entries`. */
function latticeSize(entries: number, dimensions: number): number {
  let size = Math.max(1, Math.floor(entries ** (1 / dimensions)));
  while ((size + 1) ** dimensions <= entries) size += 1;
  while (size > 1 && size ** dimensions > entries) size -= 1;
  return size;
}

/** Vorbis' own float format: 21 bits of mantissa, 10 of exponent, sign. */
function readFloat(bits: PacketBits): number {
  const word = bits.unsigned(32);
  const mantissa = word % 2 ** 21;
  const exponent = Math.floor(word / 2 ** 21) % 1024;
  return (word >= 2 ** 31 ? -mantissa : mantissa) * 2 ** (exponent - 788);
}

/** Gives every entry, in order, the lowest code of its length that is still free. */
function buildTree(lengths: Uint8Array): number[] {
  const tree = [NONE, NONE];
  const used = lengths.reduce((count, length) => count + (length > 0 ? 1 : 0), 0);
  for (const [entry, length] of lengths.entries()) if (length > 0) insert(tree, 0, length, entry);
  // A code with a single word takes one bit, whatever that is.
  if (used === 1 && tree[1] === NONE) tree[1] = tree[0]!;
  return tree;
}

/** Puts a leaf at `depth` below `node`, as far left as possible. Returns whether there was room. */
function insert(tree: number[], node: number, depth: number, entry: number): boolean {
  for (const side of [0, 1]) {
    const at = node * 2 + side;
    if (depth === 1) {
      if (tree[at] !== NONE) continue;
      tree[at] = ~entry;
      return true;
    }
    if (tree[at] === NONE) {
      tree[at] = tree.length / 2;
      tree.push(NONE, NONE);
    }
    if (tree[at]! >= 0 && insert(tree, tree[at]!, depth - 1, entry)) return true;
  }
  return false;
}
