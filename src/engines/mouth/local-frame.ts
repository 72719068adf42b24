/**
 * A small flat coordinate system fixed to the skull (the plane of the teeth, of an eye), as it appears in the output:
 * an affine map between output pixels and local units.
 */
export class LocalFrame {
  /** Output pixel of the local origin. */
  x = 0;
  y = 0;
  /** Local coordinates of an output offset (dx, dy): X = xx dx + xy dy, Y = yx dx + yy dy. */
  xx = 1;
  xy = 0;
  yx = 0;
  yy = 1;
  /** Shift of what lies one `back` behind the plane, local units; 0 seen from the front. */
  leanX = 0;
  leanY = 0;

  /**
   * Says where the frame appears.
   *
   * @param points - Output pixels x, y of four places: the origin, and one local unit right, down and back from it.
   */
  place(points: ArrayLike<number>): void {
    this.x = points[0]!;
    this.y = points[1]!;
    const a = points[2]! - this.x;
    const b = points[4]! - this.x;
    const c = points[3]! - this.y;
    const d = points[5]! - this.y;
    const determinant = a * d - b * c || 1e-9;
    this.xx = d / determinant;
    this.xy = -b / determinant;
    this.yx = -c / determinant;
    this.yy = a / determinant;
    const backX = points[6]! - this.x;
    const backY = points[7]! - this.y;
    this.leanX = this.xx * backX + this.xy * backY;
    this.leanY = this.yx * backX + this.yy * backY;
  }
}
