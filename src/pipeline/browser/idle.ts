import {
  type Avatar,
  type ControlSettings,
  ControlTrack,
  type MotionFrame,
  type MotionOptions,
  type SpeechFrame,
  seconds,
  VISEMES,
} from '../../core/index.ts';
import { createMotion, type Motion } from '../../motion/index.ts';

/** Speech frames per second that are pushed. */
const RATE = 50;

/** An avatar that says nothing: it breathes, blinks and looks around as it is told to. */
export class IdleMovement {
  readonly #controls = new ControlTrack();
  readonly #motion: Motion;
  readonly #waiting: MotionFrame[] = [];
  #steps = 0;

  /** @throws LoquentError `OPTION_INVALID`. */
  constructor(avatar: Avatar, options: Partial<MotionOptions> = {}) {
    this.#motion = createMotion({
      ...options,
      style: avatar.mouthStyle,
      limits: avatar.rig.limits,
      controls: this.#controls,
    });
  }

  /** Changes controls from one of the next frames on. @throws LoquentError `OPTION_INVALID`. */
  control(settings: ControlSettings): void {
    this.#controls.push(settings);
  }

  /** The movement of the next frame; its time grows by `1 / fps` each time. */
  next(): MotionFrame {
    while (this.#waiting.length === 0) {
      this.#waiting.push(...this.#motion.push([silence(this.#steps / RATE)]));
      this.#steps += 1;
    }
    return this.#waiting.shift()!;
  }
}

function silence(time: number): SpeechFrame {
  return {
    time: seconds(time),
    visemes: Float32Array.from(VISEMES, (name) => (name === 'sil' ? 1 : 0)),
    ...{ aperture: 0, width: 0, rounding: 0, loudness: 0, speech: 0, pitch: 0, voicing: 0, events: [] },
  };
}
