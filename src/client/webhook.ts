import { ServiceError } from './service-error.ts';
import type { Job } from './service-types.ts';

/** A message of the service about the end of a job. */
export interface WebhookMessage {
  /** `video.done`, `video.failed`, `avatar.cancelled`... */
  readonly type: `${Job['kind']}.${Job['status']}`;
  /** When the job ended. */
  readonly timestamp: string;
  readonly data: Job;
}

/** A message as it arrived. */
export interface ReceivedMessage {
  /** Headers of the request, as `Headers` or as Node gives them. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body, exactly as it came: not parsed and written again. */
  readonly body: string | Uint8Array;
  /** The secret of your key: `client.webhookSecret()`. */
  readonly secret: string;
  /** Greatest age of the message, seconds. Default 300. */
  readonly tolerance?: number | undefined;
}

/**
 * Makes sure that a message comes from the service, and reads it (Standard Webhooks: HMAC-SHA256 over id, time and body).
 * The header `webhook-id` is the same for every attempt to deliver a message.
 *
 * @throws ServiceError `FORGED` if the signature is wrong or missing, or the message is too old.
 */
export async function verifyWebhook({
  headers,
  body,
  secret,
  tolerance = 300,
}: ReceivedMessage): Promise<WebhookMessage> {
  const read = (name: string): string =>
    (headers instanceof Headers ? headers.get(name) : String(headers[name] ?? '')) ?? '';
  const time = read('webhook-timestamp');
  const age = Math.abs(Date.now() / 1000 - Number(time));
  if (!(age <= tolerance)) throw forged('is too old, or has no time');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const key = await crypto.subtle.importKey(
    'raw',
    bytesOf(secret.replace(/^whsec_/, '')),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const signed = new TextEncoder().encode(`${read('webhook-id')}.${time}.${text}`);
  for (const signature of read('webhook-signature').split(' ')) {
    const [version, value = ''] = signature.split(',', 2);
    if (version === 'v1' && (await crypto.subtle.verify('HMAC', key, bytesOf(value), signed))) {
      return JSON.parse(text) as WebhookMessage;
    }
  }
  throw forged('has no valid signature');
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  } catch {
    throw forged('has a signature or a secret that is no base64');
  }
}

function forged(what: string): ServiceError {
  return new ServiceError(`The message ${what}.`, {
    code: 'FORGED',
    hint: 'Check that the secret is that of the key which ordered the job, and that the clocks are right.',
  });
}
