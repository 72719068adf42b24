import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LoquentError } from '../../core/index.ts';
import type { Database } from '../../jobs/sqlite/database.ts';
import { type Principal, SCOPES, type Scope } from './principal.ts';

/** A key as it is listed: its secret is known to nobody but its holder. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** Form of a whole key: `lq_<id>_<secret>`; the secret has 256 random bits. */
const FORM = /^lq_([0-9a-z]{12})_([\w-]{43})$/;

/**
 * The API keys of a service. Secrets are random and long, so that a plain hash protects them: there is nothing to guess.
 */
export class KeyRing {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Makes a key.
   *
   * @param name - For people, to tell keys apart.
   * @returns The key itself is in `key`, here and never again.
   */
  async create(name: string, scopes: readonly Scope[]): Promise<KeyInfo & { readonly key: string }> {
    const id = Array.from(randomBytes(12), (byte) => (byte % 36).toString(36)).join('');
    const secret = randomBytes(32).toString('base64url');
    const createdAt = Date.now();
    await this.#database
      .insertInto('keys')
      .values({
        id,
        name,
        hash: hashOf(secret),
        scopes: scopes.join(' '),
        created_at: createdAt,
        revoked_at: null,
      })
      .execute();
    return { id, name, scopes, createdAt, revokedAt: null, key: `lq_${id}_${secret}` };
  }

  /** Every key, the oldest first, revoked ones too. */
  async list(): Promise<KeyInfo[]> {
    const rows = await this.#database.selectFrom('keys').selectAll().orderBy('created_at').execute();
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      scopes: scopesOf(row.scopes),
      createdAt: row.created_at,
      revokedAt: row.revoked_at,
    }));
  }

  /** Ends a key at once. What it made stays. @returns Whether there was such a key in use. */
  async revoke(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('keys')
      .set({ revoked_at: Date.now() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** @throws LoquentError `KEY_INVALID` unless `key` is a key that is in use. */
  async identify(key: string): Promise<Principal> {
    const [, id = '', secret = ''] = FORM.exec(key) ?? [];
    const row = await this.#database
      .selectFrom('keys')
      .select(['hash', 'scopes'])
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (!row || !timingSafeEqual(Buffer.from(row.hash, 'hex'), Buffer.from(hashOf(secret), 'hex'))) {
      throw new LoquentError('KEY_INVALID', 'The API key is unknown or was revoked.');
    }
    return { id, scopes: new Set(scopesOf(row.scopes)) };
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function scopesOf(text: string): Scope[] {
  return SCOPES.filter((scope) => text.split(' ').includes(scope));
}
