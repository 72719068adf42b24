import type { Engagement } from './engagement.ts';
import type { MannerAmounts } from './manners.ts';
import type { Phrase } from './phrasing.ts';
import type { Accent } from './prominence.ts';
import type { Reply } from './replies.ts';

/** What head, eyes, brows and breath know about one step of 20 ms. */
export interface Moment {
  readonly step: number;
  /** Media time, seconds. */
  readonly time: number;
  /** Confidence that the person speaks, 0..1. */
  readonly speech: number;
  readonly phrase: Phrase;
  /** Pitch above the speaker's mean, semitones; 0 where there is no voice. */
  readonly intonation: number;
  /** A stressed syllable to answer to from now on. */
  readonly accent: Accent | null;
  /** What to answer the other one with from now on. */
  readonly reply: Reply | null;
  readonly engagement: Engagement;
  readonly manner: MannerAmounts;
}
