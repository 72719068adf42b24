import { LoquentError, type PhoneNotation } from '../../core/index.ts';

/** What a file says, before its symbols are understood. */
export interface RawPhones {
  /** Start and end in seconds, and the symbol as it is written. */
  readonly phones: readonly (readonly [start: number, end: number, symbol: string])[];
  readonly notation?: PhoneNotation | undefined;
  readonly language?: string | undefined;
}

/** A file that makes no sense, as an error. */
export function unreadable(problem: string): LoquentError {
  return new LoquentError('PHONES_INVALID', `The file of phones ${problem}.`);
}
