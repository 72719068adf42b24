import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** How long a link works, milliseconds. */
export const LINK_TIME = 15 * 60_000;

/** What a link adds to its path. */
export const linkQuery = z.object({
  expires: z.coerce.number().int().describe('when the link ends, milliseconds since 1970'),
  signature: z.string().max(100).describe('proof that the service made the link'),
});

/** A link that works without a key until `expiresAt`, milliseconds since 1970. */
export interface SignedLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** Links to files that work without a key, for a while: for players and for people. */
export class SignedLinks {
  readonly #secret: Buffer;
  readonly #now: () => number;

  /** @param now - Milliseconds since 1970. */
  constructor(secret: Buffer, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
  }

  /** A link to `path`, without the address of the service. */
  make(path: string): SignedLink {
    const expiresAt = this.#now() + LINK_TIME;
    return { url: `${path}?expires=${expiresAt}&signature=${this.#sign(path, expiresAt)}`, expiresAt };
  }

  /** Whether a link to `path` was made here and still works. */
  check(path: string, { expires, signature }: z.output<typeof linkQuery>): boolean {
    const wanted = Buffer.from(this.#sign(path, expires));
    const given = Buffer.from(signature);
    return expires > this.#now() && wanted.length === given.length && timingSafeEqual(wanted, given);
  }

  #sign(path: string, expires: number): string {
    return createHmac('sha256', this.#secret).update(`${path} ${expires}`).digest('base64url');
  }
}
