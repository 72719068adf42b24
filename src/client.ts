/**
 * The service from a program: orders, waits, fetches. For Node and browsers.
 *
 * @packageDocumentation
 */

export type { AvatarsClient } from './client/avatars-client.ts';
export type { BatchesClient } from './client/batches-client.ts';
export { createClient, type LoquentClient } from './client/create-client.ts';
export type { DoneJob, JobsClient, ListOptions, WaitOptions } from './client/jobs-client.ts';
export type { LiveClient } from './client/live-client.ts';
export type { AvatarOrder, BatchItem, FileSource, OrderOptions, VideoOrder } from './client/order.ts';
export { ServiceError } from './client/service-error.ts';
export type * from './client/service-types.ts';
export type { ClientOptions, Outgoing } from './client/transport.ts';
export { type ReceivedMessage, verifyWebhook, type WebhookMessage } from './client/webhook.ts';
