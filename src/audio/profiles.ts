import { HEARING_PROFILES, type HearingProfile, LoquentError } from '../core/index.ts';
import type { NetworkName } from './weights.ts';

/** What a {@link HearingProfile} means. */
export interface ProfileSettings {
  readonly network: NetworkName;
  /** Mel rows (10 ms) by which the network's input runs behind the measurement of the speaker's level. */
  readonly levelHindsight: number;
  /** Speech frames (20 ms) by which the gate runs behind the network. */
  readonly gateHindsight: number;
}

const SETTINGS: Readonly<Record<HearingProfile, ProfileSettings>> = {
  standard: { network: 'standard', levelHindsight: 0, gateHindsight: 0 },
  'low-latency': { network: 'low-latency', levelHindsight: 0, gateHindsight: 0 },
  offline: { network: 'standard', levelHindsight: 20, gateHindsight: 15 },
};

/**
 * Looks a profile up.
 *
 * @throws LoquentError `OPTION_INVALID` for a name that is none.
 */
export function profileSettings(profile: HearingProfile): ProfileSettings {
  if (HEARING_PROFILES.includes(profile)) return SETTINGS[profile];
  throw new LoquentError(
    'OPTION_INVALID',
    `The hearing profile must be one of ${HEARING_PROFILES.join(', ')}, not "${profile}".`,
  );
}
