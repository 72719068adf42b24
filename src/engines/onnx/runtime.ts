import { LoquentError } from '../../core/errors.ts';
import { allFinite } from './tensor-values.ts';

/** The version of the ONNX Runtime that Loquent is tested with. */
export const ONNX_RUNTIME_VERSION = '1.30.0';

/** The packages that hold it: native code for Node, and WebAssembly, about four times slower, where there is none. */
export const ONNX_PACKAGES = ['onnxruntime-node', 'onnxruntime-web'] as const;
/** One of {@link ONNX_PACKAGES}. */
export type OnnxPackage = (typeof ONNX_PACKAGES)[number];

/** An ONNX Runtime on this machine. */
export interface RuntimePlace {
  readonly package: OnnxPackage;
  /** Address of its module. */
  readonly url: string;
}

/** Hardware that networks can run on. */
export const DEVICES = ['cpu', 'cuda', 'tensorrt', 'webgpu'] as const;
/** A kind of {@link DEVICES}, and which one of several. */
export interface Device {
  readonly kind: (typeof DEVICES)[number];
  readonly index: number;
}

/** The part of the ONNX Runtime's interface that is used. */
export interface OnnxRuntime {
  readonly InferenceSession: { create(path: string | Uint8Array, options: object): Promise<OnnxSession> };
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => OnnxTensor;
  readonly env: { readonly wasm?: { numThreads?: number }; logLevel?: string };
  listSupportedBackends?(): readonly { readonly name: string; readonly bundled: boolean }[];
}

/** A loaded network of the ONNX Runtime. */
export interface OnnxSession {
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** A tensor of the ONNX Runtime. */
export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/**
 * Reads the name of a device: `cpu`, `cuda`, `cuda:1`, `tensorrt`, `webgpu`.
 *
 * @throws LoquentError `OPTION_INVALID`. The ONNX Runtime itself would compute on the processor without a word.
 */
export function parseDevice(text: string): Device {
  const [, name, index = '0'] = /^([a-z]+)(?::(\d{1,2}))?$/.exec(text) ?? [];
  const kind = DEVICES.find((known) => known === name);
  if (kind) return { kind, index: Number(index) };
  throw new LoquentError(
    'OPTION_INVALID',
    `Networks run on ${DEVICES.join(', ')} or at the address of a server, not on "${text}".`,
  );
}

/**
 * Loads a runtime.
 *
 * @param threads - That the WebAssembly build computes in; the native one takes them from the settings of each network.
 * @throws LoquentError `ENGINE_MISSING`.
 */
export async function loadRuntime({ url, package: name }: RuntimePlace, threads = 1): Promise<OnnxRuntime> {
  try {
    const module = (await import(url)) as OnnxRuntime & { default?: OnnxRuntime };
    const runtime = module.InferenceSession ? module : module.default!;
    // Threads share memory, which browsers give to isolated pages alone.
    if (runtime.env.wasm) runtime.env.wasm.numThreads = globalThis.crossOriginIsolated ? threads : 1;
    return runtime;
  } catch (cause) {
    throw new LoquentError('ENGINE_MISSING', `The package ${name} is there, but cannot be loaded.`, {
      cause,
    });
  }
}

/**
 * Provider settings of a device.
 *
 * @throws LoquentError `ENGINE_MISSING` if this build of the runtime does not have it.
 */
export function providerOf(runtime: OnnxRuntime, { kind, index }: Device): string | object {
  const known = runtime.listSupportedBackends?.().map(({ name }) => name) ?? [
    'wasm',
    // Where a browser has it, and its runtime is the build for it.
    ...('gpu' in navigator ? ['webgpu'] : []),
  ];
  // The WebAssembly build calls the processor by another name.
  const name = kind === 'cpu' && !runtime.listSupportedBackends ? 'wasm' : kind;
  if (!known.includes(name)) {
    throw new LoquentError(
      'ENGINE_MISSING',
      `This ONNX Runtime cannot use "${kind}"; it has ${known.join(', ')}.`,
      {
        hint: 'Leave out --device to compute on the processor.',
      },
    );
  }
  // In the other layout convolutions of some numbers of channels (Wav2Lip's 6) give wrong numbers: onnxruntime issue 29651.
  if (kind === 'webgpu') return { name, preferredLayout: 'NCHW' };
  return kind === 'cpu' ? name : { name, deviceId: index };
}

/**
 * Refuses what no network should give.
 *
 * @param name - Of the network.
 * @throws LoquentError `ENGINE_FAILED`.
 */
export function refuseInfinite(
  name: string,
  outputs: Readonly<Record<string, { data: Float32Array }>>,
): void {
  for (const [role, { data }] of Object.entries(outputs)) {
    if (allFinite(data)) continue;
    const message = `The network "${name}" gave numbers that are not finite (${role}).`;
    throw new LoquentError('ENGINE_FAILED', message, { details: { network: name, output: role } });
  }
}
