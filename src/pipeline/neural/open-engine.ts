import {
  asLoquentError,
  type EngineOptions,
  engineSchema,
  type LoquentError,
  parseOptions,
  type RenderOptions,
  type Warning,
} from '../../core/index.ts';
import { openSpeakingEngine, type SpeakingEngine } from './speaking-engine.ts';

/**
 * Opens the engine that is asked for or, where its weights or the runtime are missing, the first of its fallbacks that can be
 * opened; that is said aloud.
 *
 * @returns `null` for the embedded engines.
 * @throws LoquentError as {@link openSpeakingEngine}; if no fallback can be opened either, what the first one says.
 */
export async function openEngine(
  { seed, cache, ...options }: EngineOptions & Pick<RenderOptions, 'seed' | 'cache'>,
  warn: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<SpeakingEngine | null> {
  const orders = ordersOf(options);
  let first: LoquentError | undefined;
  for (const order of orders) {
    try {
      // What was said about the way from noise to a picture was said to the first one.
      const own = first ? { steps: undefined, guidance: undefined } : {};
      const opened = await openSpeakingEngine({ ...order, ...own, seed, cache }, warn, signal);
      if (first) {
        const message = `"${order.engine}" takes the place of "${options.engine}": ${first.message}`;
        warn({ code: 'ENGINE_FALLBACK', message });
      }
      return opened;
    } catch (thrown) {
      const error = asLoquentError(thrown);
      if (error.code !== 'MODEL_MISSING' && error.code !== 'ENGINE_MISSING') throw error;
      first ??= error;
    }
  }
  throw first;
}

/** The engine that is asked for and its fallbacks, each as it would be opened. @throws LoquentError `OPTION_INVALID`. */
export function ordersOf(options: Partial<EngineOptions> & Pick<EngineOptions, 'engine'>): EngineOptions[] {
  const names = [options.engine, ...(options.fallback?.split(',') ?? [])];
  return names.map((name) =>
    parseOptions(engineSchema, { ...options, engine: name === 'mesh' ? 'embedded' : name }),
  );
}
