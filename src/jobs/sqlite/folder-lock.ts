import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LoquentError } from '../../core/index.ts';

/**
 * Makes sure that one service at a time works in a data folder. The lock is SQLite's own, which the system gives back when
 * the process ends, in whatever way.
 *
 * @throws LoquentError `DATA_UNUSABLE` if another service works there.
 */
export function lockFolder(folder: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = new DatabaseSync(join(folder, 'service.lock'));
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    file.close();
    throw new LoquentError('DATA_UNUSABLE', `Another service works in "${folder}".`, {
      cause,
      hint: 'End the other service, or choose another folder with --data.',
    });
  }
  return { [Symbol.dispose]: () => file.close() };
}
