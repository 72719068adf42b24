/** Consecutive values by number, from the first that is still needed to the newest. */
export class Timeline<T> {
  #values: T[] = [];
  #first = 0;

  /** Number of values ever added. */
  get end(): number {
    return this.#first + this.#values.length;
  }

  /** Number of the first value still kept. */
  get start(): number {
    return this.#first;
  }

  /** Adds the next value. */
  push(value: T): void {
    this.#values.push(value);
  }

  /** Value `index`, which lies between {@link Timeline.start} and {@link Timeline.end}. */
  at(index: number): T {
    return this.#values[index - this.#first];
  }

  /** Lets go of the values before number `index`. */
  dropBefore(index: number): void {
    const count = index - this.#first;
    if (count <= 0) return;
    this.#values.splice(0, count);
    this.#first += count;
  }

  /** Starts anew. */
  clear(): void {
    this.#values = [];
    this.#first = 0;
  }
}
