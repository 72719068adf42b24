import { JobsClient } from './jobs-client.ts';
import type { AvatarOrder } from './order.ts';
import type { AvatarNote, Job } from './service-types.ts';
import type { Transport } from './transport.ts';

/** Avatars: jobs with a name, and a record of who agreed to the use of the face. */
export class AvatarsClient extends JobsClient<AvatarOrder> {
  constructor(transport: Transport) {
    super(transport, '/v1/avatars');
  }

  /** Changes name or consent; what is left out stays. @returns The avatar afterwards. */
  update(avatar: string | Job, about: AvatarNote, signal?: AbortSignal): Promise<Job> {
    return this.transport.json(this.at(avatar), { method: 'PATCH', json: about, signal });
  }
}
