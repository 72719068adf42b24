import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { docsPage } from './docs-page.ts';
import { openApi } from './openapi.ts';

/** The documentation of the service: for programs as OpenAPI, for people as one page that loads nothing else. */
export function docsResource(resources: readonly Resource[]): Resource {
  const docs: Resource = {
    name: 'Documentation',
    description: 'This page, and the same for programs.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/openapi.json',
        summary: 'Describes the whole service as OpenAPI 3.1.',
        scope: null,
        answers: { 200: { description: 'The document.' } },
        handle: async () => document,
      }),
      defineRoute({
        method: 'GET',
        path: '/docs',
        summary: 'Describes the whole service for people.',
        scope: null,
        answers: { 200: { description: 'The page.', type: 'text/html' } },
        async handle({ reply }) {
          await reply
            .type('text/html; charset=utf-8')
            .header('content-security-policy', page.policy)
            .send(page.html);
          return undefined;
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/',
        summary: 'Leads to the studio where there is one, and to the documentation otherwise.',
        scope: null,
        hidden: true,
        answers: { 302: { description: 'The way there.' } },
        async handle({ reply }) {
          await reply.redirect(home);
          return undefined;
        },
      }),
    ],
  };
  const all = [...resources, docs];
  const routes = resources.flatMap((resource) => resource.routes);
  const home = routes.some(({ path }) => path === '/studio') ? '/studio' : '/docs';
  const document = openApi(all);
  const page = docsPage(all);
  return docs;
}
