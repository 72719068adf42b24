import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defineRoute, type Route } from '../route.ts';
import type { LiveSetup } from './live-sessions.ts';

/** The page on which people speak to avatars, and what it shows before they do. */
export function pageRoutes({ avatars, motion }: LiveSetup): Route[] {
  const html = readFileSync(new URL('./live.html', import.meta.url), 'utf8');
  const policy = policyOf(html);
  return [
    defineRoute({
      method: 'GET',
      path: '/live',
      summary: 'The page on which people speak to avatars.',
      scope: null,
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      async handle({ reply }) {
        await reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(html);
        return undefined;
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/live/avatars',
      summary: 'Lists who can be spoken to.',
      scope: 'live',
      answers: {
        200: {
          description: 'The usual one first.',
          schema: z.object({
            motion: z.boolean().describe('whether viewers may draw the avatars themselves'),
            avatars: z.array(
              z.object({
                id: z.string().describe('by which sessions ask for it'),
                name: z.string(),
                picture: z.string(),
              }),
            ),
          }),
        },
      },
      handle: async ({ principal }) => ({
        motion,
        avatars: (await avatars.list(principal.id)).map(({ id, name }) => ({
          id,
          name,
          picture: `/v1/live/avatars/${encodeURIComponent(id)}/picture`,
        })),
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/live/avatars/:id/picture',
      summary: 'Shows an avatar at rest.',
      scope: 'live',
      params: z.object({ id: z.string().max(200) }),
      answers: { 200: { description: 'The picture.', type: 'image/jpeg' } },
      async handle({ params: { id }, principal, reply }) {
        await reply.type('image/jpeg').send(Buffer.from(await avatars.picture(principal.id, id)));
        return undefined;
      },
    }),
  ];
}

/** Nothing runs, looks or loads on the page but what is written in it and comes from here. */
function policyOf(html: string): string {
  const hashes = (tag: string): string =>
    [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))]
      .map(([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`)
      .join(' ');
  return [
    "default-src 'none'",
    // The renderer is a module of this service, and WebAssembly.
    `script-src 'self' 'wasm-unsafe-eval' ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
