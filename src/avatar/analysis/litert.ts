import { LoquentError } from '../../core/errors.ts';
import { readVerifiedAsset } from '../../platform/assets.ts';
import { platform } from '../../platform/index.ts';
import type { InferenceRuntime, Network } from './runtime.ts';

/** The part of `@litertjs/core` that is used. Tensors and models live in WASM memory and are deleted by hand. */
interface LiteRt {
  loadLiteRt(path: string): Promise<unknown>;
  unloadLiteRt(): void;
  loadAndCompile(model: Uint8Array, options: { accelerator: 'wasm' }): Promise<LiteRtModel>;
  Tensor: new (data: Float32Array, shape: readonly number[]) => LiteRtTensor;
}
interface LiteRtModel {
  getInputDetails(): readonly { shape: ArrayLike<number> }[];
  run(input: LiteRtTensor): Promise<LiteRtTensor[]>;
}
interface LiteRtTensor {
  toTypedArray(): Float32Array;
  delete(): void;
}

/** The Emscripten glue as `scripts/build-assets.ts` wraps it. */
interface LiteRtGlue {
  createModule(options: object): Promise<object>;
}

/** Names that LiteRT's loader looks for in the global scope. */
interface LoaderGlobals {
  self?: unknown;
  importScripts?: (url: string) => void;
  ModuleFactory?: LiteRtGlue['createModule'] | undefined;
  Module?: object | undefined;
}

class LiteRtNetwork implements Network {
  readonly inputShape: readonly number[];
  readonly model: LiteRtModel;

  constructor(model: LiteRtModel) {
    this.model = model;
    this.inputShape = Array.from(model.getInputDetails()[0]!.shape);
  }
}

/**
 * Loads Google's LiteRT (TensorFlow Lite with XNNPACK, as WebAssembly). Once per thread, and only in a worker thread:
 * its loader expects names in the global scope.
 *
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function loadLiteRt(): Promise<InferenceRuntime> {
  const folder = 'assets/litert';
  const load = <T>(name: string): Promise<T> => import(platform().assetUrl(`${folder}/${name}`).href);
  const [compiled, glue, litert] = await Promise.all([
    readVerifiedAsset(`${folder}/litert_wasm_internal.wasm`).then(compileWasm),
    load<LiteRtGlue>('litert_wasm_internal.js'),
    load<LiteRt>('index.js'),
  ]);

  /** What the native code says; the end of it explains a failure. */
  const log: string[] = [];
  const write = (line: string): void => {
    log.push(line);
    if (log.length > 20) log.shift();
  };
  const host = globalThis as LoaderGlobals;
  host.self ??= globalThis;
  host.importScripts = () => {
    host.ModuleFactory = glue.createModule;
  };
  host.Module = {
    print: write,
    printErr: write,
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): object {
      void WebAssembly.instantiate(compiled, imports).then(done);
      return {};
    },
  };
  // Where there is no WebGPU it says so on the console, although nobody asked for it.
  const { warn } = console;
  console.warn = () => undefined;
  try {
    await litert.loadLiteRt('litert.js');
  } finally {
    console.warn = warn;
  }
  return new LiteRtRuntime(litert, log);
}

async function compileWasm(bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  } catch (error) {
    // The file's checksum is right, so it is this host that cannot take it.
    throw new LoquentError('SIMD_MISSING', 'This host cannot run the face networks: no relaxed SIMD.', {
      cause: error,
    });
  }
}

class LiteRtRuntime implements InferenceRuntime {
  readonly #litert: LiteRt;
  readonly #log: readonly string[];

  constructor(litert: LiteRt, log: readonly string[]) {
    this.#litert = litert;
    this.#log = log;
  }

  async compile(model: Uint8Array): Promise<Network> {
    try {
      return new LiteRtNetwork(await this.#litert.loadAndCompile(model, { accelerator: 'wasm' }));
    } catch (error) {
      const reason = this.#log.slice(-3).join(' ');
      throw new LoquentError('ASSET_CORRUPT', `A face model could not be loaded: ${reason}`, {
        cause: error,
      });
    }
  }

  async run(network: Network, input: Float32Array): Promise<Float32Array[]> {
    const tensor = new this.#litert.Tensor(input, network.inputShape);
    try {
      const outputs = await (network as LiteRtNetwork).model.run(tensor);
      return outputs.map((output) => {
        // A copy already.
        const values = output.toTypedArray() as Float32Array;
        output.delete();
        return values;
      });
    } finally {
      tensor.delete();
    }
  }

  dispose(): void {
    this.#litert.unloadLiteRt();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
