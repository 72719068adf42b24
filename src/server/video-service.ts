import { adminResource } from './admin/index.ts';
import { avatarsResource } from './avatars/index.ts';
import { batchesResource } from './batches/index.ts';
import { readAgents } from './compatibility/agents.ts';
import { dIdTalks } from './compatibility/d-id.ts';
import { portraitPipeline } from './compatibility/portrait-pipeline.ts';
import { textToVideo } from './compatibility/text-to-video.ts';
import { filesResource } from './files/index.ts';
import { metricsResource } from './metrics/index.ts';
import type { Resource, ServerContext } from './resource.ts';
import { studioResource } from './studio/index.ts';
import { videosResource } from './videos/index.ts';
import { voicesResource } from './voices/index.ts';
import { webhooksResource } from './webhooks/index.ts';
import { openWorkshop } from './work/workshop.ts';

/** Everything that `loquent serve` offers: avatars, videos, files, messages. */
export async function videoService(context: ServerContext): Promise<Resource[]> {
  const agents = await readAgents(context.options.agents);
  const workshop = await openWorkshop(context);
  return [
    videosResource(workshop),
    avatarsResource(workshop),
    batchesResource(workshop),
    filesResource(workshop),
    voicesResource(context),
    webhooksResource(workshop),
    portraitPipeline(workshop),
    textToVideo(workshop, agents),
    dIdTalks(workshop),
    adminResource(workshop),
    metricsResource(workshop),
    studioResource(),
  ];
}
