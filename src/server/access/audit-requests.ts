import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AuditLog } from '../../jobs/sqlite/audit-log.ts';

/** Methods that change nothing. */
const LOOKING = ['GET', 'HEAD', 'OPTIONS'];
/** Answers to those who may not do what they want. */
const REFUSALS = [401, 403];

/** Has the audit log note every request that changed something, and every one that was not allowed to. */
export function auditRequests(app: FastifyInstance, audit: AuditLog): void {
  app.addHook('onResponse', async (request, reply) => {
    const { url: route } = request.routeOptions;
    const { statusCode: status } = reply;
    if (route === undefined || LOOKING.includes(request.method)) return;
    if (status >= 400 && !REFUSALS.includes(status)) return;
    audit.note({
      time: Date.now(),
      actor: request.principal?.id ?? 'unknown',
      action: `${request.method} ${route}`,
      target: (request.params as { readonly id?: string }).id ?? madeBy(reply),
      status,
      requestId: request.id,
      address: request.ip,
    });
  });
}

/** Id of what a request made, which its answer leads to. */
function madeBy(reply: FastifyReply): string | null {
  const location = reply.getHeader('location');
  return typeof location === 'string' ? (location.split('/').at(-1) ?? null) : null;
}
