import { z } from 'zod';
import { FORM } from '../intake/intake.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { formSchema } from '../videos/form-schema.ts';
import { FORM_OVERHEAD } from '../videos/index.ts';
import { jobRoutes } from '../videos/job-routes.ts';
import { jobViewSchema, viewOf } from '../videos/job-view.ts';
import {
  AVATAR_FILES,
  aboutAvatarSchema,
  acceptOrder,
  avatarOrderSchema,
  datedConsent,
  ownJob,
  prepareAvatarOrder,
} from '../videos/orders.ts';
import type { Workshop } from '../work/workshop.ts';

/** Avatars: photos that are prepared once, for many videos. */
export function avatarsResource(workshop: Workshop): Resource {
  const { intake, links, queue } = workshop;
  return {
    name: 'Avatars',
    description: 'A photo is prepared once; videos with its id begin at once.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/v1/avatars',
        summary: 'Prepares an avatar.',
        scope: 'avatars',
        body: avatarOrderSchema,
        otherBodies: { [FORM]: formSchema(avatarOrderSchema, AVATAR_FILES) },
        maxBytes: AVATAR_FILES.length * intake.limit + FORM_OVERHEAD,
        answers: { 202: { description: 'It was accepted; `Location` leads to it.', schema: jobViewSchema } },
        async handle(call) {
          const order = await intake.read(call, avatarOrderSchema, AVATAR_FILES);
          const job = await acceptOrder(workshop, call, order, prepareAvatarOrder);
          call.reply.code(202).header('location', `/v1/avatars/${job.id}`);
          return viewOf(job, links);
        },
      }),
      defineRoute({
        method: 'PATCH',
        path: '/v1/avatars/:id',
        summary: 'Changes the name of an avatar, or the record of who agreed to its use.',
        scope: 'avatars',
        params: z.object({ id: z.string().max(100) }),
        body: aboutAvatarSchema,
        answers: { 200: { description: 'The avatar afterwards.', schema: jobViewSchema } },
        async handle({ params: { id }, body: { name, consent }, principal }) {
          const job = await ownJob(workshop, principal.id, 'avatar', id);
          const about = {
            ...(name !== undefined && { name }),
            ...(consent && { consent: datedConsent(consent) }),
          };
          return viewOf((await queue.amend(job.id, about)) ?? job, links);
        },
      }),
      ...jobRoutes(workshop, 'avatar'),
    ],
  };
}
