/** Rows of features around a frame. */
export const ROWS = 10;
/** Hidden states per row. */
const STATES = 5;
/** Numbers per state. */
export const WIDTH = 384;
/** Places of the sequence that the network attends to. */
export const PLACES = ROWS * STATES;

/** Sine and cosine of every place, which the network was trained to find added to its features: {@link PLACES} rows. */
export function positions(): Float32Array {
  const values = new Float32Array(PLACES * WIDTH);
  for (let place = 0; place < PLACES; place++) {
    for (let pair = 0; pair < WIDTH / 2; pair++) {
      const angle = place * 10_000 ** ((-2 * pair) / WIDTH);
      values[place * WIDTH + 2 * pair] = Math.sin(angle);
      values[place * WIDTH + 2 * pair + 1] = Math.cos(angle);
    }
  }
  return values;
}
