/** Reads bits from a byte array, most significant first. Beyond the end it reads zeros; see {@link BitReader.overrun}. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** Position in bits. */
  position: number;
  readonly #length: number;

  /**
   * @param bytes - Not copied.
   * @param start - First bit.
   */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#length = bytes.length * 8;
    this.position = start;
  }

  /** Whether more bits were read than there are. */
  get overrun(): boolean {
    return this.position > this.#length;
  }

  /** Bits that are left (negative after an overrun). */
  get left(): number {
    return this.#length - this.position;
  }

  /** Looks at the next `count` bits (0..24) as an unsigned number. */
  peek(count: number): number {
    const byte = this.position >> 3;
    const bytes = this.#bytes;
    const word =
      ((bytes[byte] ?? 0) << 24) |
      ((bytes[byte + 1] ?? 0) << 16) |
      ((bytes[byte + 2] ?? 0) << 8) |
      (bytes[byte + 3] ?? 0);
    return count === 0 ? 0 : (word << (this.position & 7)) >>> (32 - count);
  }

  /** Reads an unsigned number of `count` bits (0..48). */
  unsigned(count: number): number {
    if (count > 24) {
      const high = this.unsigned(count - 24);
      return high * 2 ** 24 + this.unsigned(24);
    }
    const value = this.peek(count);
    this.position += count;
    return value;
  }

  /** Reads a two's complement number of `count` bits (0..48). */
  signed(count: number): number {
    if (count === 0) return 0;
    const value = this.unsigned(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Counts zero bits up to the next one bit and takes that too. Stops at the end of the data. */
  unary(): number {
    let zeros = 0;
    while (this.position < this.#length) {
      const word = this.peek(24);
      if (word !== 0) {
        const leading = Math.clz32(word) - 8;
        this.position += leading + 1;
        return zeros + leading;
      }
      zeros += 24;
      this.position += 24;
    }
    return zeros;
  }

  /** Moves to the next whole byte. */
  align(): void {
    this.position = (this.position + 7) & ~7;
  }
}
