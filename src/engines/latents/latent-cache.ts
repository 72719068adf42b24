/** Most bytes that latents of pictures may take: a minute of film for a network of 256 pixels. */
const MOST = 96 * 2 ** 20;

/** Latents of pictures that come again, in footage that is played to and fro. Those that were not needed for longest go first. */
export class LatentCache {
  readonly #known = new Map<string, Float32Array>();
  #bytes = 0;

  /** @param key - Names the picture; `null` is known nowhere else. */
  get(key: string | null): Float32Array | null {
    const found = key === null ? undefined : this.#known.get(key);
    if (key === null || !found) return null;
    this.#known.delete(key);
    this.#known.set(key, found);
    return found;
  }

  /** @param latents - Must not change any more. */
  set(key: string | null, latents: Float32Array): void {
    if (key === null || this.#known.has(key)) return;
    this.#known.set(key, latents);
    this.#bytes += latents.byteLength;
    for (const [oldest, { byteLength }] of this.#known) {
      if (this.#bytes <= MOST) break;
      this.#known.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
