/** Units of the edit per degree: the factors by which Ditto keeps eyes on the viewer while the head turns. */
const ACROSS = 0.26;
const UP = 0.28;
/** The points of the eye on the left of the picture, and on the right. */
const LEFT = 11 * 3;
const RIGHT = 15 * 3;

/**
 * Turns the eyes of an expression, in place: the edit "eye gaze" of LivePortrait's demonstration (`gradio_pipeline.py`, MIT), without its
 * effect on the lids.
 *
 * @param exp - `KEYPOINT_NUMBERS` numbers.
 * @param right - Degrees to the right of the picture.
 * @param down - Degrees downwards.
 */
export function lookAside(exp: Float32Array, right: number, down: number): void {
  const [across, up] = [ACROSS * right, -UP * down];
  // The eye that turns towards the nose goes further.
  exp[LEFT]! += across * (across > 0 ? 0.0007 : 0.001);
  exp[RIGHT]! += across * (across > 0 ? 0.001 : 0.0007);
  exp[LEFT + 1]! -= up * 0.001;
  exp[RIGHT + 1]! -= up * 0.001;
}
