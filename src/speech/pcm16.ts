/** Bytes of 16-bit samples, little-endian, as numbers -1..1, however the bytes are cut. */
export class Pcm16Reader {
  /** The first byte of a sample whose second one has not come. */
  #odd: number | null = null;

  /** Takes the next bytes; returns the samples that they complete. */
  push(bytes: Uint8Array): Float32Array {
    const carried = this.#odd === null ? 0 : 1;
    const count = (bytes.length + carried) >> 1;
    const samples = new Float32Array(count);
    for (let n = 0; n < count; n += 1) {
      const at = 2 * n - carried;
      const low = at < 0 ? this.#odd! : bytes[at]!;
      // Shifted to the top and back, so that the sign comes out.
      samples[n] = (((bytes[at + 1]! << 24) | (low << 16)) >> 16) / 32_768;
    }
    const rest = 2 * count - carried < bytes.length;
    this.#odd = rest ? bytes[bytes.length - 1]! : count === 0 ? this.#odd : null;
    return samples;
  }
}
