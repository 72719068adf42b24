import { degrees, mix, smoothstep } from '../core/index.ts';

/** Main sequence of saccades (A. T. Bahill et al. 1975): shortest duration, seconds, and seconds per radian. */
const SHORTEST = 0.021;
const PER_RADIAN = (0.0022 * 180) / Math.PI;
/** Smaller ways are followed smoothly (pursuit), with this time constant in seconds. */
const LEAST_SACCADE = degrees(1.5);
const PURSUIT = 0.09;
/** The eyes rest at least so long between two saccades, seconds. */
const LEAST_REST = 0.12;

/** Leads the eyes to directions that are asked for, as eyes go there: in saccades, and smoothly after what moves slowly. */
export class GazeGuide {
  yaw = 0;
  pitch = 0;
  /** Radians of the saccade that begins with the present step; 0 in most steps. */
  shift = 0;
  #from: readonly [number, number] = [0, 0];
  #to: readonly [number, number] = [0, 0];
  #start = Number.NEGATIVE_INFINITY;
  #duration = SHORTEST;

  /** Is there at once: for the beginning. */
  jump(yaw: number, pitch: number): void {
    this.yaw = yaw;
    this.pitch = pitch;
    this.#to = [yaw, pitch];
    this.#from = this.#to;
  }

  /**
   * Moves on by `dt` to `time`, both in seconds.
   *
   * @param yaw - Where to look, radians.
   * @param pitch - Where to look, radians.
   */
  step(time: number, dt: number, yaw: number, pitch: number): void {
    this.shift = 0;
    const way = Math.hypot(yaw - this.#to[0], pitch - this.#to[1]);
    // The first step of a saccade is part of it: a command shows in the frame of its own time.
    if (way >= LEAST_SACCADE && time - (this.#start + this.#duration) >= LEAST_REST - 1e-9) {
      this.#from = [this.yaw, this.pitch];
      this.#to = [yaw, pitch];
      this.#duration = SHORTEST + PER_RADIAN * way;
      this.#start = time - dt;
      this.shift = way;
    }
    const progress = Math.min(1, (time - this.#start) / this.#duration);
    if (progress < 1 || time - dt < this.#start + this.#duration) {
      const t = smoothstep(progress);
      this.yaw = mix(this.#from[0], this.#to[0], t);
      this.pitch = mix(this.#from[1], this.#to[1], t);
      return;
    }
    if (way < LEAST_SACCADE) this.#to = [yaw, pitch];
    const share = 1 - Math.exp(-dt / PURSUIT);
    this.yaw = mix(this.yaw, this.#to[0], share);
    this.pitch = mix(this.pitch, this.#to[1], share);
  }
}
