import { HEAD_SIDE, type HeadCrop, scaleOf } from './head-crop.ts';

/** Between shifts in the photo, in face heights, and shifts of the points in the square, half a side each. */
export class HeadShift {
  readonly #unit: number;
  readonly #cos: number;
  readonly #sin: number;

  /** @param faceHeight - Picture pixels. */
  constructor(crop: HeadCrop, faceHeight: number) {
    const scale = scaleOf(crop);
    this.#unit = faceHeight / scale / (HEAD_SIDE / 2);
    this.#cos = crop.right / scale;
    this.#sin = crop.down / scale;
  }

  /** From the photo to the square. */
  toSquare(x: number, y: number): [x: number, y: number] {
    return [this.#unit * (this.#cos * x + this.#sin * y), this.#unit * (this.#cos * y - this.#sin * x)];
  }

  /** From the square to the photo. */
  toPhoto(x: number, y: number): [x: number, y: number] {
    return [(this.#cos * x - this.#sin * y) / this.#unit, (this.#sin * x + this.#cos * y) / this.#unit];
  }
}
