import { z } from 'zod';
import { listVoices } from '../../pipeline/speak-script.ts';
import type { Resource, ServerContext } from '../resource.ts';
import { defineRoute } from '../route.ts';

/** How long a list is believed, milliseconds. */
const FRESH = 600_000;

const voiceViewSchema = z.object({
  id: z.string().describe('what `voice` of an order takes'),
  language: z.string().nullable().describe('BCP 47; null if it speaks many or does not tell'),
  name: z.string(),
});

/** Who can say texts. */
export function voicesResource({ options }: ServerContext): Resource {
  let known: { readonly list: ReturnType<typeof listVoices>; readonly until: number } | undefined;
  return {
    name: 'Voices',
    description: 'Who can say texts.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/v1/voices',
        summary: 'Lists the voices for texts.',
        description: 'Empty where the voice of the service does not tell whom it has.',
        scope: 'videos',
        query: z.object({
          language: z.string().max(35).optional().describe('only those of a language: `de`, `en-gb`'),
        }),
        answers: {
          200: { description: 'The voices.', schema: z.object({ items: z.array(voiceViewSchema) }) },
        },
        async handle({ query }) {
          if (!known || Date.now() > known.until) {
            const list = listVoices(options.voice);
            known = { list, until: Date.now() + FRESH };
            list.catch(() => {
              known = undefined;
            });
          }
          const wanted = query.language?.toLowerCase();
          const speaks = (language: string | null) =>
            wanted === undefined ||
            language?.toLowerCase() === wanted ||
            language?.toLowerCase().startsWith(`${wanted}-`);
          return { items: (await known.list).filter(({ language }) => speaks(language)) };
        },
      }),
    ],
  };
}
