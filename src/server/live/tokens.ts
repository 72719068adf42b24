import { createHash, randomBytes } from 'node:crypto';
import { LoquentError } from '../../core/index.ts';

/** What a token opens: each of them once. */
export type Door = 'whep' | 'socket' | 'audio' | 'avatar';

/** A token as its holder gets it. */
export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since 1970 at which it can no longer be used for the first time. */
  readonly expiresAt: number;
}

interface Entry {
  readonly session: string;
  /** Web page that may use it; `null` for programs. */
  readonly origin: string | null;
  readonly expiresAt: number;
  readonly used: Set<Door>;
}

/** How long a token waits for its use, milliseconds. */
const LIFETIME = 60_000;
/** Tokens that are remembered at most; the oldest are forgotten first. */
const MOST_TOKENS = 10_000;
const PREFIX = 'lt_';

/**
 * The tokens with which pages connect to live sessions: short-lived, for one session and one web page, and each opens every
 * door once. Only their hashes are kept.
 */
export class LiveTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** @param now - Milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Whether a text looks like a token at all. */
  static is(text: string | null): text is string {
    return text?.startsWith(PREFIX) ?? false;
  }

  issue(session: string, origin: string | null): IssuedToken {
    const token = PREFIX + randomBytes(32).toString('base64url');
    const expiresAt = this.#now() + LIFETIME;
    this.#entries.set(hashOf(token), { session, origin, expiresAt, used: new Set() });
    if (this.#entries.size > MOST_TOKENS) this.#entries.delete(this.#entries.keys().next().value!);
    return { token, expiresAt };
  }

  /**
   * Opens a door, if the token does.
   *
   * @param origin - The page that asks, without its scheme if only the host is known; `null` for a program.
   * @throws LoquentError `LIVE_TOKEN_INVALID`, for whatever reason: a stranger learns nothing from it.
   */
  use(token: string, session: string, origin: string | null, door: Door): void {
    const entry = this.#entries.get(hashOf(token));
    const fits = entry?.session === session && isFor(entry.origin, origin) && entry.expiresAt > this.#now();
    if (!fits || entry.used.has(door)) {
      const message = 'The token is unknown, too old, used already, or not for this page or session.';
      throw new LoquentError('LIVE_TOKEN_INVALID', message);
    }
    entry.used.add(door);
  }

  /** Forgets the tokens of a session. */
  revoke(session: string): void {
    for (const [hash, entry] of this.#entries) if (entry.session === session) this.#entries.delete(hash);
  }
}

function isFor(page: string | null, asking: string | null): boolean {
  if (asking?.startsWith('//')) return page?.replace(/^https?:/, '') === asking;
  return page === asking;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
