import type { EngineInfo } from '../../engines/engine.ts';
import { lipEngine } from '../../engines/lip/index.ts';
import { meshEngine } from '../../engines/mesh/index.ts';
import { ONNX_RUNTIME_VERSION } from '../../engines/onnx/runtime.ts';
import { findOnnx } from './onnx-place.ts';

/** Whether an engine can run on this machine. */
export interface EngineState extends EngineInfo {
  /** Whether the weights may be used commercially. */
  readonly commercial: 'yes' | 'no';
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
  return { engines: embedded, runtime };
}
