import { asLoquentError, type EngineOptions, type LoquentError } from '../../core/index.ts';
import { parseDevice } from '../../engines/onnx/runtime.ts';
import { requireOnnx } from './onnx-place.ts';
import { ordersOf } from './open-engine.ts';
import { isRemote, locateModel } from './open-networks.ts';
import { HEAD_MOVERS, PORTRAIT_ENGINES } from './portrait-speaker.ts';
import { HEARING_ENGINES } from './speaking-engine.ts';

/** Everything that an engine's name can be made of. */
const ENGINES: Readonly<Record<string, { readonly models: readonly string[] }>> = {
  ...HEARING_ENGINES,
  ...PORTRAIT_ENGINES,
  ...HEAD_MOVERS,
};
/** Networks of GFPGAN. */
const RESTORERS = ['gfpgan'];

/**
 * Looks whether what is asked for is on this machine, or one of its fallbacks: the runtime, and models whose licence was accepted. Loads
 * nothing; what a server has is seen when it is asked.
 *
 * @throws LoquentError `MODEL_MISSING`, `ENGINE_MISSING`, `MODEL_LOAD_FAILED` (a file has changed), `OPTION_INVALID`.
 */
export async function expectEngine(
  options: Partial<EngineOptions> & Pick<EngineOptions, 'device' | 'engine' | 'restore'>,
): Promise<void> {
  let first: LoquentError | undefined;
  for (const { engine } of ordersOf(options)) {
    try {
      await expectModels(modelsOf(engine), options);
      first = undefined;
      break;
    } catch (thrown) {
      const error = asLoquentError(thrown);
      if (error.code !== 'MODEL_MISSING' && error.code !== 'ENGINE_MISSING') throw error;
      first ??= error;
    }
  }
  if (first) throw first;
  if (options.restore > 0) await expectModels([RESTORERS], { device: options.device });
}

/** The models of each part of an engine, best first. */
function modelsOf(engine: string): (readonly string[])[] {
  const parts = engine in ENGINES ? [engine] : engine.split('+');
  return parts.flatMap((part) => (ENGINES[part] ? [ENGINES[part].models] : []));
}

async function expectModels(
  models: readonly (readonly string[])[],
  { device, precision }: Pick<EngineOptions, 'device'> & Partial<Pick<EngineOptions, 'precision'>>,
): Promise<void> {
  if (models.length === 0 || isRemote(device)) return;
  parseDevice(device);
  for (const names of models) await locateModel(names, precision);
  await requireOnnx();
}
