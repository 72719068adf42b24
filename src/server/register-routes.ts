import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { LoquentError } from '../core/index.ts';
import { LOCAL_PRINCIPAL } from './access/principal.ts';
import type { Resource } from './resource.ts';
import { check, DEFAULT_MAX_BYTES, type Route } from './route.ts';

/** Makes the routes of all resources known to the HTTP server. */
export function addRoutes(app: FastifyInstance, resources: readonly Resource[]): void {
  const routes = resources.flatMap((resource) => resource.routes);
  // Bodies that are not JSON are read by the handlers themselves, as streams; only declared media types arrive there.
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('*', (request, _payload, done) => {
    const type = mediaTypeOf(request);
    if (request.routeOptions.config.route?.otherBodies?.[type]) done(null, undefined);
    else
      done(
        new LoquentError('MEDIA_TYPE_UNSUPPORTED', `This address does not take bodies of type "${type}".`),
      );
  });
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: route.maxBytes ?? DEFAULT_MAX_BYTES,
      config: { route },
      handler: handlerOf(route),
    });
  }
  // Answered before it comes here, but a hook runs only for routes that exist.
  app.options('*', async (_request, reply) => reply.code(204).send());
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const methods = routes.filter((route) => patternOf(route.path).test(path)).map(({ method }) => method);
    if (methods.length === 0) throw new LoquentError('ROUTE_NOT_FOUND', `There is nothing at ${path}.`);
    reply.header('allow', [...new Set(methods)].join(', '));
    throw new LoquentError('METHOD_NOT_ALLOWED', `${path} does not know the method ${request.method}.`);
  });
}

function handlerOf(route: Route): RouteHandlerMethod {
  return async (request, reply) => {
    const params = route.params && check(route.params, request.params, 'path');
    const query = route.query && check(route.query, request.query, 'query');
    const json = !route.otherBodies?.[mediaTypeOf(request)];
    const body = route.body && json ? check(route.body, request.body ?? undefined, 'body') : undefined;
    const principal = request.principal ?? LOCAL_PRINCIPAL;
    const answer = await route.handle({ params, query, body, principal, request, reply, log: request.log });
    return answer === undefined ? reply : reply.send(answer);
  };
}

/** The media type of the body without its parameters, lower case; empty if there is none. */
function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** `/v1/videos/:id` as an expression that whole paths match. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
}
