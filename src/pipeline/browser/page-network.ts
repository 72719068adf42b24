import { LoquentError, throwIfAborted } from '../../core/index.ts';
import { renamed } from '../../core/model-file.ts';
import type { Network, NetworkSignature } from '../../core/network.ts';
import { LocalHost } from '../../engines/onnx/local-host.ts';
import type { Device } from '../../engines/onnx/runtime.ts';
import { readManifest } from '../../models/catalogue.ts';
import { licenceRefusal, type ModelManifest } from '../../models/manifest.ts';
import { type ObtainFileOptions, obtainFile, type PageFile } from '../../models/page-file.ts';

/** A network of a published model, as a page serves it. */
export interface PageModel extends PageFile {
  /** As `loquent models list` names it. */
  readonly name: string;
  /** Whether the terms of its weights are accepted. */
  readonly accept?: boolean | undefined;
}

/** Where a page's networks run. */
export interface PageRuntime extends ObtainFileOptions {
  /** Address of the folder `dist` of onnxruntime-web; it ends in `/`. */
  readonly runtime: string | URL;
  /** `auto` is `webgpu` where the browser has a graphics card for it, else `cpu`. Default `auto`. */
  readonly device?: 'auto' | 'webgpu' | 'cpu' | undefined;
}

/** A network that is open in a page. Disposing ends its thread. */
export interface PageNetwork extends AsyncDisposable {
  /** {@link Network.device} says which device it is. */
  readonly network: Network;
  readonly manifest: ModelManifest;
  /** Threads that the processor computes in: more than one on pages that are cross-origin isolated. */
  readonly threads: number;
}

/** The builds of onnxruntime-web; each fetches its WebAssembly from beside itself. */
const BUILDS = { cpu: 'ort.wasm.bundle.min.mjs', webgpu: 'ort.webgpu.bundle.min.mjs' } as const;

/**
 * Opens one network of a published model in a thread of the page. What the browser cannot do is an error; nothing else takes its place.
 *
 * @param role - Which network of the model.
 * @throws LoquentError `MODEL_UNKNOWN`, `MODEL_LICENCE`, `MODEL_DOWNLOAD_FAILED`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`,
 *   `ENGINE_FAILED`, `OPTION_INVALID`, `CANCELLED`.
 */
export async function openPageNetwork(
  model: PageModel,
  role: string,
  options: PageRuntime,
): Promise<PageNetwork> {
  const { signal } = options;
  const manifest = await readManifest(model.name);
  if (!model.accept) throw licenceRefusal(manifest);
  const kind = await deviceOf(options.device ?? 'auto');
  const address = new URL(model.url, location.href).href;
  const file = await obtainFile({ url: address, sha256: model.sha256 }, options);
  throwIfAborted(signal);
  const threads = kind === 'cpu' && crossOriginIsolated ? Math.max(1, navigator.hardwareConcurrency - 1) : 1;
  const url = new URL(BUILDS[kind], new URL(options.runtime, location.href)).href;
  const host = new LocalHost({
    runtime: { package: 'onnxruntime-web', url },
    device: { kind, index: 0 },
    threads,
    graphs: null,
  });
  const path = URL.createObjectURL(file);
  try {
    const signature = manifest.networks[role] as NetworkSignature;
    const network = await host.open(
      { name: `${model.name}/${role}`, path, signature, identity: null },
      signal,
    );
    return { network, manifest, threads, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw renamed(error, path, address);
  } finally {
    URL.revokeObjectURL(path);
  }
}

async function deviceOf(wanted: 'auto' | 'webgpu' | 'cpu'): Promise<Device['kind'] & keyof typeof BUILDS> {
  if (wanted === 'cpu') return 'cpu';
  // A browser may know WebGPU and still have nothing to run it on.
  const adapter = await navigator.gpu?.requestAdapter();
  if (adapter) return 'webgpu';
  if (wanted === 'auto') return 'cpu';
  throw new LoquentError('ENGINE_MISSING', 'This browser has no graphics card for WebGPU.', {
    hint: 'Leave out the device to compute on the processor.',
  });
}
