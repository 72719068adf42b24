import { AvatarsClient } from './avatars-client.ts';
import { BatchesClient } from './batches-client.ts';
import { JobsClient } from './jobs-client.ts';
import { LiveClient } from './live-client.ts';
import type { VideoOrder } from './order.ts';
import type { Engines, ReviewOrder, Voices } from './service-types.ts';
import { type ClientOptions, type Outgoing, Transport } from './transport.ts';

/** A service, as a program sees it. */
export interface LoquentClient {
  /** Address of the service without a slash at its end. */
  readonly url: string;
  /** Videos. */
  readonly videos: JobsClient<VideoOrder>;
  /** Photos and clips that are prepared once, for many videos. */
  readonly avatars: AvatarsClient;
  /** Finished videos looked at: figures and two sheets. */
  readonly reviews: JobsClient<ReviewOrder>;
  /** Many videos at once. */
  readonly batches: BatchesClient;
  /** Avatars that people speak to. */
  readonly live: LiveClient;
  /** Who can say texts, of a language (`de`, `en-gb`) or of all. Empty where the voice of the service does not tell. */
  voices(language?: string): Promise<Voices['items']>;
  /** What can draw a speaker there, and what is missing for the rest. */
  engines(): Promise<Engines['items']>;
  /**
   * Sends a request to any other address of the service.
   *
   * @param path - As in its documentation, `/v1/admin`.
   * @returns The JSON of the answer; `undefined` if there is none.
   * @throws ServiceError
   */
  request<T>(path: string, outgoing?: Outgoing): Promise<T>;
  /** The secret that messages to this key are signed with, for {@link verifyWebhook}. */
  webhookSecret(): Promise<string>;
}

/**
 * Makes a client of a service. It needs nothing but `fetch`, and works in Node, in browsers and wherever else there is one.
 *
 * @throws TypeError if `url` is no address.
 */
export function createClient(options: ClientOptions): LoquentClient {
  const transport = new Transport(options);
  return {
    url: transport.url,
    videos: new JobsClient(transport, '/v1/videos'),
    avatars: new AvatarsClient(transport),
    reviews: new JobsClient(transport, '/v1/reviews'),
    batches: new BatchesClient(transport),
    live: new LiveClient(transport),
    voices: async (language) => {
      const query = language === undefined ? '' : `?language=${encodeURIComponent(language)}`;
      return (await transport.json<Voices>(`/v1/voices${query}`)).items;
    },
    engines: async () => (await transport.json<Engines>('/v1/engines')).items,
    request: (path, outgoing) => transport.json(path, outgoing),
    webhookSecret: async () => (await transport.json<{ secret: string }>('/v1/webhook-secret')).secret,
  };
}
