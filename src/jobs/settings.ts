import { randomBytes } from 'node:crypto';
import type { Database } from './sqlite/database.ts';

/**
 * A random secret of the service that outlives restarts, made when it is first asked for.
 *
 * @param name - What it is for.
 * @returns 32 bytes.
 */
export async function serviceSecret(database: Database, name: string): Promise<Buffer> {
  const value = randomBytes(32).toString('base64');
  await database
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await database
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return Buffer.from(row.value, 'base64');
}
