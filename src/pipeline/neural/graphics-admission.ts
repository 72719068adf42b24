import { LoquentError } from '../../core/index.ts';
import type { Device } from '../../engines/onnx/runtime.ts';
import { graphicsMemory } from '../../platform/node/graphics-memory.ts';

/** A graphics card that is fuller than this takes no more networks: what they compute in comes on top of their weights. */
const FULL = 0.8;
/** Seconds after which it may be asked again. */
const RETRY_AFTER = 30;

/**
 * Refuses a graphics card that has no room. Where NVIDIA's driver does not tell, nothing is refused.
 *
 * @throws LoquentError `DEVICE_FULL`.
 */
export async function expectGraphicsMemory({ kind, index }: Device): Promise<void> {
  if (kind !== 'cuda' && kind !== 'tensorrt') return;
  const memory = await graphicsMemory(index);
  if (!memory || memory.used <= FULL * memory.total) return;
  const percent = Math.round((100 * memory.used) / memory.total);
  const message = `The graphics card ${index} has no room for networks: ${percent} % of its memory is in use.`;
  throw new LoquentError('DEVICE_FULL', message, {
    details: { device: `${kind}:${index}`, used: memory.used, total: memory.total, retryAfter: RETRY_AFTER },
  });
}
