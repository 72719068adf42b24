import type { Activity } from '../core/index.ts';
import type { Phrase } from './phrasing.ts';
import { STEP_RATE } from './window.ts';

/** A pause this short belongs to the speech, whatever is chosen for silence, seconds. */
const BREATHER = 1.3;
/** So long after the last word the turn is still the person's own, and then the other's, seconds. */
const OWN_TURN = 3;
const OTHERS_TURN = 6;
/** A silence this long lets the other one take the turn, seconds. */
const TURN_TAKEN = 0.4;
/** Time constant of going over from one activity to another, seconds. */
const CHANGE = 0.6;

/** How much of each activity there is at a moment; together 1. */
export interface Engagement {
  readonly speaking: number;
  readonly listening: number;
  readonly idle: number;
}

/** Decides what the person is doing, and goes over softly. Who speaks is speaking, whatever the choice for silence. */
export class EngagementMover implements Engagement {
  speaking = 1;
  listening = 0;
  idle = 0;

  /**
   * Moves on by one step.
   *
   * @param choice - What to do in silence.
   * @param own - The person's own speech.
   * @param other - The speech of the other one.
   */
  step(choice: Activity, own: Phrase, other: Phrase): void {
    const now = activityOf(choice, own, other);
    const share = 1 - Math.exp(-1 / (STEP_RATE * CHANGE));
    this.speaking += share * ((now === 'speaking' ? 1 : 0) - this.speaking);
    this.listening += share * ((now === 'listening' ? 1 : 0) - this.listening);
    this.idle = 1 - this.speaking - this.listening;
  }
}

function activityOf(choice: Activity, own: Phrase, other: Phrase): Exclude<Activity, 'auto'> {
  const spoke = own.spoken > 0;
  if (own.speaking) return 'speaking';
  if (choice !== 'auto') return spoke && own.silence < BREATHER ? 'speaking' : choice;
  const otherSpokeLast = other.speaking || (other.spoken > 0 && other.silence < own.silence);
  const attends = other.speaking || other.silence < OTHERS_TURN;
  if (otherSpokeLast && attends && (own.silence > TURN_TAKEN || !spoke)) return 'listening';
  return own.silence < OWN_TURN ? 'speaking' : 'idle';
}
