/** Seconds in which one background turns into another. */
const LENGTH = 0.4;

/** What is behind the person, as one picture follows the other: `null` is the photo's own background. */
type Backdrop = Uint8Array | null;

/** Turns one backdrop into another, picture by picture. */
export class BackdropFade {
  readonly #steps: number;
  readonly #scenery: () => Uint8Array;
  #from: Uint8Array | null = null;
  #to: Backdrop = null;
  /** What `#to` looks like. */
  #target: Uint8Array | null = null;
  #step: number;
  #mixture: Uint8Array | null = null;

  /**
   * @param fps - Pictures per second.
   * @param backdrop - What is seen at first; premultiplied RGBA, as all of them.
   * @param scenery - Makes what is seen when the backdrop is `null`.
   */
  constructor(fps: number, backdrop: Backdrop, scenery: () => Uint8Array) {
    this.#steps = Math.max(1, Math.round(LENGTH * fps));
    this.#step = this.#steps;
    this.#to = backdrop;
    this.#scenery = scenery;
  }

  /** Begins to turn into `backdrop`, which is kept, from whatever is seen now. */
  begin(backdrop: Backdrop): void {
    this.#from = this.#mixed()?.slice() ?? this.#scenery();
    this.#to = backdrop;
    this.#target = backdrop ?? this.#scenery();
    this.#step = 0;
  }

  /** What is seen with the next picture, valid until the next call; `undefined` if nothing changes. */
  next(): Backdrop | undefined {
    if (this.#step === this.#steps) return undefined;
    this.#step += 1;
    const mixed = this.#mixed();
    if (this.#step === this.#steps) {
      this.#from = null;
      this.#target = null;
      this.#mixture = null;
    }
    return mixed;
  }

  #mixed(): Backdrop {
    const from = this.#from;
    const target = this.#target;
    if (this.#step === this.#steps || !from || !target) return this.#to;
    const weight = Math.round((256 * this.#step) / this.#steps);
    this.#mixture ??= new Uint8Array(target.length);
    const mixed = this.#mixture;
    for (let at = 0; at < mixed.length; at += 1) {
      mixed[at] = (from[at]! * (256 - weight) + target[at]! * weight) >> 8;
    }
    return mixed;
  }
}
