/** Order of the colours in which a network takes and gives pictures. */
export type ColourOrder = 'rgb' | 'bgr';

/** A square picture between video and networks: planes of one size, in video's colours (BT.709, limited range). */
export class SquarePicture {
  readonly side: number;
  /** `side * side` numbers each: luma 16..235, the colour differences about 128. */
  readonly y: Float32Array;
  readonly u: Float32Array;
  readonly v: Float32Array;

  constructor(side: number) {
    this.side = side;
    this.y = new Float32Array(side * side);
    this.u = new Float32Array(side * side);
    this.v = new Float32Array(side * side);
  }

  /**
   * Writes the picture as a network takes it.
   *
   * @param target - Three colours, one after the other, `side * side` numbers each, 0..1.
   */
  toColours(target: Float32Array, order: ColourOrder): void {
    const area = this.side * this.side;
    const [red, blue] = order === 'rgb' ? [0, 2 * area] : [2 * area, 0];
    for (let at = 0; at < area; at++) {
      const luma = (this.y[at]! - 16) * (255 / 219);
      const u = this.u[at]! - 128;
      const v = this.v[at]! - 128;
      target[red + at] = unit(luma + 1.792741 * v);
      target[area + at] = unit(luma - 0.213249 * u - 0.532909 * v);
      target[blue + at] = unit(luma + 2.112402 * u);
    }
  }

  /**
   * Takes over a picture that a network gave.
   *
   * @param colours - As {@link SquarePicture.toColours} writes them.
   */
  fromColours(colours: Float32Array, order: ColourOrder): void {
    const area = this.side * this.side;
    const [red, blue] = order === 'rgb' ? [0, 2 * area] : [2 * area, 0];
    for (let at = 0; at < area; at++) {
      const r = colours[red + at]!;
      const g = colours[area + at]!;
      const b = colours[blue + at]!;
      this.y[at] = 16 + 219 * (0.2126 * r + 0.7152 * g + 0.0722 * b);
      this.u[at] = 128 + 224 * (-0.114572 * r - 0.385428 * g + 0.5 * b);
      this.v[at] = 128 + 224 * (0.5 * r - 0.454153 * g - 0.045847 * b);
    }
  }
}

/** A share of white, 0..1. */
function unit(value: number): number {
  return Math.min(1, Math.max(0, value / 255));
}
