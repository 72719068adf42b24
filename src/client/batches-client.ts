import { type BatchItem, type OrderOptions, orderRequest } from './order.ts';
import type { Batch } from './service-types.ts';
import { pause, type Transport } from './transport.ts';

/** Time between two looks at a batch, milliseconds. */
const LOOK_EVERY = 1_000;

/** Many videos at once: all of them are accepted, or none. */
export class BatchesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Orders up to 100 videos. @throws ServiceError */
  create(items: readonly BatchItem[], options?: OrderOptions): Promise<Batch> {
    return this.#transport.json('/v1/batches', orderRequest({ items }, options));
  }

  /** How far it is now. @throws ServiceError `ROUTE_NOT_FOUND` if there is none. */
  get(id: string, signal?: AbortSignal): Promise<Batch> {
    return this.#transport.json(`/v1/batches/${encodeURIComponent(id)}`, { signal });
  }

  /** Cancels every video of it that has not ended. @returns The batch afterwards. */
  cancel(id: string, signal?: AbortSignal): Promise<Batch> {
    return this.#transport.json(`/v1/batches/${encodeURIComponent(id)}`, { method: 'DELETE', signal });
  }

  /**
   * Waits until every video has ended, well or not.
   *
   * @param onProgress - Is told how far it is, every second.
   */
  async wait(
    id: string,
    { onProgress, signal }: { onProgress?: (batch: Batch) => void; signal?: AbortSignal } = {},
  ): Promise<Batch> {
    for (;;) {
      const batch = await this.get(id, signal);
      onProgress?.(batch);
      if (batch.status === 'done') return batch;
      await pause(LOOK_EVERY, signal);
    }
  }
}
