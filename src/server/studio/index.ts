import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import type { Resource } from '../resource.ts';
import { type Call, defineRoute } from '../route.ts';
import { type PageFile, pageFiles } from './page-files.ts';

/** The page on which people make videos: it uses nothing but what every client can. */
export function studioResource(): Resource {
  const files = pageFiles();
  const page = files.get('index.html')!;
  const policy = policyOf(page.text);
  const send = async ({ request, reply }: Call, file: PageFile): Promise<undefined> => {
    reply.headers({ 'cache-control': 'no-cache', etag: file.etag, 'content-type': file.type });
    if (file === page) reply.header('content-security-policy', policy);
    const known = request.headers['if-none-match'] === file.etag;
    await (known ? reply.code(304).send() : reply.send(file.text));
    return undefined;
  };
  const find = (name: string): PageFile => {
    const file = files.get(name);
    if (file) return file;
    throw new LoquentError('ROUTE_NOT_FOUND', `The studio has no file "${name.slice(0, 80)}".`);
  };
  const part = { method: 'GET', scope: null, hidden: true, params: z.object({ file: z.string() }) } as const;
  const answers = { 200: { description: 'The file.', type: 'text/javascript' } };
  return {
    name: 'Studio',
    description: 'A page to make videos on: [the studio](/studio).',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/studio',
        summary: 'The page on which people make videos.',
        scope: null,
        answers: { 200: { description: 'The page.', type: 'text/html' } },
        handle: (call) => send(call, page),
      }),
      defineRoute({
        ...part,
        path: '/studio/:file',
        summary: 'A part of the page.',
        answers,
        handle: (call) => send(call, find(call.params.file)),
      }),
      defineRoute({
        ...part,
        path: '/studio/client/:file',
        summary: 'A part of the client.',
        answers,
        handle: (call) => send(call, find(`client/${call.params.file}`)),
      }),
    ],
  };
}

/** Lets the page run its own files and the renderer, show what it was given and what the service has, and nothing else. */
function policyOf(html: string): string {
  const [, map = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(html) ?? [];
  const hash = createHash('sha256').update(map).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
