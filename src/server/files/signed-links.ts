import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a link works, milliseconds. */
export const LINK_TIME = 15 * 60_000;

/** Links to files that work without a key, for a while: for players and for people. */
export class SignedLinks {
  readonly #secret: Buffer;
  readonly #now: () => number;

  /** @param now - Milliseconds since 1970. */
  constructor(secret: Buffer, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
  }

  /** A link to a file, without the address of the service. */
  make(id: string): { readonly url: string; readonly expiresAt: number } {
    const expiresAt = this.#now() + LINK_TIME;
    return { url: `/v1/files/${id}?expires=${expiresAt}&signature=${this.#sign(id, expiresAt)}`, expiresAt };
  }

  /** Whether a link was made here and still works. */
  check(id: string, expires: number, signature: string): boolean {
    const wanted = Buffer.from(this.#sign(id, expires));
    const given = Buffer.from(signature);
    return expires > this.#now() && wanted.length === given.length && timingSafeEqual(wanted, given);
  }

  #sign(id: string, expires: number): string {
    return createHmac('sha256', this.#secret).update(`${id} ${expires}`).digest('base64url');
  }
}
