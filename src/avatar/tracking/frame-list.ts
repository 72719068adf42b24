/** Numbers of every frame of a clip whose length is not known yet. */
export class FrameList<T extends Uint8Array | Uint32Array | Float32Array> {
  #data: T;
  /** How many numbers each frame has. */
  readonly #stride: number;
  /** Frames so far. */
  length = 0;

  /** @param data - Empty; decides the type. */
  constructor(data: T, stride = 1) {
    this.#data = data;
    this.#stride = stride;
  }

  /** Adds a frame. */
  push(...values: readonly number[]): void {
    const at = this.length++ * this.#stride;
    if (at + this.#stride > this.#data.length) {
      const longer = new (this.#data.constructor as new (length: number) => T)(
        Math.max(1024 * this.#stride, 2 * this.#data.length),
      );
      longer.set(this.#data);
      this.#data = longer;
    }
    this.#data.set(values, at);
  }

  /** The first number of a frame that was added. */
  at(frame: number): number {
    return this.#data[frame * this.#stride]!;
  }

  /** All frames; a copy. */
  all(): T {
    return this.#data.slice(0, this.length * this.#stride) as T;
  }
}
