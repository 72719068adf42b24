import { createHmac } from 'node:crypto';

/**
 * Signs messages as Standard Webhooks asks (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body. Every
 * key has a secret of its own.
 */
export class MessageSigner {
  readonly #secret: Buffer;

  /** @param secret - Secret of the service, from which those of the keys follow. */
  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** What the owner checks messages with, in the form that the libraries of Standard Webhooks take. */
  secretOf(owner: string): string {
    return `whsec_${this.#keyOf(owner).toString('base64')}`;
  }

  /**
   * Headers of a message.
   *
   * @param id - The same for every attempt to deliver it.
   * @param time - Milliseconds since 1970.
   */
  headers(owner: string, id: string, time: number, body: string): Record<string, string> {
    const timestamp = Math.floor(time / 1000);
    const signature = createHmac('sha256', this.#keyOf(owner))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
    return {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${signature}`,
    };
  }

  #keyOf(owner: string): Buffer {
    return createHmac('sha256', this.#secret).update(owner).digest();
  }
}
