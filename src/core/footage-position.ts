import { z } from 'zod';

/** Checks a {@link FootagePosition} that comes from outside. */
export const footagePositionSchema = z.strictObject({
  footage: z.string().max(200),
  clip: z.int().min(0),
  frame: z.int().min(0),
  direction: z.union([z.literal(1), z.literal(-1)]),
});

/**
 * Where a job left the footage, so that the next one goes on there: a conversation in snippets looks like one take. Plain
 * JSON.
 */
export interface FootagePosition {
  /** Which footage: a position is of no use in another one. */
  readonly footage: string;
  /** Number of the clip, from 0. */
  readonly clip: number;
  /** Frame of the clip that comes next. */
  readonly frame: number;
  /** 1 where the clip plays forwards, -1 backwards. */
  readonly direction: 1 | -1;
}
