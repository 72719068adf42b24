import { z } from 'zod';
import { platform } from '../../platform/index.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';

/** How long pages may keep the files, seconds: a release changes them. */
const CACHE = 'public, max-age=300';
/** The kernels that draw. */
const KERNELS = ['raster.wasm', 'resample.wasm'] as const;

/** What pages need to draw avatars themselves: `import { openPortrait } from '/assets/browser/loquent.js'`. */
export const browserResource: Resource = {
  name: 'Browser',
  description: 'The renderer for web pages, with which they draw avatars themselves.',
  routes: [
    defineRoute({
      method: 'GET',
      path: '/assets/browser/loquent.js',
      summary: 'The renderer as a JavaScript module.',
      scope: null,
      answers: { 200: { description: 'The module.', type: 'text/javascript' } },
      async handle({ reply }) {
        const script = await platform().readAsset('assets/browser/loquent.js');
        await reply
          .type('text/javascript; charset=utf-8')
          .header('cache-control', CACHE)
          .send(Buffer.from(script));
        return undefined;
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/assets/kernels/:kernel',
      summary: 'What the module computes with, as WebAssembly.',
      scope: null,
      params: z.object({ kernel: z.enum(KERNELS) }),
      answers: { 200: { description: 'The kernel.', type: 'application/wasm' } },
      async handle({ params: { kernel }, reply }) {
        const bytes = await platform().readAsset(`assets/kernels/${kernel}`);
        await reply.type('application/wasm').header('cache-control', CACHE).send(Buffer.from(bytes));
        return undefined;
      },
    }),
  ],
};
