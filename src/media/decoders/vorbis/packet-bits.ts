/** Reads bits of a Vorbis packet, least significant first. Beyond the end it reads zeros and sets {@link ended}. */
export class PacketBits {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array, firstByte = 0) {
    this.#bytes = bytes;
    this.#position = firstByte * 8;
  }

  /** Whether more bits were asked for than there are. */
  get ended(): boolean {
    return this.#position > this.#bytes.length * 8;
  }

  /** Reads one bit. */
  bit(): number {
    const byte = this.#bytes[this.#position >> 3] ?? 0;
    const bit = (byte >> (this.#position & 7)) & 1;
    this.#position += 1;
    return bit;
  }

  /** Reads an unsigned number of `count` bits (0..32). */
  unsigned(count: number): number {
    let value = 0;
    for (let got = 0; got < count; ) {
      const offset = this.#position & 7;
      const taken = Math.min(8 - offset, count - got);
      const part = ((this.#bytes[this.#position >> 3] ?? 0) >> offset) & ((1 << taken) - 1);
      value += part * 2 ** got;
      got += taken;
      this.#position += taken;
    }
    return value;
  }
}

/** Bits needed for a number: 0 for 0, 3 for 7. */
export function bitLength(value: number): number {
  return value <= 0 ? 0 : 32 - Math.clz32(value);
}
