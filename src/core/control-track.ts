import {
  applySettings,
  type ControlEntry,
  type ControlSettings,
  type ControlSource,
  controlEntrySchema,
  timelineSchema,
} from './controls.ts';
import { parseOptions } from './options.ts';

/** A change of controls; without a time it counts at once. */
export type ControlChange = Omit<ControlEntry, 'time'> & { readonly time?: number };

const changeSchema = controlEntrySchema.partial({ time: true });

/**
 * Controls that live code changes while a stream runs: `track.push({ emotion: { happy: 0.6 } })` shows in the next frame
 * that is drawn, `track.push({ time: 12, gaze: null })` at second 12.
 *
 * What has been reached is merged and forgotten, so memory does not grow; a track therefore belongs to one stream.
 */
export class ControlTrack implements ControlSource {
  /** In order of time; what was pushed later comes later among equals. */
  readonly #pending: (ControlChange & { readonly time: number })[] = [];
  #settings: ControlSettings = {};

  /** @throws LoquentError `OPTION_INVALID`. */
  constructor(changes: readonly ControlChange[] = []) {
    for (const change of changes) this.push(change);
  }

  /**
   * Adds a change. One whose time has passed counts at once.
   *
   * @throws LoquentError `OPTION_INVALID` naming every field that is unknown or out of range; nothing changes then.
   */
  push(change: ControlChange): void {
    const { time = 0, ...settings } = parseOptions(changeSchema, change);
    let at = this.#pending.length;
    while (at > 0 && this.#pending[at - 1].time > time) at--;
    this.#pending.splice(at, 0, { time, ...settings });
  }

  /** What holds at `time`; times must not go back. */
  at(time: number): ControlSettings {
    let reached = 0;
    while (reached < this.#pending.length && this.#pending[reached].time <= time + 1e-9) reached++;
    if (reached === 0) return this.#settings;
    for (const { time: _, ...settings } of this.#pending.splice(0, reached)) {
      this.#settings = applySettings(this.#settings, settings);
    }
    return this.#settings;
  }
}

/** Controls as a user gives them: a timeline, or something that knows them at every moment. */
export type ControlInput = readonly ControlEntry[] | ControlSource;

/**
 * The source of what a user gave.
 *
 * @throws LoquentError `OPTION_INVALID` if an entry of a timeline is.
 */
export function controlSource(input: ControlInput | undefined): ControlSource | undefined {
  const timeline = (given: ControlInput): given is readonly ControlEntry[] => Array.isArray(given);
  if (input === undefined || !timeline(input)) return input;
  return new ControlTrack(parseOptions(timelineSchema, input));
}
