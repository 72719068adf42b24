import type { EngineInfo } from '../../engines/engine.ts';
import { lipEngine } from '../../engines/lip/index.ts';
import { meshEngine } from '../../engines/mesh/index.ts';
import { ONNX_RUNTIME_VERSION } from '../../engines/onnx/runtime.ts';
import { ModelStore } from '../../models/store.ts';
import { findOnnx } from './onnx-place.ts';
import { HEAD_MOVERS, PORTRAIT_ENGINES } from './portrait-speaker.ts';
import { HEARING_ENGINES } from './speaking-engine.ts';

/** Whether an engine can run on this machine. */
export interface EngineState extends EngineInfo {
  /** Whether the weights may be used commercially. */
  readonly commercial: 'yes' | 'no' | 'unclear';
  readonly ready: boolean;
  /** What is missing, and what to do about it: one sentence each. */
  readonly missing: readonly string[];
}

/** What networks run on here. */
export interface RuntimeState {
  readonly name: string;
  readonly version: string;
  readonly ready: boolean;
  /** What is there, or what to do. */
  readonly found: string;
}

/** Looks at all engines. Loads no weights. */
export async function inspectEngines(): Promise<{
  readonly engines: readonly EngineState[];
  readonly runtime: RuntimeState;
}> {
  const place = await findOnnx();
  const embedded = [meshEngine, lipEngine].map(
    ({ info }): EngineState => ({ ...info, commercial: 'yes', ready: true, missing: [] }),
  );
  const runtime = {
    name: place?.package ?? 'onnxruntime-node',
    version: ONNX_RUNTIME_VERSION,
    ready: place !== null,
    found: place ? place.url : 'not installed; `loquent engines install onnx` installs it',
  };
  const neural = await Promise.all(
    [HEARING_ENGINES, PORTRAIT_ENGINES, HEAD_MOVERS]
      .flatMap((engines) => Object.values(engines))
      .map((engine) => stateOf(engine, place !== null)),
  );
  return { engines: [...embedded, ...neural], runtime };
}

/** Whether the runtime and one of the models of an engine are here. */
async function stateOf(
  { info, models }: { readonly info: EngineInfo; readonly models: readonly string[] },
  runtime: boolean,
): Promise<EngineState> {
  const store = new ModelStore();
  const states = await Promise.all(models.map((name) => store.look(name)));
  const here = states.find(({ ready }) => ready.length > 0);
  const { manifest } = here ?? states[0]!;
  const missing = [
    ...(runtime ? [] : ['The ONNX Runtime is missing: `loquent engines install onnx`.']),
    ...(here
      ? []
      : [
          `Its weights are missing: \`loquent models pull ${manifest.name} --accept\`, or \`loquent models import ${manifest.name} <folder> --accept\`.`,
        ]),
  ];
  return { ...info, commercial: manifest.commercial, ready: missing.length === 0, missing };
}
