import {
  applySettings,
  CONTROL_SHAPE,
  type ControlSettings,
  type ControlSource,
  type Controls,
  type MotionOptions,
} from '../../core/index.ts';

/** Times nearer than this are one. */
const SAME = 1e-6;

/** Remembers what is asked for until the movements of its time come: for engines that follow controls themselves. */
export class AskedControls implements ControlSource {
  readonly #source: ControlSource | undefined;
  readonly #beginning: Controls;
  readonly #steps: { readonly time: number; readonly settings: ControlSettings }[] = [];

  /**
   * @param source - What changes on the way.
   * @param options - What holds from the beginning.
   */
  constructor(source: ControlSource | undefined, options: MotionOptions) {
    this.#source = source;
    const names = Object.keys(CONTROL_SHAPE) as (keyof Controls)[];
    this.#beginning = Object.fromEntries(names.map((name) => [name, options[name]])) as Controls;
  }

  at(time: number): ControlSettings {
    const settings = this.#source?.at(time) ?? {};
    this.#steps.push({ time, settings });
    return settings;
  }

  /** What was asked for at the time of a movement; times must not go back. */
  take(time: number): Controls {
    while (this.#steps.length > 1 && this.#steps[1]!.time <= time + SAME) this.#steps.shift();
    return applySettings(this.#beginning, this.#steps[0]?.settings ?? {});
  }
}
