/**
 * Follows a moving target like a critically damped spring: no overshoot, continuous velocity. The step is the exact
 * solution of `x'' = -2 w x' - w^2 (x - target)`, hence stable for any step length.
 */
export class Follower {
  value = 0;
  #velocity = 0;

  /**
   * Moves on by `dt` seconds.
   *
   * @param target - Where to go.
   * @param dt - Length of the step, seconds.
   * @param lag - How far it trails behind a steadily moving target, seconds.
   * @returns The new value.
   */
  step(target: number, dt: number, lag: number): number {
    const w = 2 / lag;
    const decay = Math.exp(-w * dt);
    const distance = this.value - target;
    const push = (this.#velocity + w * distance) * dt;
    this.#velocity = (this.#velocity - w * push) * decay;
    this.value = target + (distance + push) * decay;
    return this.value;
  }
}
