import { LoquentError, throwIfAborted } from '../../core/errors.ts';
import type { Network, NetworkHost, NetworkOrder, Tensor } from '../../core/network.ts';
import { platform, type WorkerThread } from '../../platform/index.ts';
import { RemoteCalls } from '../../platform/remote-calls.ts';
import { KEPT, type OnnxCalls, type OnnxInputs, type OnnxSettings } from './onnx-calls.ts';
import { Turns } from './turns.ts';

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './onnx-worker.ts' : './onnx-worker.js',
  import.meta.url,
);

/** Runs networks on this machine, in one thread: each copy of a network would hold its weights again. */
export class LocalHost implements NetworkHost {
  readonly #settings: OnnxSettings;
  readonly #thread: WorkerThread;
  readonly #calls: RemoteCalls<OnnxCalls>;
  readonly #turns = new Turns();
  #disposed = false;

  constructor(settings: OnnxSettings) {
    this.#settings = settings;
    this.#thread = platform().startWorker(workerUrl, 'loquent networks');
    this.#calls = new RemoteCalls(this.#thread);
  }

  async open(order: NetworkOrder, signal?: AbortSignal): Promise<Network> {
    throwIfAborted(signal);
    const { id, batch } = await this.#turns.take(() => this.#call('open', [order, this.#settings]), signal);
    const { kind, index } = this.#settings.device;
    const kept = new Map<string, Tensor>();
    return {
      device: index > 0 ? `${kind}:${index}` : kind,
      batch,
      run: (inputs, until) => this.#turns.take(() => this.#call('run', [id, handOver(inputs, kept)]), until),
      [Symbol.asyncDispose]: async () => {
        if (!this.#disposed) await this.#turns.take(() => this.#call('close', [id]));
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#thread[Symbol.asyncDispose]();
  }

  #call<Name extends keyof OnnxCalls>(
    name: Name,
    args: Parameters<OnnxCalls[Name]>,
  ): Promise<Awaited<ReturnType<OnnxCalls[Name]>>> {
    if (this.#disposed) {
      return Promise.reject(new LoquentError('INTERNAL', 'A network was used after its host was disposed.'));
    }
    return this.#calls.call(name, args) as Promise<Awaited<ReturnType<OnnxCalls[Name]>>>;
  }
}

/**
 * What goes over to the thread: constant tensors once.
 *
 * @param kept - The constant of each role that the thread has; brought up to date.
 */
function handOver(inputs: Readonly<Record<string, Tensor>>, kept: Map<string, Tensor>): OnnxInputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([role, tensor]) => {
      if (!tensor.constant) return [role, tensor];
      if (kept.get(role) === tensor) return [role, KEPT];
      kept.set(role, tensor);
      return [role, tensor];
    }),
  );
}
