import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { isId } from '../../jobs/ids.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import type { Workshop } from '../work/workshop.ts';
import { sendFile } from './send-file.ts';
import { linkQuery } from './signed-links.ts';

/** Endings for the names of saved files. */
const ENDINGS: Readonly<Record<string, string>> = {
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'video/quicktime': '.mov',
  'image/jpeg': '.jpg',
  'application/octet-stream': '.avatar',
};

/** Finished files, behind signed links. */
export function filesResource({ assets, links }: Workshop): Resource {
  return {
    name: 'Files',
    description:
      'What was made. The links are in the answers about videos and avatars; they work for 15 minutes.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/v1/files/:id',
        summary: 'Sends a file, or a range of it.',
        scope: null,
        params: z.object({ id: z.string().max(100) }),
        query: linkQuery,
        answers: {
          200: { description: 'The file.', type: 'application/octet-stream' },
          206: { description: 'The range of it.', type: 'application/octet-stream' },
        },
        async handle(call) {
          const { id } = call.params;
          const opens = isId(id, 'file') && links.check(`/v1/files/${id}`, call.query);
          const asset = opens ? await assets.find(id) : null;
          if (!asset) {
            throw new LoquentError('LINK_INVALID', 'The link is over, or was not made by this service.');
          }
          return sendFile(call, assets, asset, `loquent${ENDINGS[asset.mediaType] ?? ''}`);
        },
      }),
    ],
  };
}
