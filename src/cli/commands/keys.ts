import { Option } from 'commander';
import { LoquentError } from '../../core/index.ts';
import type { KeyInfo, KeyRing, Scope } from '../../server.ts';
import type { CommandSpec } from '../command.ts';

interface Typed {
  readonly data?: string;
  readonly name?: string;
  readonly scopes?: string;
}

const dataOption = (): Option =>
  new Option(
    '--data <folder>',
    'data folder of the service (default: LOQUENT_DATA, else the data folder of this user)',
  );

/** What a key may do that is made without saying so: everything but looking after the service. */
const USUAL_SCOPES = 'avatars,videos,live';

const createSpec: CommandSpec<Typed> = {
  name: 'create',
  summary: 'make an API key and show it, once',
  options: [
    new Option('--name <text>', 'whose key it is, for you').default('unnamed'),
    new Option(
      '--scopes <names>',
      'what it is allowed to do, separated by commas: avatars, videos, live, admin',
    ).default(USUAL_SCOPES),
    dataOption(),
  ],
  examples: [
    ['loquent keys create --name website', 'a key that can make videos'],
    ['loquent keys create --name ops --scopes admin', 'a key for the metrics'],
  ],
  async run({ data, name = '', scopes = USUAL_SCOPES }, _argument, { reporter }) {
    const { SCOPES } = await import('../../server.ts');
    const wanted = scopes.split(',').map((scope) => scope.trim());
    const unknown = wanted.filter((scope) => !SCOPES.includes(scope as Scope));
    if (unknown.length > 0) {
      const message = `--scopes must be some of ${SCOPES.join(', ')}, not "${unknown.join(', ')}".`;
      throw new LoquentError('OPTION_INVALID', message);
    }
    const made = await withKeys(data, async (keys, note) => {
      const key = await keys.create(name, wanted as Scope[]);
      note('keys create', key.id);
      return key;
    });
    reporter.report(made, made.key);
    return undefined;
  },
};

const listSpec: CommandSpec<Typed> = {
  name: 'ls',
  summary: 'list the API keys',
  options: [dataOption()],
  examples: [['loquent keys ls', 'who may use the service']],
  async run({ data }, _argument, { reporter }) {
    const keys = await withKeys(data, (ring) => ring.list());
    reporter.report({ keys }, keys.length === 0 ? 'There are no keys.' : keys.map(lineOf).join('\n'));
    return undefined;
  },
};

const revokeSpec: CommandSpec<Typed> = {
  name: 'revoke',
  summary: 'end an API key at once',
  argument: ['<id>', 'id of the key, see `loquent keys ls`'],
  options: [dataOption()],
  examples: [['loquent keys revoke 4f0qk2z81mxa', 'whoever holds this key is shut out']],
  async run({ data }, id, { reporter }) {
    const revoked = await withKeys(data, async (keys, note) => {
      const known = await keys.revoke(id);
      if (known) note('keys revoke', id);
      return known;
    });
    if (!revoked) {
      throw new LoquentError('OPTION_INVALID', `There is no key "${id}" in use.`, {
        hint: 'See `loquent keys ls` for the ids.',
      });
    }
    reporter.report({ revoked: id }, `${id} is revoked.`);
    return undefined;
  },
};

/** `loquent keys create`, `ls` and `revoke`. */
export const keyCommands: readonly CommandSpec<Typed>[] = [createSpec, listSpec, revokeSpec];

/** Notes in the audit log what was done to a key. */
type Note = (action: string, key: string) => void;

async function withKeys<T>(
  data: string | undefined,
  work: (keys: KeyRing, note: Note) => Promise<T>,
): Promise<T> {
  const { AuditLog, dataDirectory, KeyRing, openDatabase } = await import('../../server.ts');
  const database = openDatabase(data ?? dataDirectory());
  const audit = new AuditLog(database);
  const about = { actor: 'command line', status: 200, requestId: null, address: null };
  try {
    return await work(new KeyRing(database), (action, target) => {
      audit.note({ ...about, time: Date.now(), action, target });
    });
  } finally {
    await audit.flush();
    await database.destroy();
  }
}

function lineOf({ id, name, scopes, createdAt, revokedAt }: KeyInfo): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const end = revokedAt === null ? '' : `, revoked ${day(revokedAt)}`;
  return `${id}  ${name}  (${scopes.join(', ')}; made ${day(createdAt)}${end})`;
}
