import { serveSchema } from '../core/index.ts';
import { adminResource } from './admin/index.ts';
import { avatarsResource } from './avatars/index.ts';
import { libraryAvatars } from './avatars/library-avatars.ts';
import { batchesResource } from './batches/index.ts';
import { type Agent, readAgents } from './compatibility/agents.ts';
import { dIdTalks } from './compatibility/d-id.ts';
import { portraitPipeline } from './compatibility/portrait-pipeline.ts';
import { textToVideo } from './compatibility/text-to-video.ts';
import { enginesResource } from './engines/index.ts';
import { filesResource } from './files/index.ts';
import { type LiveSettings, liveSessions } from './live/index.ts';
import { metricsResource } from './metrics/index.ts';
import type { Resource, ResourceFactory, ServerContext } from './resource.ts';
import { reviewsResource } from './reviews/index.ts';
import { studioResource } from './studio/index.ts';
import { videosResource } from './videos/index.ts';
import { voicesResource } from './voices/index.ts';
import { webhooksResource } from './webhooks/index.ts';
import { openWorkshop, type Workshop } from './work/workshop.ts';

const USUAL_VOICE = serveSchema.shape.voice.parse(undefined);

/** Avatars, videos, files, messages, and the studio. */
export async function videoService(context: ServerContext): Promise<Resource[]> {
  const agents = await readAgents(context.options.agents);
  return resourcesOf(await openWorkshop(context), agents);
}

/** Everything that `loquent serve` offers: {@link videoService}, and live sessions with the avatars of the library. */
export function studioService(live: LiveSettings = {}): ResourceFactory {
  return async (context) => {
    const agents = await readAgents(context.options.agents);
    const workshop = await openWorkshop(context);
    const resources = resourcesOf(workshop, agents);
    try {
      const { voice, device, precision } = context.options;
      // The synthesiser of the machine is found where it is there; live sessions can do without.
      const session = { device, ...(precision && { precision }), ...live.session };
      const settings = { ...(voice !== USUAL_VOICE && { voice }), ...live, session };
      return [...resources, await liveSessions(context, libraryAvatars(workshop), settings, true)];
    } catch (error) {
      await workshop[Symbol.asyncDispose]();
      throw error;
    }
  };
}

function resourcesOf(workshop: Workshop, agents: ReadonlyMap<string, Agent>): Resource[] {
  const { context } = workshop;
  return [
    videosResource(workshop),
    avatarsResource(workshop),
    reviewsResource(workshop),
    batchesResource(workshop),
    filesResource(workshop),
    voicesResource(context),
    enginesResource(),
    webhooksResource(workshop),
    portraitPipeline(workshop),
    textToVideo(workshop, agents),
    dIdTalks(workshop),
    adminResource(workshop),
    metricsResource(workshop),
    studioResource(),
  ];
}
