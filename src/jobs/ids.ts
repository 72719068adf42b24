import { randomBytes } from 'node:crypto';

/** Length of the random part: 100 bits, so that ids can neither collide nor be guessed. */
const LENGTH = 20;
/** 32 signs that cannot be confused when read aloud (Crockford). */
const SIGNS = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id: `vid_3k9q…`. */
export function newId(prefix: string): string {
  return `${prefix}_${Array.from(randomBytes(LENGTH), (byte) => SIGNS[byte & 31]).join('')}`;
}

/** Whether `text` has the form of an id that starts with `prefix`. */
export function isId(text: string, prefix: string): boolean {
  return (
    text.startsWith(`${prefix}_`) && new RegExp(`^[${SIGNS}]{${LENGTH}}$`).test(text.slice(prefix.length + 1))
  );
}
