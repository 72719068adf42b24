/** Pixels of one output row inside the mouth, and the colours that are being painted there. Entries from `count` on mean nothing. */
export interface InsideRow {
  count: number;
  /** Output column of each pixel. */
  x: Int32Array;
  /** Its centre in the frame of the teeth, centimetres. */
  X: Float64Array;
  Y: Float64Array;
  /** Centimetres below the upper lip, above the lower one, and from the nearer end of the opening. */
  below: Float64Array;
  above: Float64Array;
  fromEnd: Float64Array;
  /** Brightness of the light that falls there from the side, about 1. */
  light: Float64Array;
  /** How much of the pixel is not lip, 0..1. */
  cover: Float64Array;
  /** What is left of the lip that was there, 0..1: less than the rest of `cover`, as a lip that curls in is dark. */
  keep: Float64Array;
  /** Colours, 0..255; once the row is done, times `cover`. */
  r: Float64Array;
  g: Float64Array;
  b: Float64Array;
}

/** Makes an empty row with room for `length` pixels. */
export function makeInsideRow(length: number): InsideRow {
  const numbers = () => new Float64Array(length);
  return {
    count: 0,
    x: new Int32Array(length),
    X: numbers(),
    Y: numbers(),
    below: numbers(),
    above: numbers(),
    fromEnd: numbers(),
    light: numbers(),
    cover: numbers(),
    keep: numbers(),
    r: numbers(),
    g: numbers(),
    b: numbers(),
  };
}
