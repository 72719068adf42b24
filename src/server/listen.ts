import type { FastifyInstance } from 'fastify';
import { LoquentError, type ServeOptions } from '../core/index.ts';

/** Listens on the port of the options. @throws LoquentError `PORT_UNAVAILABLE`. */
export async function listenTo(app: FastifyInstance, { host, port }: ServeOptions): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: () => 'listening' });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: 'another program has it',
      EACCES: 'this user may not',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'this machine has no such address',
    };
    const reason = reasons[code ?? ''];
    if (reason === undefined) throw cause;
    throw new LoquentError('PORT_UNAVAILABLE', `Cannot listen on ${host}, port ${port}: ${reason}.`, {
      cause,
    });
  }
}
